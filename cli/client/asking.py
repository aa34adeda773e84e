"""A connection that asks, is answered, and leaves: nobody is told that the user came for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client import tokens
from cli.client.attach import attach
from cli.client.beginning import shared_in
from cli.client.connection import Connection, Server
from cli.client.conversation import Conversation
from cli.client.errors import NotConnected
from cli.client.gateways import Gateways
from cli.client.handshake import Login, pong
from cli.client.multiline import Joiner
from cli.client.reach import try_all
from cli.client.timing import Timing


class Asking:
    """One login, without rooms and without coming back when the connection breaks."""

    def __init__(self, login: Login, servers: Sequence[Server] | Gateways) -> None:
        self.login = login
        self.nick = login.name
        self.caps: set[str] = set()
        self.authenticated = False
        self.claim_problem = ""
        self.shared = ""
        """The room that everybody shares, '' while the server has named none."""
        self.gateways = servers if isinstance(servers, Gateways) else Gateways(servers)
        self._connection: Connection | None = None
        self._unread: deque[Message] = deque()
        """What came with the welcome, or behind the end of an answer."""
        self._joiner = Joiner()

    async def start(self) -> None:
        """Log in at the first server that answers. Raises NotConnected or LoginRefused."""
        login = partial(attach, self.gateways, self.login, Timing())
        self._connection, handshake = await try_all(self.gateways, login)
        self.nick, self.caps = handshake.nick, handshake.caps
        self._unread.extend(handshake.early)
        self.authenticated = handshake.authenticated
        self.claim_problem = handshake.claim_problem

    async def ask(self, *lines: bytes) -> list[Message]:
        """Send lines; return all that came until they were answered. Raises NotConnected."""
        token = tokens.token_hex(8)
        *found, _ = await self.ask_until(
            lambda message: message.command == "PONG" and message.params[-1:] == [token],
            *lines,
            format_line("PING", token),
        )
        return found

    async def ask_until(self, over: Callable[[Message], bool], *lines: bytes) -> list[Message]:
        """Send lines; return all up to the one that ends the answer. Raises NotConnected."""
        connection = self._connection
        if connection is None:
            raise NotConnected("there is no connection")
        connection.send(*lines)
        found: list[Message] = []
        while True:
            while self._unread:
                message = self._joiner.take(self._unread.popleft())
                if message is None:
                    continue
                if message.command == "PING":
                    connection.send(pong(message))
                self.shared = shared_in(message) or self.shared
                found.append(message)
                if over(message):
                    return found
            self._unread.extend(await connection.receive())

    def tell(self, *lines: bytes) -> None:
        """Send lines to which no answer is wanted."""
        if self._connection is not None:
            self._connection.send(*lines)

    async def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._connection.send(format_line("QUIT"))
            await self._connection.close()


def said_in(kind: str, answer: Iterable[Message], nick: str = "") -> list[ev.Said]:
    """Return the messages in a batch of this type. ``nick``: of who asks."""
    inside: set[str] = set()
    reader = Conversation(nick)
    found: list[ev.Said] = []
    for message in answer:
        if message.command == "BATCH" and message.params:
            outer = message.params[1:2] == [kind] or message.tags.get("batch") in inside
            if message.params[0].startswith("+") and outer:
                inside.add(message.params[0][1:])
        elif message.tags.get("batch") in inside:
            found += [one for one in reader.receive(message) if isinstance(one, ev.Said)]
    return found
