"""One TCP connection to a gateway: bytes in and out, lines in the middle.

Nothing here knows what a line means; `cli.client.session` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl

from chatd.wire.framing import MAX_TAGS_SERVER, LineBuffer
from chatd.wire.message import InvalidUtf8, Message, ParseError, parse
from cli.client.checks import is_utf8, number, shortened
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError, NotConnected

DEFAULT_PORT = 6667
"""Where IRC servers listen without TLS."""

DEFAULT_TLS_PORT = 6697
"""Where they listen with it, https://www.rfc-editor.org/rfc/rfc7194 ."""

TLS_SCHEME = "ircs://"
"""Stands before the address of a server to which one talks by TLS."""

CONNECT_SECONDS = 5.0
"""One server's chance before the next one is tried."""

NEXT_ADDRESS_S = 0.25
"""Between two addresses of one host, https://www.rfc-editor.org/rfc/rfc8305#section-8 ."""

KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""The system looks after an idle connection, in seconds and tries, and wakes nobody for it."""

USER_TIMEOUT_MS = 20_000
"""For the other machine to take what was sent; https://www.rfc-editor.org/rfc/rfc5482 ."""

MAX_HOST = 253
"""Characters of a host name, https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 ."""

READ_BYTES = 65536
"""At most this much is taken from the socket at once."""

MAX_LINE = 8192
"""Bytes of a line after its tags: generous, a server's 512 is not ours to enforce."""


class ConnectionLost(NotConnected):
    """The connection was there and is gone."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a gateway listens. ``tls``: its certificate must be one for ``host``."""

    host: str
    port: int = DEFAULT_PORT
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{TLS_SCHEME if self.tls else ''}{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT``, for TLS with ``ircs://`` before it.

        Raises ChatError.
        """
        text = text.strip().lower()
        tls = text.startswith(TLS_SCHEME)
        text = text.removeprefix(TLS_SCHEME if tls else "irc://")
        host, port = text, ""
        if text.startswith("["):
            host, bracket, rest = text[1:].partition("]")
            if not bracket or (rest and not rest.startswith(":")):
                raise ChatError(f"{shortened(text)!r} is no server address: write [IPV6]:PORT")
            port = rest[1:]
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        if not host or len(host) > MAX_HOST or not is_utf8(host) or not host.isprintable():
            raise ChatError(f"{shortened(text)!r} is no server address: write HOST:PORT")
        if not port:
            return cls(host, DEFAULT_TLS_PORT if tls else DEFAULT_PORT, tls)
        if not 0 < (number(port) or 0) < 65536:
            found = shortened(port)
            raise ChatError(f"{found!r} is no port: write HOST:PORT with a number up to 65535")
        return cls(host, int(port), tls)


class Connection:
    """An open connection that sends lines and receives messages."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self._reader = reader
        self._writer = writer
        self._buffer = LineBuffer(max_line=MAX_LINE, max_tags=MAX_TAGS_SERVER)

    @classmethod
    async def open(cls, server: Server, seconds: float = CONNECT_SECONDS) -> Connection:
        """Connect to one server. Raises NotConnected with the reason."""
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await asyncio.open_connection(
                    server.host,
                    server.port,
                    ssl=_tls() if server.tls else None,
                    happy_eyeballs_delay=NEXT_ADDRESS_S,
                )
        except TimeoutError:
            raise NotConnected(f"{server} does not answer") from None
        except ssl.SSLCertVerificationError as error:
            raise NotConnected(
                f"{server} may be somebody else, its certificate is not valid: "
                f"{error.verify_message.rstrip('.')}"
            ) from None
        except OSError as error:
            raise NotConnected(f"cannot reach {server}: {_why(error)}") from None
        except ValueError:  # the library of host names has no other way to say it
            raise NotConnected(f"cannot reach {server}: this can be no host name") from None
        _keep_alive(writer.get_extra_info("socket"))
        return cls(server, reader, writer)

    def send(self, *lines: bytes) -> None:
        """Write lines (with their CRLF). A broken connection shows up in `receive`."""
        if not self._writer.is_closing():
            self._writer.write(b"".join(lines))

    async def receive(self) -> list[Message]:
        """Wait for something and return all whole messages of it, in order.

        Lines that are no messages are left out. Raises ConnectionLost.
        """
        try:
            data = await self._reader.read(READ_BYTES)
        except ConnectionError:
            data = b""  # reset, or a broken pipe: nothing that a user could tell from a close
        except OSError as error:
            raise ConnectionLost(_why(error)) from None
        if not data:
            raise ConnectionLost("the server closed the connection")
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

    def drop(self) -> None:
        """Close the socket at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close the socket; what was written goes out first."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


@functools.cache
def _tls() -> ssl.SSLContext:
    """What verifies certificates, by the system's authorities or those of SSL_CERT_FILE."""
    context = ssl.create_default_context()
    # https://www.rfc-editor.org/rfc/rfc9525#section-2: the common name is no name of a host
    context.hostname_checks_common_name = False
    return context


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
        return "it does not speak TLS as it should"
    text = (error.strerror or str(error)).partition(" (")[0]
    if "Multiple exceptions" in text or text.startswith("Connect call failed"):
        return "connection refused"
    return text[:1].lower() + text[1:]
