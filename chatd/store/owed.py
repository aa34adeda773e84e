"""What Redis owes a gateway for what was asked together, and how an answer is handed out."""

from __future__ import annotations

import logging
from typing import Any

import hiredis

from chatd.store.errors import StoreRejected
from chatd.store.packing import Packed
from chatd.store.pending import Pending
from chatd.store.refusing import as_error

log = logging.getLogger(__name__)


class Confirmations(Pending[Any]):
    """What is owed for (UN)SUBSCRIBE: in RESP3 no reply, but one push for each channel."""

    __slots__ = ("kind", "left")

    def __init__(self, kind: bytes, left: int) -> None:
        super().__init__()
        self.kind = kind
        """First word of the pushes."""
        self.left = left


class Batch:
    """Neighbouring acts that leave as one command."""

    __slots__ = ("about", "count", "head", "of", "parts", "pendings", "publishes")

    def __init__(self, head: Packed, *, publishes: bool) -> None:
        self.head = head
        self.publishes = publishes
        """Whether the replies are delivered after the events of all acts."""
        self.count = len(head.args)
        self.parts = [b"", head.data]
        self.pendings: list[Pending[Any]] = []
        self.of: Packed | None = None
        """The arguments of the last act."""
        self.about: set[str] = set()
        """What its questions are about."""

    def command(self) -> bytes:
        """All acts as one command."""
        self.parts[0] = b"*%d\r\n" % self.count
        return b"".join(self.parts)

    def deliver(self, whole: Pending[Any]) -> None:
        """Give each act its part of the reply."""
        if whole.error is not None:
            fail_all(self.pendings, whole.error)
            return
        replies = whole.result()
        if len(replies) != len(self.pendings):
            fail_all(self.pendings, StoreRejected("Redis has answered something else"))
            return
        for pending, reply in zip(self.pendings, replies, strict=True):
            try:
                pending.resolve(reply)
            except Exception:  # a bug with one message must not cost the others their replies
                log.exception("a reply could not be handled")


def fail_all(pendings: list[Pending[Any]], error: Exception) -> None:
    """End calls without a reply."""
    for pending in pendings:
        try:
            pending.fail(error)
        except Exception:  # as with replies
            log.exception("the end of a call could not be handled")


def hand_out(pending: Pending[Any], reply: Any) -> None:
    """Give a call its reply, which may be an error."""
    if isinstance(reply, hiredis.ReplyError):
        pending.fail(as_error(str(reply)))
    else:
        pending.resolve(reply)
