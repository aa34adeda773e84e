"""One user's session: logs in, stays connected, sends exactly once, misses nothing silently.

The parts without I/O do the thinking (`handshake`, `conversation`, `outgoing`, `recovery`); this
file joins them to a connection and to the clock.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.attach import attach
from cli.client.batches import Batches
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.conversation import Conversation, same, timestamp
from cli.client.courier import Courier
from cli.client.errors import NameTaken, NotConnected, Refused, TimedOut
from cli.client.handshake import Handshake, Login
from cli.client.outgoing import Reply
from cli.client.recovery import DIRECT, PAGE, Recovery

_JOIN_REFUSED: Final = frozenset({"403", "405", "471", "473", "474", "475", "476", "477"})
"""Replies that mean that a room cannot be entered."""


ROOM_TRIES: Final = 6
"""Attempts to enter the rooms after a login, when the server refuses them only for now."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait, in seconds."""

    login: float = 15.0
    """From the connection to the welcome, the server's password hashing included."""
    quiet: float = 30.0
    """Silence after which the server is asked whether it is still there."""
    answer: float = 15.0
    """For the answer to that question; after it the connection counts as broken."""
    history: float = 20.0
    """For all that was missed; what has not come by then is told as a gap."""
    retry_first: float = 0.5
    retry_most: float = 20.0
    """Between two rounds of connection attempts, and between two attempts to send."""
    goodbye: float = 1.0
    """For the server to close the connection after QUIT."""


class Session:
    """A chat session that outlives its connections.

    Events go to ``emit`` as they happen; it must not block. ``rooms`` are entered after every
    login, besides those that the user is in already.
    """

    def __init__(
        self,
        login: Login,
        servers: Sequence[Server],
        emit: Callable[[ev.Event], None],
        *,
        rooms: Sequence[str] = (),
        timing: Timing | None = None,
    ) -> None:
        self.login = login
        self.chat = Conversation(login.name)
        self.authenticated = False
        self.claimed = False
        self.claim_problem = ""
        self.ready = asyncio.Event()
        """Set while connected, in the rooms again, and with nothing left to recover."""
        self._servers = list(servers)
        self._turn = 0
        self._emit = emit
        self._timing = timing or Timing()
        pauses = (self._timing.retry_first, self._timing.retry_most)
        self.courier = Courier(emit, pauses)
        self._wanted = {same(room): room for room in rooms}
        self._away: str | None = None
        self._recovery = Recovery()
        self._batches = Batches()
        self._connection: Connection | None = None
        self._caps: set[str] = set()
        self._page = PAGE
        self._fences: dict[str, Callable[[], None]] = {}
        self._futures: set[asyncio.Future[None]] = set()
        self._password_change: asyncio.Future[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._refused_for_now = False
        self._tries = 0
        self._closing = False

    # -- the connection ----------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Tell whether there is a logged-in connection."""
        return self._connection is not None

    async def start(self) -> None:
        """Log in at the first server that answers. Raises NotConnected or LoginRefused."""
        reasons = []
        for _ in self._servers:
            try:
                await self._attach(again=False)
            except NotConnected as error:
                reasons.append(str(error))
                self._turn += 1
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
                await self._detach(str(lost))

    async def close(self, text: str = "") -> None:
        """Leave: QUIT, and wait a moment for the server to take it."""
        self._closing = True
        self.ready.clear()
        self._stop_timers()
        self.courier.disconnected()
        connection, self._connection = self._connection, None
        if connection is None:
            return
        connection.send(format_line("QUIT", text) if text else format_line("QUIT"))
        try:
            async with asyncio.timeout(self._timing.goodbye):
                while True:
                    await connection.receive()
        except (ConnectionLost, TimeoutError):
            await connection.close()

    async def _attach(self, *, again: bool) -> None:
        """Log in at the server whose turn it is, and enter the rooms."""
        server = self._servers[self._turn % len(self._servers)]
        connection, handshake = await attach(server, self.login, self._timing.login)
        self._connection = connection
        self._logged_in(handshake)
        self._tries = 0
        self._emit(ev.Connected(str(server), self.chat.nick, again))
        if again:
            self._recovery.begin()
        self._enter_rooms()
        for message in handshake.early:
            self._handle(message)

    def _logged_in(self, handshake: Handshake) -> None:
        self.chat.nick = handshake.nick
        self._batches = Batches()
        self._caps = handshake.caps
        self._recovery.start_of(DIRECT, timestamp(handshake.early[0]))
        self.authenticated = handshake.authenticated
        self.claim_problem = handshake.claim_problem
        self.claimed = self.claimed or handshake.claimed

    async def _detach(self, reason: str) -> None:
        connection, self._connection = self._connection, None
        self.ready.clear()
        self._stop_timers()
        self.courier.disconnected()
        self.chat.connection_lost()
        self._fences.clear()
        for future in self._futures:
            if not future.done():
                future.set_exception(NotConnected("the connection was lost"))
        self._futures.clear()
        if connection is not None:
            if not self._closing:
                self._emit(ev.Disconnected(str(connection.server), reason))
            await connection.close()

    async def _reconnect(self) -> None:
        """Try the servers in turn, the next one first, until one lets us in."""
        pause = self._timing.retry_first
        while True:
            reasons = []
            for _ in self._servers:
                self._turn += 1
                try:
                    return await self._attach(again=True)
                except NotConnected as error:
                    reasons.append(str(error))
                except NameTaken as error:
                    # Without an account it is our own lost session that still has the name.
                    if self.authenticated:
                        raise
                    reasons.append(str(error))
            wait = pause * random.uniform(0.7, 1.0)  # noqa: S311 - not all at the same moment
            self._emit(ev.Unreachable("; ".join(reasons), wait))
            await asyncio.sleep(wait)
            pause = min(pause * 2, self._timing.retry_most)

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
        label = self._batches.label(message)
        reply = self.courier.reply(message, label)
        match message.command:
            case "PING":
                self._send(format_line("PONG", *message.params))
            case "PONG":
                self._fences.pop(message.params[-1] if message.params else "", _nothing)()
            case "BATCH":
                if self._batches.take(message) == "chathistory":
                    self._recovery.page_over()
                    self._recover()
            case "ERROR":
                raise ConnectionLost(message.params[-1] if message.params else "no reason given")
            case "005":
                self._isupport(message)
            case _:
                # A reply that settles a message, or puts it off, is told in the user's words.
                if reply in (Reply.NOTHING, Reply.SENT) and not self._requested(message):
                    self._happened(message)

    def _happened(self, message: Message) -> None:
        """Turn a message into events, and show them in their order."""
        if message.command in _JOIN_REFUSED and len(message.params) > 1:
            self._wanted.pop(same(message.params[1]), None)
        missed = self._batches.kind(message) == "chathistory"
        for event in self.chat.receive(message):
            if missed and isinstance(event, ev.Said):
                self._recovery.found(event)
                continue
            if isinstance(event, ev.Joined) and event.own:
                self._wanted[same(event.room)] = event.room
                self._recovery.start_of(event.room, event.at)
            if isinstance(event, ev.Left) and event.own:
                self._wanted.pop(same(event.room), None)
                self._recovery.forget(event.room)
            self._show(self._recovery.live(event))

    def _requested(self, message: Message) -> bool:
        """Take the replies to our own requests; return whether this was one."""
        if message.command in ("400", "421", "461"):
            subject, code = (*message.params[1:2], "")[0], ""
        elif message.command in ("FAIL", "NOTE"):
            subject, code = (*message.params[:2], "", "")[:2]
        else:
            return False
        text = message.params[-1] if message.params else ""
        if self._recovery.gap(message):
            self._show(self._recovery.gaps())
            return True
        for_now = code == "TEMPORARILY_UNAVAILABLE" or message.command == "400"
        if for_now and subject == "PING":
            return True  # its PONG follows when the server can give it
        entering = subject in ("JOIN", "AWAY") and not self.ready.is_set()
        if for_now and entering and self._tries < ROOM_TRIES:
            self._refused_for_now = True
            return True
        if subject == "CHATHISTORY" and message.command != "NOTE" and self._recovery.active:
            if for_now:
                self._later(self._timing.retry_first, self._recover)
            else:
                self._recovery.failed(text)
                self._recover()
            return True
        return subject == "PASSWD" and self._password_reply(message.command, code, text)

    def _password_reply(self, command: str, code: str, text: str) -> bool:
        change = self._password_change
        if change is None or change.done():
            return False
        if command != "NOTE":
            change.set_exception(Refused(f"the password was not changed: {text}"))
        elif code == "CHANGED":
            change.set_result(None)
        return True

    def _isupport(self, message: Message) -> None:
        for token in message.params[1:-1]:
            name, _, value = token.partition("=")
            if name == "CHATHISTORY" and value.isascii() and value.isdigit():
                self._page = int(value)

    def _show(self, events: Sequence[ev.Event]) -> None:
        for event in events:
            self._emit(event)

    # -- what was missed ---------------------------------------------------------------------

    def _enter_rooms(self) -> None:
        """Enter all rooms and say that we are away, if so; then go on in `_arrived`."""
        self._tries += 1
        self._refused_for_now = False
        for room in self._wanted.values():
            self._send(format_line("JOIN", room))
        if self._away is not None:
            self._send(format_line("AWAY", self._away))
        self._send(self._fence(self._arrived))

    def _arrived(self) -> None:
        """Fetch what was missed, now that the rooms are entered; after it, send."""
        if self._refused_for_now:
            self._later(self._timing.retry_first * self._tries, self._enter_rooms)
            return
        if self._recovery.active and not {"draft/chathistory", "batch"} <= self._caps:
            self._recovery.give_up("the server keeps no history")
        elif self._recovery.active:
            self._later(self._timing.history, self._no_history)
        self._recover()

    def _recover(self) -> None:
        """Ask for the next page; after the last one show all of it."""
        if self._recovery.active:
            line = self._recovery.request(self._page)
            if line is not None:
                self._send(line)
                return
            self._show(self._recovery.finish())
        self._stop_timers()
        self.ready.set()
        self.courier.connected(self._send, self._caps)

    def _no_history(self) -> None:
        self._recovery.give_up("the server does not answer")
        self._recover()

    # -- what the user wants -----------------------------------------------------------------

    def say(self, target: str, text: str, *, action: bool = False) -> None:
        """Send a text, as many messages as it needs; the outcome comes as events.

        Raises Refused when too much is waiting already.
        """
        for piece in self.courier.say(self.chat.nick, target, text, action=action):
            if not self.connected:
                self._emit(ev.Waiting(target, piece))

    def command(self, name: str, *params: str) -> None:
        """Send a command after what was typed before it. Raises Refused if it cannot be sent."""
        if not self.connected:
            raise Refused("not connected at the moment: try again when the connection is back")
        try:
            self.courier.put(format_line(name, *params))
        except ValueError:
            raise Refused(f"{' '.join(params)!r} cannot be sent") from None

    def join(self, room: str) -> None:
        """Enter a room, now or when the connection is back."""
        if self.connected:
            self.command("JOIN", room)
        else:
            self._wanted[same(room)] = room

    def part(self, room: str) -> None:
        """Leave a room, now or by not entering it again."""
        if self.connected:
            self.command("PART", room)
        else:
            self._wanted.pop(same(room), None)

    def away(self, text: str | None) -> None:
        """Say that the user is away, or with None that they are back."""
        self._away = text
        if self.connected:
            self.command("AWAY", *([text] if text else []))

    async def fence(self) -> None:
        """Return when the server has done everything sent before. Raises NotConnected."""
        if self._connection is None:
            raise NotConnected("not connected")
        passed = asyncio.get_running_loop().create_future()
        self._futures.add(passed)
        self.courier.put(self._fence(lambda: _set(passed)))
        await passed

    async def change_password(self, password: str, seconds: float) -> None:
        """Set the account's password. Raises Refused, NotConnected or TimedOut."""
        self._password_change = asyncio.get_running_loop().create_future()
        self._futures.add(self._password_change)
        self.courier.put(format_line("PASSWD", password))
        try:
            async with asyncio.timeout(seconds):
                await self._password_change
        except TimeoutError:
            raise TimedOut("the server did not answer: the password may have changed") from None

    def _send(self, line: bytes) -> None:
        if self._connection is not None:
            self._connection.send(line)

    def _fence(self, passed: Callable[[], None]) -> bytes:
        """Return the line after which the server has done everything sent before."""
        token = _token()
        self._fences[token] = passed
        return format_line("PING", token)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something on this connection after a while."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds, do))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _token() -> str:
    return secrets.token_hex(8)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _nothing() -> None:
    """Ignore a PONG that nobody waits for."""
