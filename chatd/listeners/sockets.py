"""Listening sockets: addresses at which clients are taken in."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chatd.config import Address, ConfigError
from chatd.listeners.flow import FlowControl

if TYPE_CHECKING:
    from chatd.listeners.tls import TlsContext

BACKLOG = 4096
"""Connections that wait to be taken in."""

SHARED_PORT_LISTENERS = 8
"""Descriptors of one listening socket. To look behind all of them in vain takes some us."""


class Listener:
    """An address at which clients are taken in.

    uvloop takes in one connection per turn of the loop and listening descriptor, so there are
    several for the same sockets: when thousands come at once, those of one turn share the work.
    """

    def __init__(self, servers: list[asyncio.Server]) -> None:
        self._servers = servers

    @property
    def addresses(self) -> list[Address]:
        """The addresses that it really has."""
        return [Address(*sock.getsockname()[:2]) for sock in self._servers[0].sockets]

    def close(self) -> None:
        """Take in nobody any more."""
        for server in self._servers:
            server.close()


async def listen(
    pipe: Callable[[], FlowControl], address: Address, tls: ssl.SSLContext | None = None,
    handshake_s: float | None = None,
) -> Listener:  # fmt: skip
    """Accept clients, each with its own pipe. Raises ConfigError when the address cannot be had.

    ``handshake_s``: how long TLS may take to begin; who has not ended that is in no count yet.
    """
    loop = asyncio.get_running_loop()
    make = cast("Callable[[], asyncio.Protocol]", pipe)
    options: dict[str, Any] = {"backlog": BACKLOG, "ssl": tls, "ssl_handshake_timeout": handshake_s}
    servers: list[asyncio.Server] = []
    try:
        servers.append(await loop.create_server(make, address.host, address.port, **options))
        for sock in servers[0].sockets:
            for _ in range(SHARED_PORT_LISTENERS - 1):
                server = await loop.create_server(make, sock=_again(sock), **options)
                servers.append(server)
    except (OSError, UnicodeError) as error:
        for server in servers:
            server.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"cannot listen on {address}: {reason}; give another --listen HOST:PORT"
        ) from None
    return Listener(servers)


def _again(sock: socket.socket) -> socket.socket:
    """The same listening socket under another descriptor."""
    return socket.socket(fileno=os.dup(sock.fileno()))


def tls_context(cert: Path, key: Path) -> TlsContext:
    """What TLS needs. Raises ConfigError for files that do not hold it."""
    from chatd.listeners.tls import TlsContext  # here: without TLS nobody needs its library

    context = TlsContext()
    load_certificate(context, cert, key)
    return context


def load_certificate(context: TlsContext, cert: Path, key: Path) -> None:
    """Show a certificate from now on. Raises ConfigError; then it is still the one before."""
    try:
        context.load(cert, key)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigError(
            f"cannot use {cert} and {key} for TLS: {error}; give a certificate and its key as PEM"
        ) from None
