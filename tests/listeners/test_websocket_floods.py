"""A WebSocket whose client sends frames that make no line: it hurts only itself."""

from __future__ import annotations

from typing import Any, cast

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from chatd.listeners.tcp import Connections
from chatd.listeners.websocket import WebSocketPipe
from tests.support.memory import MemoryGateway, World


class Socket:
    """A transport whose client never reads."""

    def __init__(self) -> None:
        self.waiting = b""
        self.aborted = False

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else None

    def write(self, data: bytes) -> None:
        self.waiting += data

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


class Browser:
    """The client's side, after the handshake."""

    def __init__(self, **settings: Any) -> None:
        gateway = MemoryGateway(World(), "g1", **settings)
        self.socket = Socket()
        self.pipe = WebSocketPipe(Connections(gateway.server, gateway.fanout, gateway.outboxes))
        self.pipe.connection_made(cast("Any", self.socket))
        self.protocol = ClientProtocol(parse_uri("ws://localhost/"))
        self.protocol.send_request(self.protocol.connect())
        self.sends()
        self.protocol.receive_data(self.socket.waiting)
        assert self.protocol.events_received()

    def sends(self) -> None:
        self.pipe.data_received(b"".join(self.protocol.data_to_send()))


async def test_who_asks_with_ping_and_does_not_read_is_cut_off() -> None:
    """ "Every buffer is bounded in bytes" """
    browser = Browser(flood_lines_per_s=0, sendq_bytes=16_384)
    while not browser.socket.aborted:
        assert len(browser.socket.waiting) <= 16_384
        browser.protocol.send_ping(b"x" * 125)
        browser.sends()


@pytest.mark.parametrize("kind", ["ping", "empty", "part"])
async def test_who_floods_with_frames_that_make_no_line_is_cut_off(kind: str) -> None:
    """ "A slow or hostile client hurts only itself" """
    browser = Browser(flood_burst=10)
    for number in range(12):
        if kind == "ping":
            browser.protocol.send_ping(b"")
        elif kind == "empty":
            browser.protocol.send_text(b"")
        elif number == 0:
            browser.protocol.send_text(b"PING x", fin=False)
        else:
            browser.protocol.send_continuation(b"", fin=False)
    browser.sends()
    assert browser.socket.aborted


async def test_a_ping_now_and_then_is_answered() -> None:
    """ "an endpoint MUST send a Pong frame in response", RFC 6455, section 5.5.2"""
    browser = Browser(flood_burst=10)
    before = len(browser.socket.waiting)
    browser.protocol.send_ping(b"hello")
    browser.sends()
    assert browser.socket.waiting[before:] == b"\x8a\x05hello"
    assert not browser.socket.aborted
