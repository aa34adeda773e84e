"""What was written and not sent, for each conversation, kept over a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from cli.client.conversation import folded
from cli.client.errors import ChatError

MOST: Final = 200
"""Drafts that are kept; the oldest go."""

MOST_TEXT: Final = 100_000
"""Characters of one that are kept on disk."""


class Drafts:
    """Texts by conversation. ``read`` and ``write`` are the file, whole."""

    def __init__(
        self,
        read: Callable[[], str | None] = lambda: None,
        write: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._write = write
        self.secret: Callable[[str], bool] = lambda text: False
        """What is for the memory only: a password may stand in it."""
        self._kept = ""
        self._texts: dict[str, str] = {}
        try:
            known = json.loads(read() or "{}")
            self._texts = {str(name): str(text) for name, text in known.items()}
        except (ChatError, ValueError, AttributeError, RecursionError):
            pass  # what cannot be read keeps nobody from writing

    def get(self, name: str) -> str:
        """Return the draft for somebody, empty when there is none."""
        return self._texts.get(folded(name), "")

    def names(self) -> set[str]:
        """Return the folded names of conversations with a draft."""
        return set(self._texts)

    def put(self, name: str, text: str) -> None:
        """Remember a draft; an empty one is none."""
        self._texts.pop(folded(name), None)
        if text.strip():
            self._texts[folded(name)] = text
        while len(self._texts) > MOST:
            del self._texts[next(iter(self._texts))]

    def keep(self) -> None:
        """Write them down, if they have changed. Raises ChatError when that does not work."""
        known = self._texts.items()
        texts = {name: text[:MOST_TEXT] for name, text in known if not self.secret(text)}
        kept = json.dumps(texts)
        if kept != self._kept:
            self._write(kept)
            self._kept = kept
