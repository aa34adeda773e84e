"""A link without a socket: what it writes is remembered, what it does is noted in order."""

from __future__ import annotations

import asyncio
from typing import Any

from chatd.store.errors import StoreUnavailable
from chatd.store.pending import Pending

GUARD = "guard"
FENCE = b"*2\r\n$3\r\nDEL\r\n$5\r\nguard\r\n"
"""A round trip; it is a write."""


class Wire(asyncio.Transport):
    """A transport that remembers what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        pass


class Owner:
    """Keeps a journal of what happens, in order."""

    def __init__(self) -> None:
        self.journal: list[Any] = []

    def on_message(self, channel: bytes, payload: bytes) -> None:
        self.journal.append(payload)

    def on_link_lost(self, error: StoreUnavailable) -> None:
        self.journal.append(error)

    def on_full(self) -> None:
        self.journal.append("full")

    def on_drained(self) -> None:
        self.journal.append("drained")

    def on_refusal(self, word: str) -> None:
        self.journal.append(word)

    def on_moved(self, address: str) -> None:
        self.journal.append(address)

    def noted(self, name: str) -> Pending[Any]:
        pending: Pending[Any] = Pending()
        pending.callback = self.note(name)
        return pending

    def note(self, name: str) -> Any:
        return lambda pending: self.journal.append((name, pending.error or pending.value))


def push(payload: str) -> bytes:
    return f">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n${len(payload)}\r\n{payload}\r\n".encode()


def confirmation(kind: str, channel: str, count: int) -> bytes:
    """What is pushed for each channel of (UN)SUBSCRIBE."""
    return f">3\r\n${len(kind)}\r\n{kind}\r\n${len(channel)}\r\n{channel}\r\n:{count}\r\n".encode()


async def turn() -> None:
    """One turn of the loop, at whose end calls leave."""
    await asyncio.sleep(0)
