"""WebSockets, for clients in browsers: a message is a line. No command is known here.

https://ircv3.net/specs/extensions/websocket
"""

from __future__ import annotations

import asyncio
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

from chatd.listeners.flow import FlowControl, progress
from chatd.listeners.framing import BINARY, new_protocol
from chatd.listeners.tcp import CLOSE_S, Connections
from chatd.session.flood import Bucket
from chatd.session.pipe import UNKNOWN, Delayed, Progress

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class WebSocketPipe(FlowControl):
    """One WebSocket: pumps lines between its transport and its client's protocol."""

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections.clock)
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parts: list[bytes] = []
        config = connections.server.config
        self._flood = Bucket(config.flood_lines_per_s, config.flood_burst, self._clock())
        self._protocol = new_protocol()

    # -- from the loop -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there, who has to say first that it is a WebSocket."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's by behaviour only
        self._cut_after(self._connections.server.config.registration_timeout_s)

    def data_received(self, data: bytes) -> None:
        """Bytes: the handshake, then frames."""
        protocol = self._protocol
        protocol.receive_data(data)
        lines: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif not (isinstance(event, Frame) and self._may_send(event)):
                return
            elif event.opcode in _DATA:
                self._parts.append(bytes(event.data))
                if event.fin:
                    lines.append(b"".join(self._parts).rstrip(b"\r\n") + b"\r\n")
                    self._parts.clear()
        if lines and self._client is not None:
            self._client.receive(b"".join(lines), self._clock())
        self._send()
        if self.waiting() > self._connections.server.config.sendq_bytes:
            self._abort()  # it sends PING frames and does not read the answers

    def _may_send(self, frame: Frame) -> bool:
        """Limit frames that make no line: `Connection` does not see them. Too many end it."""
        if frame.opcode in _DATA and frame.fin and frame.data:
            return True
        if self._flood.take(self._clock()):
            return True
        self._abort()
        return False

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool:
        """The client is gone, or has answered that it goes."""
        self._protocol.receive_eof()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whomever."""
        self._cut_after(None)
        connection, self._client = self._client, None
        if connection is not None:
            connection.lost(
                "Connection closed" if exc is None else f"Read error: {exc}", broken=exc is not None
            )
            self._connections.gone(connection)
        self._transport = None

    def _shake_hands(self, request: Request) -> None:
        response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if self._protocol.state is State.OPEN and self._transport is not None:
            self._cut_after(None)
            self._client = self._connections.open(self._transport, self)

    def _send(self) -> None:
        """Send what the protocol wants to send; close when that was the last of it."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        data = self._protocol.data_to_send()
        transport.write(b"".join(data))
        if self._protocol.close_expected() or b"" in data:
            transport.close()

    def _cut_after(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and self._transport is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._transport.abort)

    # -- from the connection -----------------------------------------------------------------

    fd = -1
    """What is sent has to be framed."""

    def progress(self) -> Progress:
        """See `chatd.session.pipe.Pipe`."""
        return progress(self._transport) if self._transport is not None else UNKNOWN

    def write(self, data: bytes) -> None:
        """Send lines, each as a message "without trailing CR or LF"."""
        protocol = self._protocol
        if protocol.state is not State.OPEN:
            return
        send = protocol.send_binary if protocol.subprotocol == BINARY else protocol.send_text
        for line in data.split(b"\r\n"):
            if line:
                send(line)
        self._send()

    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def pause(self) -> None:
        """Stop reading."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    ends_with_code = True

    def close(self, *, again: bool = False) -> None:
        """Send a close frame, and cut the socket after `CLOSE_S` in any case.

        "1001 indicates that an endpoint is "going away", such as a server going down".
        """
        self.resume()  # the client's close frame has to be read
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1001 if again else 1000)
            self._send()
        self._cut_after(CLOSE_S)

    def later(self, seconds: float, delayed: Delayed) -> None:
        """Go on with a client's lines after a while."""
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: delayed.pump(self._clock()))
