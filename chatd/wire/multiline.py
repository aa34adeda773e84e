"""Messages of several lines, as they are kept: one text.

https://ircv3.net/specs/extensions/multiline

The text begins with LF, which no line of IRC can hold, and so is told from others; between its
lines stands LF, or CR where the client joined a line to the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

TYPE: Final = "draft/multiline"
CONCAT: Final = "draft/multiline-concat"
MAX_BYTES: Final = 4096
"""Bytes of the texts with the line feeds between them; a slow client's buffer holds many."""
MAX_LINES: Final = 32
"""Lines, which each cost a source and a target beside their text."""

_LINE: Final = re.compile(rb"([\r\n])([^\r\n]*)")


def is_multiline(text: str) -> bool:
    """Whether a text is one of several lines."""
    return text[:1] == "\n"


def join(lines: Iterable[tuple[str, bool]]) -> str:
    """Make one text of lines and whether each goes on with the one before."""
    text = "".join(("\r" if concat else "\n") + line for line, concat in lines)
    return "\n" + text[1:]


def split(text: bytes) -> list[tuple[bytes, bool]]:
    """The lines of such a text, and whether each goes on with the one before."""
    return [(line, mark == b"\r") for mark, line in _LINE.findall(text)]
