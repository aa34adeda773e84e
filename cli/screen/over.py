"""What opens over the chat, and answers once."""

from __future__ import annotations

from typing import TypeVar

from rich.text import Text
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from cli.screen.shown import visible

T = TypeVar("T")

HEAD = 300
"""Characters of a heading that are looked at: no screen shows more."""


class Over(ModalScreen[T]):
    """However often it is told to answer, it does so once: keys come quicker than screens go."""

    _has_answered = False

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close, and answer; a second time, or below something else, nothing happens."""
        if self._has_answered or not self.is_current:
            return AwaitComplete()
        self._has_answered = True
        return super().dismiss(result)


def heading(text: str) -> Text:
    """Return a heading: what others have written in it is no markup, and steers nothing."""
    return Text(visible(text[:HEAD].replace("\n", " ")), no_wrap=True)
