"""Opening a connection and logging in on it."""

from __future__ import annotations

import asyncio

from chatd.wire.message import format_line
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.errors import ChatError, NotConnected, OtherServer, PasswordRefused
from cli.client.gateways import Expected
from cli.client.handshake import Handshake, Login


async def attach(
    server: Server, login: Login, seconds: float, expected: Expected
) -> tuple[Connection, Handshake]:
    """Connect and log in, within ``seconds`` after the connection is open.

    ``expected`` is what it must say of itself. A secret that is refused is read again: another
    process may have changed the password. Raises LoginRefused when the server says no,
    NotConnected when another try or another server may succeed.
    """
    refused: set[str] = set()
    while True:
        try:
            return await _attach(server, login, seconds, expected)
        except PasswordRefused:
            refused.add(login.password or "")
            if not login.another(refused):
                raise


async def _attach(
    server: Server, login: Login, seconds: float, expected: Expected
) -> tuple[Connection, Handshake]:
    handshake = Handshake(login, expected, str(server))
    connection = await Connection.open(server)
    try:
        async with asyncio.timeout(seconds):
            connection.send(*handshake.start())
            while not handshake.done:
                await _step(connection, handshake)
    except TimeoutError:
        await connection.close()
        raise NotConnected(f"{server} does not answer the login") from None
    except ConnectionLost as error:
        await connection.close()
        raise NotConnected(f"{server}: {error}") from None
    except (ChatError, asyncio.CancelledError) as error:
        connection.send(format_line("QUIT"))
        await connection.close()
        if isinstance(error, OtherServer) and not expected.named:
            raise NotConnected(f"{server} is another server now") from None
        raise
    return connection, handshake


async def _step(connection: Connection, handshake: Handshake) -> None:
    for message in await connection.receive():
        connection.send(*handshake.receive(message))
