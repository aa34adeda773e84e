"""Putting what others wrote into replies so that it stays one parameter of one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatd.wire.text import truncate_utf8

ECHO_BYTES = 250
"""Bytes of what a client asked for in the reply: leaves room in 512 for all else."""
WORDS_BYTES = 400
"""Bytes of names in one line; the rest of 512 is source, numeric and parameters."""


def middle(text: str) -> str:
    """What a client wrote as a parameter that is not the last, ``*`` where it cannot be one."""
    if not text or " " in text or text[0] == ":":
        return "*"
    return truncate_utf8(text, ECHO_BYTES)


def in_lines(words: Iterable[str], most: int = WORDS_BYTES) -> Iterator[str]:
    """Words with spaces between them, in texts of at most ``most`` bytes."""
    line = ""
    size = 0
    for word in words:
        cost = len(word.encode()) + 1
        if line and size + cost > most:
            yield line
            line, size = "", 0
        line += f" {word}" if line else word
        size += cost
    if line:
        yield line
