"""TCP sockets, plain and TLS: bytes in and out. No command is known here."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from chatd.commands.shared import Server
from chatd.config import Address, ConfigError
from chatd.listeners.flow import FlowControl
from chatd.session.fanout import SessionFanout
from chatd.session.outbox import Outboxes
from chatd.session.pipe import Pipe
from chatd.session.session import Session

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""Seconds that a client has to take its last lines before its socket is cut."""

HIGH_WATER_BYTES = 2**16
"""Bytes waiting for a client above which a long answer waits for it, if `--sendq` is not small."""

BACKLOG = 4096
"""Connections that wait to be taken in."""

DOORS = 8
"""Descriptors of one listening socket. To look behind all of them in vain takes some us."""


class Gatehouse:
    """Makes a session for each connection, and knows all of them."""

    def __init__(self, server: Server, fanout: SessionFanout, outboxes: Outboxes) -> None:
        self.server = server
        self.outboxes = outboxes
        self._fanout = fanout
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()
        self.clock: Callable[[], float] = self._loop.time

    @property
    def sessions(self) -> dict[bytes, Session]:
        """Every open session by its id."""
        return self._fanout.sessions

    def open(self, transport: asyncio.BaseTransport, pipe: Pipe) -> Session | None:
        """Make a session; None when the gateway is full."""
        peer = transport.get_extra_info("peername")
        host = str(peer[0]) if isinstance(peer, tuple) and peer else "localhost"
        if len(self.sessions) >= self.server.config.max_clients:
            pipe.write(b"ERROR :This gateway is full, try again later\r\n")
            pipe.close()
            return None
        # what a pipe calls congested must be less than what closes it
        high = min(HIGH_WATER_BYTES, self.server.config.sendq_bytes // 4)
        cast("asyncio.WriteTransport", transport).set_write_buffer_limits(high)
        sid = f"{self.server.config.gateway_id}.{next(self._numbers)}"
        # a host must not look like a trailing parameter
        host = f"0{host}" if host[0] == ":" else host
        session = Session(sid, host, self.server, self.outboxes, pipe, self.clock())
        session.secure = transport.get_extra_info("ssl_object") is not None
        self.sessions[session.sid_bytes] = session
        return session

    def gone(self, session: Session) -> None:
        """The socket of a session is closed."""
        self.sessions.pop(session.sid_bytes, None)


class TcpPipe(FlowControl):
    """One socket: pumps bytes between its transport and its session."""

    __slots__ = ("_cut", "_gatehouse", "_transport", "fd")

    def __init__(self, gatehouse: Gatehouse) -> None:
        super().__init__(gatehouse.clock)
        self._gatehouse = gatehouse
        self._transport: asyncio.Transport | None = None
        self._cut: asyncio.TimerHandle | None = None
        self.fd = -1

    # -- from the loop -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's by behaviour only
        if transport.get_extra_info("ssl_object") is None:
            self.fd = transport.get_extra_info("socket").fileno()
        self._session = self._gatehouse.open(transport, self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client."""
        if self._session is not None and self._cut is None:
            self._session.receive(data, self._clock())

    def eof_received(self) -> bool:
        """The client will send no more: answer what it has asked, then close.

        https://modern.ircdocs.horse/ says nothing here; ``printf ... | nc`` expects its answers.
        """
        if self._session is None or self._cut is not None:
            return False
        self._session.finish()
        return not self._session.secure  # TLS cannot be closed on one side only

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whomever."""
        if self._cut is not None:
            self._cut.cancel()
        session, self._session, self._transport = self._session, None, None
        if session is not None:
            session.lost("Connection closed" if exc is None else f"Read error: {exc}")
            self._gatehouse.gone(session)

    # -- from the session --------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, or keep until the client reads."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def pause(self) -> None:
        """Stop reading; the client's own kernel will stop it when its buffers are full."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Close when all is written, and after `CLOSE_S` in any case.

        What the client still sends is dropped, not left unread: "If such a host issues a CLOSE call
        while received data is still pending in TCP ... its TCP SHOULD send a RST", and the client
        would never see the ERROR. https://www.rfc-editor.org/rfc/rfc1122#section-4.2.2.13
        """
        transport = self._transport
        if transport is None or self._cut is not None:
            return
        loop = asyncio.get_running_loop()
        self._cut = loop.call_later(CLOSE_S, transport.abort)
        if transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()
            self.resume()
        else:
            transport.close()

    def later(self, seconds: float, session: Session) -> None:
        """Go on with a session's lines after a while."""
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: session.pump(self._clock()))


class Listener:
    """An address at which clients are taken in.

    uvloop takes in one connection per turn of the loop and listening descriptor, so there are
    several for the same sockets: when thousands come at once, those of one turn share the work.
    """

    def __init__(self, sockets: asyncio.Server, doors: list[asyncio.Server]) -> None:
        self._servers = [sockets, *doors]

    @property
    def addresses(self) -> list[Address]:
        """The addresses that it really has."""
        return [Address(*sock.getsockname()[:2]) for sock in self._servers[0].sockets]

    def close(self) -> None:
        """Take in nobody any more."""
        for server in self._servers:
            server.close()


async def listen(
    make: Callable[[], asyncio.Protocol], address: Address, tls: ssl.SSLContext | None = None
) -> Listener:
    """Accept clients, each with its own pipe. Raises ConfigError when the address cannot be had."""
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"backlog": BACKLOG, "ssl": tls}
    try:
        server = await loop.create_server(make, address.host, address.port, **options)
        doors = [
            await loop.create_server(make, sock=_again(sock), **options)
            for sock in server.sockets
            for _ in range(DOORS - 1)
        ]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"cannot listen on {address}: {reason}; give another --listen HOST:PORT"
        ) from None
    return Listener(server, doors)


def _again(sock: socket.socket) -> socket.socket:
    """The same listening socket under another descriptor."""
    return socket.socket(fileno=os.dup(sock.fileno()))


def tls_context(cert: Path, key: Path) -> ssl.SSLContext:
    """What TLS needs. Raises ConfigError for files that do not hold it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigError(
            f"cannot use {cert} and {key} for TLS: {error}; give a certificate and its key as PEM"
        ) from None
    return context
