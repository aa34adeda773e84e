"""Whether the terminal is light or dark, asked of itself: nothing waits for its answer.

https://invisible-island.net/xterm/ctlseqs/ctlseqs.html : ``OSC 11 ; ? ST`` asks for the colour of
the background, and is answered by ``OSC 11 ; rgb:RRRR/GGGG/BBBB ST``. Some terminals tell it in
``COLORFGBG`` instead.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

from textual.message import Message

QUESTION: Final = "\x1b]11;?\x1b\\"

ANSWERS_S: Final = 10.0
"""For the answer, also over a slow line; then all that comes is typed."""

_ANSWER: Final = re.compile(
    r"\x1b\]11;rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})(?:/[0-9a-f]{1,4})?(?:\x07|\x1b\\)",
    re.IGNORECASE,
)
_BEGUN: Final = re.compile(
    r"\x1b(?:\](?:1(?:1(?:;(?:r(?:g(?:b(?:a?(?::[0-9a-f/]{0,19}\x1b?)?)?)?)?)?)?)?)?)?\Z",
    re.IGNORECASE,
)
"""The beginning of an answer, at the end of what has come."""

_WHITE: Final = ("7", "15")
"""Colours of ``COLORFGBG`` that are a light background."""


class Ground(Message):
    """The terminal has told its background."""

    def __init__(self, *, is_light: bool) -> None:
        super().__init__()
        self.is_light = is_light


def told_before(environ: Mapping[str, str] = os.environ) -> bool | None:
    """Return whether the environment says that the terminal is light; None: it says nothing."""
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return ground in _WHITE if ground.isdigit() else None


def can_be_asked(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the terminal knows such questions; the console of Linux writes them out."""
    return environ.get("TERM", "") != "linux"


class Answer:
    """Takes the answer out of what the terminal sends. All else goes on, at once or in a moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._told: bool | None = None
        self._is_over = False
        self._clock = clock
        self._until = clock() + ANSWERS_S
        self._held = ""

    @property
    def holds(self) -> bool:
        """Tell whether something is kept that may be the beginning of the answer."""
        return self._held != ""

    def take(self, text: str) -> str:
        """Take what has come; return what was typed."""
        text, self._held = self._held + text, ""
        if self._is_over or self._clock() > self._until:
            return text
        if found := _ANSWER.search(text):
            parts = [int(one, 16) / (16 ** len(one) - 1) for one in found.groups()]
            red, green, blue = parts
            self._told, self._is_over = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5, True
            return text[: found.start()] + text[found.end() :]
        if begun := _BEGUN.search(text):
            text, self._held = text[: begun.start()], text[begun.start() :]
        return text

    def news(self) -> bool | None:
        """Return once whether the terminal is light."""
        told, self._told = self._told, None
        return told

    def rest(self) -> str:
        """Return what was kept: it is no answer, nothing came behind it."""
        text, self._held = self._held, ""
        return text
