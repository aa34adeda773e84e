"""Which conversations were open, and which one was looked at, kept over a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

from chatd.wire.casemap import is_room
from cli.client.checks import is_target
from cli.client.errors import ChatError

MOST: Final = 200
"""Names that are kept: those with the latest message."""


class Memory:
    """``read`` and ``write`` are the file, whole."""

    def __init__(
        self,
        read: Callable[[], str | None] = lambda: None,
        write: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._write = write
        self._kept: tuple[list[str], str] = ([], "")
        self.known = False
        """Something was kept."""
        try:
            found = json.loads(read() or "{}")
            names = [str(name) for name in found["open"]][:MOST]
            current = str(found["current"])
        except (ChatError, ValueError, KeyError, TypeError, RecursionError):
            return  # what cannot be read keeps nobody from the chat
        self.known = True
        self._kept = (
            [name for name in names if is_target(name)],
            current if is_target(current) else "",
        )

    @property
    def rooms(self) -> list[str]:
        """The rooms that were open."""
        return [name for name in self._kept[0] if is_room(name)]

    @property
    def people(self) -> list[str]:
        """With whom a conversation was open."""
        return [name for name in self._kept[0] if not is_room(name)]

    @property
    def current(self) -> str:
        """What was looked at."""
        return self._kept[1]

    def keep(self, names: Sequence[str], current: str) -> None:
        """Write it down, if it is something else. A full disk ends nobody's chat."""
        kept = list(names)[:MOST], current
        if kept == self._kept:
            return
        self._kept = kept
        try:
            self._write(json.dumps({"open": kept[0], "current": current}))
        except ChatError:
            return
