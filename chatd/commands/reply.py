"""Putting what others wrote into replies so that each stays one line, and each part a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatd.commands.context import Context
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import format_line
from chatd.wire.numerics import Numeric
from chatd.wire.text import truncate_utf8

ECHO_BYTES = 250
"""Bytes of what a client asked for in the reply: leaves room in 512 for all else."""


def middle(text: str) -> str:
    """What a client wrote as a parameter that is not the last, ``*`` where it cannot be one."""
    if not text or " " in text or text[0] == ":":
        return "*"
    return truncate_utf8(text, ECHO_BYTES)


def send_words(ctx: Context, numeric: Numeric, *params: str, words: Iterable[str]) -> None:
    """Answer with words that have spaces between them, in as many lines as they need, if any."""
    for text in in_lines(words, room_for(ctx, numeric, *params)):
        ctx.numeric(numeric, *params, text=text)


def send_line_of_words(ctx: Context, numeric: Numeric, words: Iterable[str]) -> None:
    """Answer with one line: the words that fit into it, or none."""
    text = next(in_lines(words, room_for(ctx, numeric)), "")
    ctx.send(numeric.code, ctx.nick, text, text_last=True)


def room_for(ctx: Context, numeric: Numeric, *params: str) -> int:
    """Bytes that are left for the last parameter."""
    return MAX_BODY - len(start_of(ctx, numeric, *params)) - 2


def start_of(ctx: Context, numeric: Numeric, *params: str) -> bytes:
    """The line of a numeric up to the text that is its last parameter."""
    return format_line(numeric.code, ctx.nick, *params, "", source=ctx.server.config.name)[:-2]


def in_lines(words: Iterable[str], most: int, between: str = " ") -> Iterator[str]:
    """Words with one character between them, in texts of at most ``most`` bytes."""
    line: list[str] = []
    size = -1
    for word in words:
        cost = len(word.encode()) + 1
        if line and size + cost > most:
            yield between.join(line)
            line, size = [], -1
        line.append(word)
        size += cost
    if line:
        yield between.join(line)
