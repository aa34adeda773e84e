"""TCP connections, plain and TLS: bytes in and out. No command is known here."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Callable
from typing import cast

from chatd.commands.environment import Server
from chatd.listeners.flow import FlowControl, progress
from chatd.session.connection import Connection
from chatd.session.fanout import SessionFanout
from chatd.session.outbox import Outboxes
from chatd.session.pipe import UNKNOWN, Delayed, Pipe, Progress
from chatd.wire.addresses import address_of
from chatd.wire.proxy import read_header

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""Seconds that a client has to take its last lines before its socket is cut."""

HEADER_S = 10.0
"""Seconds for a PROXY header: "at least 3 seconds to cover a TCP retransmit"."""

SID_BYTES = 6
"""Random bytes with which the ids of all sessions of a process begin: of ten thousand processes no
two have the same, but for a chance of 2e-7. A number follows: random bytes for each cost 3 us."""

HIGH_WATER_BYTES = 2**16
"""Bytes waiting for a client above which a long answer waits for it, if `--sendq` is not small."""


def first_of_ids() -> str:
    """Make what the ids of all sessions of a process begin with.

    Somebody may type an id behind a command: one that began with ``-`` would be an option there.
    """
    return secrets.token_urlsafe(SID_BYTES).replace("-", "_")


class Connections:
    """Makes what a client of the protocol needs for each socket, and knows all of them."""

    def __init__(self, server: Server, fanout: SessionFanout, outboxes: Outboxes) -> None:
        self.server = server
        self.outboxes = outboxes
        self._fanout = fanout
        # never the same again, on any gateway: a session stands for a guest, and may move
        self._sids = first_of_ids()
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()
        self.clock: Callable[[], float] = self._loop.time

    @property
    def all(self) -> dict[bytes, Connection]:
        """Every open connection, by the id of its session."""
        return self._fanout.connections

    def is_proxy(self, transport: asyncio.BaseTransport) -> bool:
        """Whether it has to say first for whom it connects."""
        networks = self.server.config.proxy_from
        if not networks or transport.get_extra_info("ssl_object") is not None:
            return False
        address = address_of(host_of(transport))
        return address is not None and any(address in network for network in networks)

    def open(
        self, transport: asyncio.BaseTransport, pipe: Pipe, host: str = ""
    ) -> Connection | None:
        """Make a connection; None when the gateway is full. ``host``: as its proxy says."""
        host = host or host_of(transport)
        if len(self.all) >= self.server.config.max_clients:
            pipe.write(b"ERROR :This gateway is full, try again later\r\n")
            pipe.close()
            return None
        # what a pipe calls congested must be less than what closes it
        high = min(HIGH_WATER_BYTES, self.server.config.sendq_bytes // 4)
        cast("asyncio.WriteTransport", transport).set_write_buffer_limits(high)
        sid = f"{self._sids}{next(self._numbers)}"
        # a host must not look like a trailing parameter
        host = f"0{host}" if host[0] == ":" else host
        connection = Connection(sid, host, self.server, self.outboxes, pipe, self.clock())
        tls = transport.get_extra_info("ssl_object")
        connection.secure = tls is not None
        connection.certificate = tls.fingerprint() if tls is not None else ""
        self.all[connection.sid.encode()] = connection
        self.server.crowds.enter(connection, host)
        return connection

    def gone(self, connection: Connection) -> None:
        """Its socket is closed."""
        self.server.crowds.leave(connection)
        sid = connection.sid.encode()
        if self.all.get(sid) is connection:  # else its session goes on with another one
            del self.all[sid]


def host_of(transport: asyncio.BaseTransport) -> str:
    """Who is at the other end of a socket."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else "localhost"


class Proxied:
    """What a proxy says first. `take` raises ValueError."""

    __slots__ = ("_data", "_timer")

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._data = b""
        abort = cast("asyncio.Transport", transport).abort
        self._timer = asyncio.get_running_loop().call_later(HEADER_S, abort)

    def take(self, data: bytes) -> tuple[str, bytes] | None:
        """The host, '' = the proxy itself, and what comes behind; None = more has to come."""
        self._data += data
        header = read_header(self._data)
        if header is None:
            return None
        self.stop()
        return header.host, self._data[header.size :]

    def stop(self) -> None:
        """It is not waited for any more."""
        self._timer.cancel()


class TcpPipe(FlowControl):
    """One socket: pumps bytes between its transport and its client's protocol."""

    __slots__ = ("_connections", "_cut", "_proxied", "_transport", "fd")

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections.clock)
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._proxied: Proxied | None = None
        self.fd = -1

    # -- from the loop -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's by behaviour only
        if transport.get_extra_info("ssl_object") is None:
            self.fd = transport.get_extra_info("socket").fileno()
        if self._connections.is_proxy(transport):
            self._proxied = Proxied(transport)
        else:
            self._client = self._connections.open(transport, self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the client."""
        if self._proxied is not None:
            data = self._begin(self._proxied, data)
        if self._client is not None and self._cut is None:
            self._client.receive(data, self._clock())

    def _begin(self, proxied: Proxied, data: bytes) -> bytes:
        """A proxy says for whom it connects; what is left is the client's."""
        transport = self._transport
        if transport is None:
            return b""
        try:
            found = proxied.take(data)
        except ValueError as error:
            log.info("%s does not begin as a proxy does: %s", host_of(transport), error)
            transport.abort()
            return b""
        if found is None:
            return b""
        self._proxied, (host, rest) = None, found
        self._client = self._connections.open(transport, self, host)
        return rest

    def eof_received(self) -> bool:
        """The client will send no more: answer what it has asked, then close.

        https://modern.ircdocs.horse/ says nothing here; ``printf ... | nc`` expects its answers.
        """
        if self._client is None or self._cut is not None:
            return False
        self._client.finish()
        return not self._client.secure  # TLS cannot be closed on one side only

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whomever."""
        self.fd = -1
        if self._proxied is not None:
            self._proxied.stop()
        if self._cut is not None:
            self._cut.cancel()
        connection, self._client = self._client, None
        if connection is not None:
            connection.lost(
                "Connection closed" if exc is None else f"Read error: {exc}", broken=exc is not None
            )
            self._connections.gone(connection)
        self._transport = None

    # -- from the connection -----------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, or keep until the client reads."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def progress(self) -> Progress:
        """See `chatd.session.pipe.Pipe`."""
        return progress(self._transport) if self._transport is not None else UNKNOWN

    def pause(self) -> None:
        """Stop reading; the client's own kernel will stop it when its buffers are full."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    ends_with_code = False

    def close(self, *, again: bool = False) -> None:
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

    def later(self, seconds: float, delayed: Delayed) -> None:
        """Go on with a client's lines after a while."""
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: delayed.pump(self._clock()))
