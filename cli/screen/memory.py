"""Which conversations were open or closed, and which one was looked at, kept over a restart."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
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
        self._kept: tuple[list[str], str, dict[str, float]] = ([], "", {})
        self.known = False
        """Something was kept."""
        try:
            found = json.loads(read() or "{}")
            names = [str(name) for name in found["open"]][:MOST]
            current = str(found["current"])
            closed = _times(found.get("closed", {}))
        except (
            ChatError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ):
            return  # what cannot be read keeps nobody from the chat
        self.known = True
        self._kept = (
            [name for name in names if is_target(name)],
            current if is_target(current) else "",
            closed,
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

    @property
    def closed(self) -> dict[str, float]:
        """When something was said last in what was closed, by the folded name."""
        return dict(self._kept[2])

    def keep(self, names: Sequence[str], current: str, closed: Mapping[str, float]) -> None:
        """Write it down, if it is something else. A full disk ends nobody's chat.

        The order of the names is another one after each message: that alone is not worth it.
        """
        kept = list(names)[:MOST], current, _latest(closed)
        if (set(kept[0]), *kept[1:]) == (set(self._kept[0]), *self._kept[1:]):
            return
        self._kept = kept
        try:
            self._write(json.dumps({"open": kept[0], "current": current, "closed": kept[2]}))
        except ChatError:
            return


def _latest(closed: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(closed.items(), key=lambda one: one[1])[-MOST:])


def _times(found: Mapping[str, object]) -> dict[str, float]:
    """Return what can be a name and a time."""
    times = {name: at for name, at in found.items() if isinstance(at, int | float)}
    checked = {name: float(at) for name, at in times.items() if is_target(name)}
    return _latest({name: at for name, at in checked.items() if math.isfinite(at)})
