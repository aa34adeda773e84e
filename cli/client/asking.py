"""A connection that asks, is answered, and leaves: nobody is told that the user came for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from chatd.wire.message import Message, format_line
from cli.client.attach import attach
from cli.client.connection import Connection, Server
from cli.client.errors import NotConnected
from cli.client.gateways import Gateways
from cli.client.handshake import Login, pong
from cli.client.timing import Timing


class Asking:
    """One login, without rooms and without coming back when the connection breaks."""

    def __init__(self, login: Login, servers: Sequence[Server] | Gateways) -> None:
        self.login = login
        self.authenticated = False
        self.claim_problem = ""
        self.gateways = servers if isinstance(servers, Gateways) else Gateways(servers)
        self._connection: Connection | None = None

    async def start(self) -> None:
        """Log in at the first server that answers. Raises NotConnected or LoginRefused."""
        reasons = []
        for _ in self.gateways.all:
            server = self.gateways.next()
            expected = self.gateways.expected(server)
            try:
                connection, handshake = await attach(server, self.login, Timing().login, expected)
            except NotConnected as error:
                reasons.append(str(error))
            else:
                self._connection = connection
                self.authenticated = handshake.authenticated
                self.claim_problem = handshake.claim_problem
                return
        raise NotConnected("; ".join(reasons))

    async def ask(self, *lines: bytes) -> list[Message]:
        """Send lines; return all that came until they were answered. Raises NotConnected."""
        connection = self._connection
        if connection is None:
            raise NotConnected("there is no connection")
        token = secrets.token_hex(8)
        connection.send(*lines, format_line("PING", token))
        found: list[Message] = []
        while True:
            for message in await connection.receive():
                if message.command == "PONG" and message.params[-1:] == [token]:
                    return found
                if message.command == "PING":
                    connection.send(pong(message))
                found.append(message)

    async def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.send(format_line("QUIT"))
            await self._connection.close()
