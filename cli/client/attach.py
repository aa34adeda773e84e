"""Opening a connection and logging in on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from chatd.wire.message import format_line
from cli.client import sts
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.errors import ChatError, NotConnected, OtherServer, PasswordRefused
from cli.client.gateways import Gateways
from cli.client.handshake import Handshake, Login
from cli.client.reach import Try, reach
from cli.client.sts import Upgrade
from cli.client.timing import Timing
from cli.client.trust import Trust

Attached = tuple[Connection, Handshake]
"""A connection that is logged in, and how that went."""


async def attach(gateways: Gateways, login: Login, timing: Timing) -> Attached:
    """Connect and log in at the address whose turn it is, or at the next beside it, if that hangs.

    Raises LoginRefused when the server says no, Unreached when other addresses may succeed.
    """

    async def attempt(this: Try[Attached]) -> Attached:
        return await _log_in(this, login, timing.login, gateways)

    return await reach(gateways, attempt, _discard, timing)


def _discard(attached: Attached) -> None:
    """Leave without a QUIT: the session may be the one that another login goes on with."""
    attached[0].drop()


async def _log_in(
    this: Try[Attached], login: Login, seconds: float, gateways: Gateways
) -> Attached:
    """Log in at one address, within ``seconds`` after the connection is open.

    A secret that is refused is read again: another process may have changed the password.
    """
    refused: set[str] = set()
    server = gateways.trust.secured(this.server)
    while True:
        try:
            return await _attach(this, server, login, seconds, gateways)
        except Upgrade as upgrade:
            server = Server(server.host, upgrade.port, tls=True)
        except PasswordRefused:
            refused.add(login.password or "")
            if not login.another(refused):
                raise


async def _attach(
    this: Try[Attached], server: Server, login: Login, seconds: float, gateways: Gateways
) -> Attached:
    expected, trust = gateways.expected(this.server), gateways.trust
    connection = await Connection.open(server, trust, tuple(gateways.given))
    connection.sts = strict(connection, trust)
    handshake = Handshake(login, expected, str(server), connection.sts, exposed=not server.tls)
    try:
        async with asyncio.timeout(seconds):
            connection.send(*handshake.start())
            while not handshake.done:
                await _step(connection, handshake)
                this.heard()
    except TimeoutError:
        await connection.close()
        raise NotConnected(f"{server} does not answer the login") from None
    except ConnectionLost as error:
        await connection.close()
        raise NotConnected(f"{server}: {error}") from None
    except asyncio.CancelledError:
        connection.drop()  # without a QUIT, see above
        raise
    except ChatError as error:
        connection.send(format_line("QUIT"))
        await connection.close()
        if isinstance(error, OtherServer) and not expected.named:
            raise NotConnected(f"{server} is another server now") from None
        raise
    return connection, handshake


def strict(connection: Connection, trust: Trust) -> Callable[[str], None]:
    """Return what obeys the capability sts as it stands for this connection.

    "Clients MUST only respect each policy part on the appropriate connection type."
    """

    def take(value: str) -> None:
        port, duration = sts.read(value)
        server = connection.server
        if not server.tls and port is not None:
            raise Upgrade.to(port)
        if server.tls and duration is not None:
            trust.wants_tls(server, duration)
            # "clients MUST reschedule the expiry time when closing connections"
            connection.ends = partial(trust.wants_tls, server, duration)

    return take


async def _step(connection: Connection, handshake: Handshake) -> None:
    for message in await connection.receive():
        if handshake.computes:
            connection.send(*await asyncio.to_thread(handshake.receive, message))
        else:
            connection.send(*handshake.receive(message))
