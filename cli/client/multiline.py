"""Messages of several lines, as they come: one message with line breaks in its text. No I/O.

https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Final

from chatd.wire.message import Message
from chatd.wire.multiline import CONCAT, TYPE
from chatd.wire.text import truncate_utf8
from cli.client.checks import number
from cli.client.dataclass import dataclass

MULTILINE: Final = TYPE
"""The capability, and the type of its batches."""

MAX_OPEN: Final = 16
"""Messages that a server may have begun at once; each beyond them ends the oldest."""

MAX_BYTES: Final = 65_536
"""Of one text; the rest is left out. Servers allow some KB."""

MAX_LINES: Final = 1000
"""Of one text; the rest is left out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes as one message, in bytes with line breaks, and in lines."""

    max_bytes: int = 0
    max_lines: int = 0

    def fit(self, lines: Sequence[tuple[str, bool]]) -> bool:
        """Tell whether these can be one message."""
        size = sum(len(text.encode()) + (not goes_on) for text, goes_on in lines) - 1
        return len(lines) <= self.max_lines and size <= self.max_bytes


def limits_of(value: str) -> Limits:
    """Read the value of the capability: ``max-bytes=4096,max-lines=32``."""
    given = {name: number(text) for name, _, text in (x.partition("=") for x in value.split(","))}
    # "max-lines: RECOMMENDED"
    return Limits(given.get("max-bytes") or 0, given.get("max-lines") or MAX_LINES)


@dataclass(slots=True)
class _Open:
    begin: Message
    first: Message | None = None
    lines: list[str] = field(default_factory=list)
    size: int = 0


class Joiner:
    """Keeps the lines of a message until it is complete; for one connection."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def take(self, message: Message) -> Message | None:
        """Take a line; return it, the message that it completes, or None while one is open.

        "clients MUST collect the message content from each line in the batch and wait until the
        full batch has been received before processing the message"
        """
        if message.command != "BATCH":
            batch = self._open.get(message.tags.get("batch", ""))
            if batch is None:
                return message
            _add(batch, message)
            return None
        reference = message.params[0] if message.params else ""
        if message.params[1:2] == [MULTILINE] and reference.startswith("+"):
            if len(self._open) >= MAX_OPEN:
                del self._open[next(iter(self._open))]
            self._open[reference[1:]] = _Open(message)
            return None
        if not reference.startswith("-") or reference[1:] not in self._open:
            return message
        return _whole(self._open.pop(reference[1:]))


def _add(batch: _Open, message: Message) -> None:
    first = batch.first or message
    if message.command not in ("PRIVMSG", "NOTICE") or message.command != first.command:
        return
    if len(message.params) < 2 or len(batch.lines) >= MAX_LINES:
        return
    batch.first = first
    text = truncate_utf8(message.params[1], max(0, MAX_BYTES - batch.size))
    batch.size += len(text.encode()) + 1
    if CONCAT in message.tags and batch.lines:
        batch.lines[-1] += text
    elif batch.size <= MAX_BYTES:
        batch.lines.append(text)


def _whole(batch: _Open) -> Message | None:
    """The text of all lines, with the tags, and so the id and the label, of the beginning."""
    first, begin = batch.first, batch.begin
    if first is None:
        return None
    text, source = "\n".join(batch.lines), begin.source or first.source
    return Message(first.command, [first.params[0], text], source, begin.tags)
