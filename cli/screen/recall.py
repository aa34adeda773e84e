"""What was sent or put aside before, to be had again by Up and Down. No I/O."""

from __future__ import annotations

from typing import Final

KEPT: Final = 100
"""Texts of one conversation."""


class Recall:
    """The texts of one conversation, and the place among them."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._at = 0
        self._unsent = ""
        """What was being written when the looking back began."""

    def add(self, text: str) -> None:
        """Keep a text, and be behind the last one again."""
        if text.strip():
            if text in self._texts[-1:]:
                self._texts.pop()
            self._texts = [*self._texts[-KEPT + 1 :], text]
        self._at, self._unsent = len(self._texts), ""

    def back(self, now: str) -> str | None:
        """Return the text before; None when there is none. ``now`` is not lost."""
        return self._go(self._at - 1, now)

    def forward(self, now: str) -> str | None:
        """Return the text after, at last what was being written; None behind that."""
        return self._go(self._at + 1, now)

    def _go(self, to: int, now: str) -> str | None:
        if not 0 <= to <= len(self._texts):
            return None
        if self._at == len(self._texts):
            self._unsent = now
        elif now != self._texts[self._at] and now.strip():
            self._texts[self._at] = now  # what was changed while looking back stays changed
        self._at = to
        return self._unsent if to == len(self._texts) else self._texts[to]
