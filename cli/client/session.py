"""One user's session: logs in, stays connected, sends exactly once, misses nothing silently.

The parts without I/O do the thinking (`handshake`, `conversation`, `outgoing`, `recovery`); this
file joins them to a connection, with `delivery` for what is sent and `arrival` for coming back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.arrival import Arrival
from cli.client.attach import attach
from cli.client.batches import Batches
from cli.client.checks import FAREWELL_BYTES, one_line
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.conversation import Conversation, timestamp
from cli.client.delivery import Delivery
from cli.client.errors import ChatError, LoginRefused, NameTaken, NotConnected
from cli.client.gateways import Gateways
from cli.client.halt import Halt
from cli.client.handshake import SEARCH, Handshake, Login, pong
from cli.client.lookback import Lookback
from cli.client.multiline import MULTILINE, limits_of
from cli.client.outgoing import Reply
from cli.client.past import Questions
from cli.client.presence import Presence
from cli.client.reach import Unreached, try_all
from cli.client.requests import HAPPENS, Requests
from cli.client.retry import Retry
from cli.client.spelling import reason_of
from cli.client.timing import Clock, Timer, Timing
from cli.client.watched import Watched
from cli.client.wishes import Wishes


class Session(Wishes):
    """A chat session that outlives its connections.

    Events go to ``emit`` as they happen; it must not block. ``rooms`` are entered after every
    login, besides those that the user is in already. ``lookback`` is what to show first of what
    was said before. Other gateways of the server are known from itself.
    """

    def __init__(
        self,
        login: Login,
        servers: Sequence[Server] | Gateways,
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
        self.gateways = servers if isinstance(servers, Gateways) else Gateways(servers)
        self._emit = emit
        self._timing = timing or Timing()
        self._clock = clock or Clock()
        pauses = (self._timing.retry_first, self._timing.retry_most)
        self._retry = Retry(pauses)
        self._steady: Timer | None = None
        """Runs while a connection has not worked yet."""
        self._unshown: ev.Connected | None = None
        """The login that the user is told of when its connection works."""
        self.delivery = Delivery(emit, pauses, self._timing.returning)
        self._arrival = Arrival(rooms, self._timing, self.delivery.show, self._arrived, lookback)
        self._presence = Presence(self.chat)
        self._questions = Questions(self.delivery.put)
        self._searches = Questions(self.delivery.put)  # answered when the server can
        self._batches = Batches()
        self._connection: Watched | None = None
        self._caps: set[str] = set()
        self._requests = Requests()
        self._halt = Halt(login, emit)
        self._told_to_move = False
        self._leaving: set[asyncio.Task[None]] = set()
        """Farewells to gateways that were left for another one."""

    # -- the connection ----------------------------------------------------------------------

    @property
    def retry_is_safe(self) -> bool:
        """Tell whether a message with the same id is the same message, on whatever connection.

        The server knows the sender of an id by the account; a guest is another one each time.
        """
        return self.authenticated and "chatd/id" in self._caps

    async def start(self) -> None:
        """Log in at the first server that answers. Raises NotConnected or LoginRefused."""
        await try_all(self.gateways, partial(self._attach, again=False))

    async def run(self) -> None:
        """Serve the connection, and the next ones, until `close`.

        When the server does not let this user in again it raises LoginRefused, or if it ``stays``,
        waits for them.
        """
        while not self._closing:
            try:
                await self._serve()
            except LoginRefused as refused:
                if not self.stays:
                    raise
                await self._detach("")
                await self._halt.wait(refused)

    async def _serve(self) -> None:
        """Serve this connection, or come to another one."""
        if self._connection is None:
            return await self._reconnect()
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
        quit_ = format_line("QUIT", *([farewell] if farewell else []))
        await asyncio.gather(connection.leave(quit_, self._timing.goodbye), *self._leaving)

    async def _attach(self, *, again: bool) -> None:
        """Log in at the server whose turn it is, or the next, and enter the rooms."""
        if again:
            self.login.renew()
        connection, handshake = await attach(self.gateways, self.login, self._timing)
        try:
            await self._adopt(connection, handshake, again=again)
        except ConnectionLost as lost:
            raise Unreached.after([lost]) from None

    async def _adopt(
        self, connection: Connection, handshake: Handshake, *, again: bool, moved: bool = False
    ) -> None:
        """Enter the rooms on a connection that is logged in, and go on there."""
        self._again = again
        self._connection = watched = Watched(connection, self._timing, self._there_until)
        self._logged_in(handshake)
        connected = ev.Connected(str(connection.server), self.chat.nick, again, moved)
        if self._retry.unsteady:
            self._unshown = connected
        else:
            self._emit(connected)
        self._steady = self._clock.later(self._timing.steady, self._works)
        at = timestamp(handshake.early[0])
        self._arrival.begin(watched.send, self._caps, at, again=again)
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
        self._told_to_move = False
        self._caps = handshake.caps
        self._limits = limits_of(handshake.offered.get(MULTILINE, ""))
        self.authenticated = handshake.authenticated
        if self.authenticated:
            self.login.accepted()
        self.claim_problem = handshake.claim_problem
        self.claimed = self.claimed or handshake.claimed

    def _arrived(self) -> None:
        self.ready.set()
        self.delivery.connected(
            self._send, self._caps, retry_is_safe=self.retry_is_safe, again=self._again
        )
        if self.wants_places:
            self.ask_places()
        for room in self._presence.reconnected():
            self.look_at(room)

    def _works(self) -> None:
        """Take note that this connection stayed for a while, or that the server did something."""
        if self._steady is not None:
            self._steady.cancel()
            self._steady = None
            self._retry.worked()
        if self._unshown is not None:
            self._emit(self._unshown)
            self._unshown = None

    async def _lost(self, connection: Watched, reason: str) -> None:
        """Go on after the end of a connection; one that never worked is a failed try."""
        early = self._steady is not None and not connection.dropped
        await self._detach(reason)
        if early and not self._closing:
            why = f"{connection.server} lets you in but does not keep you: {reason}"
            await self._failed(why, logged_in=True)

    def _stop_serving(self) -> None:
        self.ready.clear()
        self.delivery.disconnected()
        self._stop_arriving()

    def _stop_arriving(self) -> None:
        self._arrival.stop()
        if self._steady is not None:
            self._steady.cancel()
            self._steady = None

    async def _detach(self, reason: str) -> None:
        """Be without a connection; a ``reason`` is told."""
        connection, self._connection = self._connection, None
        self._stop_serving()
        for part in (self.chat, self.gateways, self._questions, self._searches, self._requests):
            part.connection_lost()
        if connection is None:
            return
        if reason and self._unshown is None and not self._closing:
            self._emit(ev.Disconnected(str(connection.server), reason))
        self._unshown = None
        await connection.close()

    async def _reconnect(self) -> None:
        """Try the servers in turn, the next one first, until one lets us in."""
        while True:
            try:
                return await self._attach(again=True)
            except Unreached as unreached:
                for error in unreached.errors:
                    await self._failed(str(error))
            except NameTaken as error:
                # Without an account it is our own lost session that still has the name.
                if self.authenticated:
                    raise
                await self._failed(f"{error}; your lost connection may still have it")

    async def _failed(self, reason: str, *, logged_in: bool = False) -> None:
        """Wait as long as it is right after a failed try."""
        pause = self._retry.failed(reason, len(self.gateways.all), logged_in=logged_in)
        if pause.reason:
            self._emit(ev.Unreachable(pause.reason, pause.seconds))
        if pause.seconds:
            self._pausing = asyncio.create_task(self._clock.sleep(pause.seconds))
            try:
                await asyncio.wait({self._pausing})
            finally:
                self._pausing.cancel()
                self._pausing = None

    # -- what arrives ------------------------------------------------------------------------

    async def _converse(self, connection: Watched) -> None:
        while not self._closing:
            for message in await connection.receive():
                self._handle(message)
            if self._told_to_move and await self._move(connection):
                return

    async def _move(self, old: Watched) -> bool:
        """Log in at another gateway, then leave this one, which is going to end.

        Return whether that was possible; if not, all is tried again when the connection ends.
        """
        self._told_to_move = False
        if not (self.authenticated and self.ready.is_set()):
            raise ConnectionLost("this gateway is being restarted")
        await self._answered(old)
        self.login.renew()
        # what the user asks for from now on waits for the next connection
        self.ready.clear()
        self.delivery.disconnected()
        for part in (self._questions, self._searches, self._requests):
            part.connection_lost()
        for _ in self.gateways.all:
            try:  # the last is the same address again, which may be that of a balancer
                new = await attach(self.gateways, self.login, self._timing)
            except ChatError:
                continue
            farewell = old.leave(format_line("QUIT"), self._timing.goodbye)
            self._leaving.add(task := asyncio.create_task(farewell))
            task.add_done_callback(self._leaving.discard)
            self._stop_arriving()
            self.chat.connection_lost()
            self.gateways.connection_lost()
            await self._adopt(*new, again=True, moved=True)
            return True
        self._arrived()
        return False

    async def _answered(self, connection: Watched) -> None:
        """Take all answers to what was sent on a connection, or wait for them in vain."""
        line, passed = self._requests.fence()
        connection.send(line)
        try:
            async with asyncio.timeout(self._timing.settle):
                while not passed.done():
                    for message in await connection.receive():
                        self._handle(message)
        except TimeoutError:
            pass
        finally:
            passed.cancel()

    def _handle(self, line: Message) -> None:
        """Take one line after the login."""
        message = self._batches.whole(line)
        if message is not None:
            self._take(message)

    def _take(self, message: Message) -> None:
        label, more = self._batches.answer(message)
        reply = self.delivery.reply(message, label, more=more)
        if reply is Reply.SENT:
            self._works()
        if label and self._requests.answers(label):
            if message.command == "BATCH":
                self._batches.take(message)
            self._requests.answered(message, label, more=more)
            now = message.command in HAPPENS and not self._batches.kind(message)
            return self._happened(message) if now else None
        self._arrival.take(message)
        match message.command:
            case "PING":
                self._send(pong(message))
            case "PONG":
                self._requests.passed(message.params[-1] if message.params else "")
            case "BATCH":
                over = self._batches.take(message)
                if over == "chathistory":
                    (self._questions if self._questions.waiting else self._arrival).page_over()
                elif over == SEARCH:
                    self._searches.page_over()
            case "GATEWAYS" if self.authenticated and self._connection is not None:
                self.gateways.take(message, self._connection.server)
            case "MOVE":
                self._told_to_move = True
            case "FAIL" if message.params[:2] == ["*", "SESSION_ENDED"]:
                # whoever has ended it does not want it to come again by itself
                raise LoginRefused(message.params[-1])
            case "ERROR":
                raise ConnectionLost(reason_of(message))
            case _:
                # A reply that settles a message, or puts it off, is told in the user's words.
                if reply in (Reply.NOTHING, Reply.SENT) and not self._requested(message):
                    self._happened(message)
        return None

    def _happened(self, message: Message) -> None:
        """Take what was said or happened, now or long ago."""
        kind = self._batches.kind(message)
        missed = kind == "chathistory"
        asked = self._questions if missed and self._questions.waiting else None
        if kind == SEARCH:
            asked = self._searches
        if asked is not None:
            return asked.found(message, self.chat.played(message))
        events = self.chat.played(message) if missed else self.chat.receive(message)
        for event in events:
            self._arrival.happened(event, missed=missed)
        if missed and not any(isinstance(event, ev.Said) for event in events):
            self._arrival.skipped(message)
        return None

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
        if subject == "SEARCH" and message.command == "FAIL" and self._searches.waiting:
            self._searches.failed(code, params[-1])
            return True
        if self._arrival.reply(message, subject, for_now):
            return True
        if subject != "PASSWD":
            return False
        return self._requests.password_reply(message.command, code, params[-1])
