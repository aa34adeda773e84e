"""One user's session: logs in, stays connected, sends exactly once, misses nothing silently.

The parts without I/O do the thinking (`handshake`, `conversation`, `outgoing`, `recovery`); this
file joins them to a connection, with `delivery` for what is sent and `arrival` for coming back.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.arrival import Arrival
from cli.client.attach import attach
from cli.client.batches import Batches
from cli.client.checks import FAREWELL_BYTES, command_line, is_target, one_line
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.conversation import Conversation, server_time, timestamp
from cli.client.delivery import Delivery
from cli.client.errors import NameTaken, NotConnected, Refused, TimedOut
from cli.client.handshake import Handshake, Login, pong
from cli.client.lookback import Lookback
from cli.client.outgoing import Reply
from cli.client.past import Past, Questions, Taker
from cli.client.retry import Retry
from cli.client.timing import Clock, Timer, Timing


class Session:
    """A chat session that outlives its connections.

    Events go to ``emit`` as they happen; it must not block. ``rooms`` are entered after every
    login, besides those that the user is in already. ``lookback`` is what to show first of what
    was said before.
    """

    def __init__(
        self,
        login: Login,
        servers: Sequence[Server],
        emit: Callable[[ev.Event], None],
        *,
        rooms: Sequence[str] = (),
        lookback: Lookback | None = None,
        timing: Timing | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.login = login
        self.chat = Conversation(login.name)
        self.authenticated = False
        self.claimed = False
        self.claim_problem = ""
        self.ready = asyncio.Event()
        """Set while connected, in the rooms again, and with nothing left to recover."""
        self._servers = list(servers)
        self._next_server = 0
        self._emit = emit
        self._timing = timing or Timing()
        self._clock = clock or Clock()
        pauses = (self._timing.retry_first, self._timing.retry_most)
        self._retry = Retry(len(self._servers), pauses)
        self._steady: Timer | None = None
        """Runs while a connection has not worked yet."""
        self._unshown: ev.Connected | None = None
        """The login that the user is told of when its connection works."""
        self.delivery = Delivery(emit, pauses)
        self._arrival = Arrival(rooms, self._timing, emit, self._arrived, lookback)
        self._questions = Questions(self.delivery.put)
        self._batches = Batches()
        self._connection: Connection | None = None
        self._caps: set[str] = set()
        self._fences: dict[str, asyncio.Future[None]] = {}
        self._password_change: asyncio.Future[None] | None = None
        self._closing = False

    # -- the connection ----------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Tell whether there is a logged-in connection."""
        return self._connection is not None

    @property
    def retry_is_safe(self) -> bool:
        """Tell whether a message with the same id is the same message, on whatever connection.

        The server knows the sender of an id by the account; a guest is another one each time.
        """
        return self.authenticated and "chatd/id" in self._caps

    def has(self, cap: str) -> bool:
        """Tell whether the server has given us a capability."""
        return cap in self._caps

    async def start(self) -> None:
        """Log in at the first server that answers. Raises NotConnected or LoginRefused."""
        reasons = []
        for _ in self._servers:
            try:
                await self._attach(again=False)
            except NotConnected as error:
                reasons.append(str(error))
                self._next_server += 1
            else:
                return
        raise NotConnected("; ".join(reasons))

    async def run(self) -> None:
        """Serve the connection, and the next ones, until `close`.

        Raises LoginRefused when the server does not let this user in again.
        """
        while not self._closing:
            if self._connection is None:
                await self._reconnect()
                continue
            try:
                await self._converse(self._connection)
            except NotConnected as lost:
                await self._lost(self._connection, str(lost))

    async def close(self, text: str = "") -> None:
        """Leave: QUIT, and wait a moment for the server to take it."""
        self._closing = True
        self.ready.clear()
        self._stop_serving()
        connection, self._connection = self._connection, None
        if connection is None:
            return
        farewell = one_line(text, FAREWELL_BYTES)
        connection.send(format_line("QUIT", *([farewell] if farewell else [])))
        try:
            async with asyncio.timeout(self._timing.goodbye):
                while True:
                    await connection.receive()
        except (ConnectionLost, TimeoutError):
            await connection.close()

    async def _attach(self, *, again: bool) -> None:
        """Log in at the server whose turn it is, and enter the rooms."""
        server = self._servers[self._next_server % len(self._servers)]
        if again:
            self.login.renew()
        connection, handshake = await attach(server, self.login, self._timing.login)
        self._connection = connection
        self._logged_in(handshake)
        connected = ev.Connected(str(server), self.chat.nick, again)
        if self._retry.unsteady:
            self._unshown = connected
        else:
            self._emit(connected)
        self._steady = self._clock.later(self._timing.steady, self._works)
        at = timestamp(handshake.early[0])
        self._arrival.begin(connection.send, self._caps, at, again=again)
        try:
            for message in handshake.early:
                # The message of the day is for the first time only.
                if not again or message.command != "372":
                    self._handle(message)
        except ConnectionLost as lost:
            await self._detach(str(lost))
            raise

    def _logged_in(self, handshake: Handshake) -> None:
        self.chat.nick = handshake.nick
        self._batches = Batches()
        self._caps = handshake.caps
        self.authenticated = handshake.authenticated
        self.claim_problem = handshake.claim_problem
        self.claimed = self.claimed or handshake.claimed

    def _arrived(self) -> None:
        self.ready.set()
        self.delivery.connected(self._send, self._caps, retry_is_safe=self.retry_is_safe)

    def _works(self) -> None:
        """Take note that this connection stayed for a while, or that the server did something."""
        if self._steady is not None:
            self._steady.cancel()
            self._steady = None
            self._retry.worked()
        if self._unshown is not None:
            self._emit(self._unshown)
            self._unshown = None

    async def _lost(self, connection: Connection, reason: str) -> None:
        """Go on after the end of a connection; one that never worked is a failed try."""
        early = self._steady is not None
        await self._detach(reason)
        if early and not self._closing:
            why = f"{connection.server} lets you in but does not keep you: {reason}"
            await self._failed(why, logged_in=True)

    def _stop_serving(self) -> None:
        self.ready.clear()
        self._arrival.stop()
        self.delivery.disconnected()
        if self._steady is not None:
            self._steady.cancel()
            self._steady = None

    async def _detach(self, reason: str) -> None:
        connection, self._connection = self._connection, None
        self._stop_serving()
        self.chat.connection_lost()
        self._questions.connection_lost()
        for future in (*self._fences.values(), self._password_change):
            if future is not None and not future.done():
                future.set_exception(NotConnected("the connection was lost"))
        self._fences.clear()
        if connection is None:
            return
        if self._unshown is None and not self._closing:
            self._emit(ev.Disconnected(str(connection.server), reason))
        self._unshown = None
        await connection.close()

    async def _reconnect(self) -> None:
        """Try the servers in turn, the next one first, until one lets us in."""
        while True:
            self._next_server += 1
            try:
                return await self._attach(again=True)
            except NotConnected as error:
                await self._failed(str(error))
            except NameTaken as error:
                # Without an account it is our own lost session that still has the name.
                if self.authenticated:
                    raise
                await self._failed(f"{error}; your lost connection may still have it")

    async def _failed(self, reason: str, *, logged_in: bool = False) -> None:
        """Wait as long as it is right after a failed try."""
        pause = self._retry.failed(reason, logged_in=logged_in)
        if pause.reason:
            self._emit(ev.Unreachable(pause.reason, pause.seconds))
        if pause.seconds:
            await self._clock.sleep(pause.seconds)

    # -- what arrives ------------------------------------------------------------------------

    async def _converse(self, connection: Connection) -> None:
        asked = False
        while not self._closing:
            try:
                async with asyncio.timeout(self._timing.answer if asked else self._timing.quiet):
                    messages = await connection.receive()
            except TimeoutError:
                if asked:
                    raise ConnectionLost("it does not answer any more") from None
                asked = True
                connection.send(format_line("PING", _token()))
                continue
            asked = False
            for message in messages:
                self._handle(message)

    def _handle(self, message: Message) -> None:
        """Take one message after the login."""
        label, more = self._batches.answer(message)
        reply = self.delivery.reply(message, label, more=more)
        if reply is Reply.SENT:
            self._works()
        self._arrival.take(message)
        match message.command:
            case "PING":
                self._send(pong(message))
            case "PONG":
                self._passed(message.params[-1] if message.params else "")
            case "BATCH":
                if self._batches.take(message) == "chathistory":
                    (self._questions if self._questions.waiting else self._arrival).page_over()
            case "ERROR":
                raise ConnectionLost(message.params[-1] if message.params else "no reason given")
            case _:
                # A reply that settles a message, or puts it off, is told in the user's words.
                if reply in (Reply.NOTHING, Reply.SENT) and not self._requested(message):
                    missed = self._batches.kind(message) == "chathistory"
                    for event in self.chat.receive(message):
                        if missed and self._questions.waiting:
                            if isinstance(event, ev.Said):
                                self._questions.found(event)
                        else:
                            self._arrival.happened(event, missed=missed)

    def _requested(self, message: Message) -> bool:
        """Take the replies to our own requests; return whether this was one."""
        params = message.params
        if message.command in ("400", "421", "461") and len(params) > 1:
            subject, code = params[1], ""
        elif message.command in ("FAIL", "NOTE") and len(params) > 1:
            subject, code = params[0], params[1]
        else:
            return False
        for_now = code == "TEMPORARILY_UNAVAILABLE" or message.command == "400"
        if for_now and subject == "PING":
            return True  # its PONG follows when the server can give it
        if subject == "CHATHISTORY" and message.command == "FAIL" and self._questions.waiting:
            self._questions.failed(code, params[-1])
            return True
        if self._arrival.reply(message, subject, for_now):
            return True
        return subject == "PASSWD" and self._password_reply(message.command, code, params[-1])

    def _password_reply(self, command: str, code: str, text: str) -> bool:
        change = self._password_change
        if change is None or change.done():
            return False
        if command != "NOTE":
            change.set_exception(Refused(f"the password was not changed: {text}"))
        elif code == "CHANGED":
            change.set_result(None)
        return True

    def _passed(self, token: str) -> None:
        future = self._fences.pop(token, None)
        if future is not None and not future.done():
            future.set_result(None)

    # -- what the user wants -----------------------------------------------------------------

    def say(self, target: str, text: str, *, action: bool = False) -> None:
        """Send a text, as many messages as it needs; the outcome comes as events.

        Raises Refused when too much is waiting already.
        """
        for piece in self.delivery.say(self.chat.nick, target, text, action=action):
            if not self.connected:
                self._emit(ev.Waiting(target, piece))

    def command(self, name: str, *params: str) -> None:
        """Send a command after what was typed before it. Raises Refused if it cannot be sent."""
        if not self.connected:
            raise Refused("not connected at the moment: try again when the connection is back")
        self.delivery.put(command_line(name, *params))

    def join(self, room: str) -> None:
        """Enter a room, now or when the connection is back."""
        if self.connected:
            self.command("JOIN", room)
        else:
            self._arrival.want(room)

    def part(self, room: str) -> None:
        """Leave a room, now or by not entering it again."""
        if self.connected:
            self.command("PART", room)
        else:
            self._arrival.drop(room)

    def away(self, text: str | None) -> None:
        """Say that the user is away, or with None that they are back."""
        params = [text] if text else []
        command_line("AWAY", *params)  # not kept for the next connection if it cannot be sent
        self._arrival.away = text
        if self.connected:
            self.command("AWAY", *params)

    def ask(self, past: Past, taker: Taker) -> None:
        """Ask for one page of what was said. Raises Refused when it cannot be had."""
        if not self.ready.is_set():
            raise Refused("not connected at the moment: try again when the connection is back")
        if not {"draft/chathistory", "batch"} <= self._caps:
            raise Refused("the server keeps no history")
        self._questions.page = self._arrival.page
        self._questions.ask(past, taker)

    def mark_read(self, target: str, at: float) -> None:
        """Tell the server up to when a room or a conversation is read, if it wants to know."""
        if self.connected and "draft/read-marker" in self._caps and is_target(target):
            self._send(format_line("MARKREAD", target, f"timestamp={server_time(at)}"))

    async def fence(self) -> None:
        """Return when the server has done everything sent before. Raises NotConnected."""
        if self._connection is None:
            raise NotConnected("not connected")
        token = _token()
        self._fences[token] = asyncio.get_running_loop().create_future()
        self.delivery.put(format_line("PING", token))
        await self._fences[token]

    async def change_password(self, password: str, seconds: float) -> None:
        """Set the account's password. Raises Refused, NotConnected or TimedOut."""
        self._password_change = asyncio.get_running_loop().create_future()
        self.delivery.put(command_line("PASSWD", password))
        try:
            async with asyncio.timeout(seconds):
                await self._password_change
        except TimeoutError:
            raise TimedOut("the server did not answer: the password may have changed") from None

    def _send(self, line: bytes) -> None:
        if self._connection is not None:
            self._connection.send(line)


def _token() -> str:
    return secrets.token_hex(8)
