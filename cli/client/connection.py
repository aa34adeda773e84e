"""One TCP connection to a gateway: bytes in and out, lines in the middle.

Nothing here knows what a line means; `cli.client.session` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.wire.framing import MAX_TAGS_SERVER, LineBuffer
from chatd.wire.message import InvalidUtf8, Message, ParseError, parse
from cli.client.address import NEXT_ADDRESS_S, Streams
from cli.client.address import Server as Server
from cli.client.errors import NotConnected

if TYPE_CHECKING:
    from cli.client.trust import Trust

CONNECT_SECONDS = 5.0
"""One server's chance before the next one is tried."""

KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""The system looks after an idle connection, in seconds and tries, and wakes nobody for it."""

USER_TIMEOUT_MS = 20_000
"""For the other machine to take what was sent; https://www.rfc-editor.org/rfc/rfc5482 ."""

_TLS_ALERT = b"\x15\x03"
"""How an answer of TLS to a line begins, https://www.rfc-editor.org/rfc/rfc8446#section-5.1 ."""

READ_BYTES = 65536
"""At most this much is taken from the socket at once."""

MAX_UNSENT = 2**23
"""Bytes that wait for a server which does not read, and may ask for more and more answers."""

MAX_LINE = 8192
"""Bytes of a line after its tags: generous, a server's 512 is not ours to enforce."""


class ConnectionLost(NotConnected):
    """The connection was there and is gone."""


class Connection:
    """An open connection that sends lines and receives messages."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self._reader = reader
        self._writer = writer
        self._buffer = LineBuffer(max_line=MAX_LINE, max_tags=MAX_TAGS_SERVER)
        self._heard = server.tls
        """Something that was no TLS has come, or needs not come."""
        self._end_reason = "the server closed the connection"
        self.sts: Callable[[str], None] | None = None
        """Takes the value of the capability; https://ircv3.net/specs/extensions/sts ."""
        self.ends: Callable[[], None] | None = None
        """Called once, when it is closed."""

    @classmethod
    async def open(
        cls,
        server: Server,
        trust: Trust | None = None,
        family: tuple[Server, ...] = (),
        seconds: float = CONNECT_SECONDS,
    ) -> Connection:
        """Connect to one server. Raises NotConnected with the reason.

        ``trust`` and ``family``: see `cli.client.tls.connect`.
        """
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await _streams(server, trust, family)
        except TimeoutError:
            raise NotConnected(f"{server} does not answer") from None
        except OSError as error:
            raise NotConnected(f"cannot reach {server}: {_why(error)}") from None
        except ValueError:  # the library of host names has no other way to say it
            raise NotConnected(f"cannot reach {server}: this can be no host name") from None
        _keep_alive(writer.get_extra_info("socket"))
        return cls(server, reader, writer)

    def send(self, *lines: bytes) -> None:
        """Write lines (with their CRLF). A broken connection shows up in `receive`."""
        if self._writer.is_closing():
            return
        self._writer.write(b"".join(lines))
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT:
            self._end_reason = "the server does not read what it asks for"
            self.drop()

    async def receive(self) -> list[Message]:
        """Wait for something and return all whole messages of it, in order.

        Lines that are no messages are left out. Raises ConnectionLost.
        """
        try:
            data = await self._reader.read(READ_BYTES)
        except ConnectionError:
            data = b""  # reset, or a broken pipe: nothing that a user could tell from a close
        except ssl.SSLError:
            raise ConnectionLost("TLS broke off") from None
        except OSError as error:
            raise ConnectionLost(_why(error)) from None
        if not data and not self._heard:  # a port for TLS may do so
            may = f"if it talks TLS, write tls://{self.server}"
            raise ConnectionLost(f"the server closed the connection without a word; {may}")
        if not data:
            raise ConnectionLost(self._end_reason)
        if not self._heard and data.startswith(_TLS_ALERT):
            raise ConnectionLost(f"it talks TLS: write tls://{self.server}")
        self._heard = True
        messages = (_parse(line) for line in self._buffer.receive(data) if isinstance(line, bytes))
        return [message for message in messages if message is not None]

    async def leave(self, line: bytes, seconds: float) -> None:
        """Say goodbye and let the server close, or close after some seconds."""
        self.send(line)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.receive()
        except (ConnectionLost, TimeoutError):
            await self.close()

    def _end(self) -> None:
        ends, self.ends = self.ends, None
        if ends is not None:
            ends()

    def drop(self) -> None:
        """Close the socket at once."""
        self._end()
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close the socket; what was written goes out first."""
        self._end()
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


async def _streams(server: Server, trust: Trust | None, family: tuple[Server, ...]) -> Streams:
    if not server.tls:
        delay = NEXT_ADDRESS_S
        return await asyncio.open_connection(server.host, server.port, happy_eyeballs_delay=delay)
    from cli.client import tls  # whoever talks without it need not wait for it
    from cli.client.trust import Trust

    return await tls.connect(server, trust or Trust(), family)


def _keep_alive(found: socket.socket) -> None:
    """Have the system notice that the other machine is gone, where it can."""
    with contextlib.suppress(OSError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (*KEEPALIVE, ("TCP_USER_TIMEOUT", USER_TIMEOUT_MS)):
            if option := getattr(socket, name, None):
                found.setsockopt(socket.IPPROTO_TCP, option, value)


def _parse(line: bytes) -> Message | None:
    """Read one line; text in another encoding than UTF-8 is shown as far as possible."""
    try:
        return parse(line)
    except InvalidUtf8:
        line = line.decode("utf-8", "replace").encode()
    except ParseError:
        return None
    try:
        return parse(line)
    except ParseError:
        return None


def _why(error: OSError) -> str:
    """Return the reason without numbers and without the address."""
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS; is this its port for it? 6697 is usual"
    text = (error.strerror or str(error)).partition(" (")[0]
    if "Multiple exceptions" in text or text.startswith("Connect call failed"):
        return "connection refused"
    return text[:1].lower() + text[1:]
