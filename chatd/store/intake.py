"""How much may wait for Redis: beyond it whoever asks is made to wait, not dropped."""

from __future__ import annotations

import asyncio
from typing import Protocol

MOST_BYTES = 64 * 2**20
"""Memory for all that one gateway has asked Redis and was not answered: some 50,000 messages. A
Redis that works through 100,000 a second is half a second behind then."""
ACT_BYTES = 1024
"""What an act in flight takes here beside the bytes of its command: a message and its context."""

EACH = 512
"""Commands that one client may have in flight, so that none takes everybody's share. At a round
trip of 5 ms that is 100,000 a second."""
AT_ONCE = 16
"""Clients that go on in one turn of the loop: the others' bytes are read in between."""


class Asker(Protocol):
    """Somebody who asks Redis, and can wait."""

    def go_on(self) -> None:
        """Carry out what had to wait; it may have to wait again."""


class Intake:
    """Says whether more may be asked, and wakes who waits for it, in the order of their coming."""

    __slots__ = ("_asking", "_waiting", "each")

    def __init__(self) -> None:
        self.each = EACH
        """Commands that a client may have in flight now: one comparison shows both bounds."""
        self._waiting: dict[Asker, None] = {}
        self._asking = False

    def close(self) -> None:
        """Too much waits for Redis."""
        self.each = 0

    def open(self) -> None:
        """Enough of it was answered, or the link is lost and nothing waits any more."""
        self.each = EACH
        if self._waiting and not self._asking:
            self._asking = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def wait(self, asker: Asker) -> None:
        """Call ``asker.go_on`` when more may be asked, if that is not so now."""
        if not self.each:
            self._waiting.setdefault(asker)

    def forget(self, asker: Asker) -> None:
        """Somebody has gone and waits no more."""
        self._waiting.pop(asker, None)

    def _go_on(self) -> None:
        self._asking = False
        for asker in list(self._waiting)[:AT_ONCE]:
            if not self.each:
                return  # `open` goes on
            del self._waiting[asker]
            asker.go_on()
        if self.each:
            self.open()
