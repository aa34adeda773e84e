"""Batches that are open: which reply, and which label, a line belongs to. No I/O.

https://ircv3.net/specs/extensions/batch and labeled-response.
"""

from __future__ import annotations

from typing import Final

from chatd.wire.message import Message
from cli.client.dataclass import dataclass
from cli.client.multiline import Joiner

MAX_OPEN: Final = 1000
"""Batches that a server may have begun at once; each beyond them ends the oldest."""


@dataclass(frozen=True, slots=True)
class _Batch:
    kind: str
    label: str
    whole: bool
    """Whether it is all of a labelled answer, and no part of one."""


_NONE = _Batch("", "", whole=False)


class Batches:
    """The open batches of one connection."""

    def __init__(self) -> None:
        self._open: dict[str, _Batch] = {}
        self._joiner = Joiner()

    def whole(self, line: Message) -> Message | None:
        """Return a line, the message of several lines that it completes, or None inside of one."""
        return self._joiner.take(line)

    def label(self, message: Message) -> str:
        """Return the label that a line answers, its own or that of its batch; "" for none."""
        return message.tags.get("label", "") or self._of(message).label

    def answer(self, message: Message) -> tuple[str, bool]:
        """Return the label that a line answers, and whether more of that answer follows."""
        ref = message.params[0] if message.command == "BATCH" and message.params else ""
        if ref.startswith("-"):
            closed = self._open.get(ref[1:], _NONE)
            return closed.label, bool(closed.label) and not closed.whole
        label = self.label(message)
        return label, bool(label) and (bool(ref) or "label" not in message.tags)

    def kind(self, message: Message) -> str:
        """Return the type of the batch that a line is in; "" for none."""
        return self._of(message).kind

    def take(self, message: Message) -> str:
        """Take a BATCH line; return the type of the batch that it closes, "" when it opens one."""
        ref = message.params[0] if message.params else ""
        if ref.startswith("-"):
            return self._open.pop(ref[1:], _NONE).kind
        kind = message.params[1] if len(message.params) > 1 else ""
        if kind == "labeled-response":
            # Its lines are an ordinary reply, and may be in a batch of another type around it.
            kind = self.kind(message)
        if len(self._open) >= MAX_OPEN:
            del self._open[next(iter(self._open))]
        self._open[ref[1:]] = _Batch(kind, self.label(message), "label" in message.tags)
        return ""

    def _of(self, message: Message) -> _Batch:
        return self._open.get(message.tags.get("batch", ""), _NONE)
