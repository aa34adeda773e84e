"""One connection of a user: lines in, lines out, in order. No socket is known here but a pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from chatd.commands.batch import OpenBatch, take
from chatd.commands.context import Context
from chatd.commands.costs import COSTLY, extra_cost
from chatd.commands.environment import Registration, Server
from chatd.commands.errors import CommandError
from chatd.commands.privileges import RIGHTS, is_operator
from chatd.commands.registry import COMMANDS, Command
from chatd.session.failures import answer_error, answer_unreadable
from chatd.session.flood import Bucket
from chatd.session.outbox import SPREAD_CAPS, Outboxes
from chatd.session.outlet import Outlet, write_out
from chatd.session.pipe import Pipe
from chatd.session.posting import Posting
from chatd.state.local import LocalUser
from chatd.store.errors import Refused, StoreError
from chatd.store.intake import EACH
from chatd.store.pending import Pending, drive
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.framing import LineBuffer, TooLong
from chatd.wire.message import Message, ParseError, parse

_LABELS = c.CAP_LABELED_RESPONSE | c.CAP_BATCH
SENDQ_EXCEEDED = "SendQ exceeded"
_LABEL_BYTES = 64
"""https://ircv3.net/specs/extensions/labeled-response: "MUST NOT be longer than 64 bytes"."""


_NO_LINES: list[bytes | TooLong] = []
"""What waits in most sessions at most times, and is never added to."""

_SLICE = 8192
"""Bytes from which lines are cut at a time."""


class Session:
    """A client's protocol state, from its first byte to its last."""

    __slots__ = (
        "_awaits_gaps", "_bucket", "_buffer", "_current", "_finishing", "_held_size", "_intake",
        "_lines", "_now", "_outboxes", "_paused", "_pipe", "_pumping", "_running",
        "_taken", "_throttled", "_unread", "_waiting", "account", "batch", "cap_version",
        "caps", "closed", "heard_at", "held", "host", "opened_at", "outlet", "pinged_at", "posting",
        "registered", "registration", "secure", "server", "sid", "sid_bytes", "subscriptions",
        "user",
    )  # fmt: skip

    def __init__(
        self, sid: str, host: str, server: Server, outboxes: Outboxes, pipe: Pipe, now: float
    ) -> None:
        config = server.config
        self.sid = sid
        self.sid_bytes = sid.encode()
        self.host = host
        self.server = server
        self.batch: OpenBatch | None = None
        self.subscriptions: dict[str, None] = {}
        self.secure = False
        """Whether nobody between the client and this gateway can read along."""
        self.caps = 0
        self.cap_version = 0
        self.user: LocalUser | None = None
        self.registered = False
        self.registration = Registration()
        self.account = ("", "")
        self.closed = False
        self.heard_at = self.opened_at = now
        self.pinged_at = 0.0
        self._held_size = 0
        self.held: list[bytes] | None = None
        """Lines kept back while a labelled answer is being put together."""
        self.posting = Posting(self)
        self.outlet: Outlet = Outlet(self, pipe.fd)
        self._outboxes = outboxes
        self._intake = server.store.relay.intake
        self._pipe = pipe
        self._buffer = LineBuffer()
        self._bucket = Bucket(config.flood_lines_per_s, config.flood_burst, now)
        self._lines = _NO_LINES
        """Lines that are to be carried out, the next one last."""
        self._unread = b""
        self._finishing = False
        self._running = False
        self._current: Context | None = None
        self._waiting = 0
        self._now = now
        self._throttled = False
        self._paused = False
        self._pumping = False
        self._awaits_gaps = False
        self._taken: Pending[None] | None = None

    # -- lines in ----------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take what the client sent."""
        if self.closed:
            return
        self.heard_at = now
        self.pinged_at = 0.0
        self._now = now
        if self._unread:
            data = self._unread + data
        self._unread = data
        self._pump()
        flooding = self._throttled and not self.registered
        if flooding and len(self._unread) > self.server.config.recvq_bytes:
            self.close("RecvQ exceeded")

    def _next_lines(self) -> bool:
        """Cut some more lines: as objects, all that was received would take 20 times its bytes."""
        while self._unread:
            data, self._unread = self._unread, b""
            if len(data) > _SLICE:
                data, self._unread = data[:_SLICE], data[_SLICE:]
            lines = self._buffer.receive(data)
            if lines:
                lines.reverse()
                self._lines = lines
                return True
        if self._finishing:
            self._finishing = False
            self._lines = [b"QUIT :Connection closed"]
            return True
        return False

    def pump(self, now: float) -> None:
        """Go on with lines that had to wait because there were too many."""
        self._now = now
        self._throttled = False
        self._pump()

    @property
    def behind(self) -> bool:
        """Whether lines wait; the socket is not read then, so silence says nothing.

        But of a client for which an answer waits something is heard: that it has taken some of it.
        """
        return self._paused and self._taken is None

    def _pump(self) -> None:
        """Carry out the lines that may be carried out now; stop reading while some have to wait."""
        if self._pumping or self._throttled:
            return  # an answer came at once; the loop below goes on with what follows
        self._pumping = True
        while not self._running and not self.closed and (self._lines or self._next_lines()):
            lines = self._lines
            if self._waiting >= self._intake.each:
                self._intake.wait(self)
                break
            if not self._bucket.take(self._now):
                self._throttled = True
                self._pipe.later(self._bucket.wait_s(), self)
                break
            line = lines.pop()
            if not self._line(line):
                lines.append(line)
                self._bucket.give_back()
                break
        self._pumping = False
        if not self._lines:
            self._lines = _NO_LINES
        waiting = bool(self._lines or self._unread)
        if waiting != self._paused and not self.closed:
            self._paused = waiting
            if self._paused:
                self._pipe.pause()
            else:
                self._pipe.resume()

    def _line(self, line: bytes | TooLong) -> bool:
        """Carry out one line; False when it has to wait for what is in flight."""
        if isinstance(line, TooLong):
            Context(self, self.server, "", "").numeric(n.ERR_INPUTTOOLONG)
            return True
        try:
            message = parse(line)
        except ParseError as error:
            context = Context(self, self.server, error.command, self._label(error.tags))
            answer_unreadable(context, error)
            return True
        if self.batch is not None and take(self.batch, message):
            return True
        command = COMMANDS.get(message.command)
        if self._waiting and (command is None or not command.pipelined):
            return False
        if self.server.hub.gaps.open and (command is None or not command.pipelined):
            self._wait_for_gaps()
            return False
        label = self._label(message.tags) if message.tags else ""
        self._dispatch(command, message, Context(self, self.server, message.command, label))
        return True

    def _wait_for_gaps(self) -> None:
        """Go on when the gateway has caught up, so that no answer overtakes an older event."""
        if self._awaits_gaps:
            return
        self._awaits_gaps = True

        def caught_up(_: StoreError | None) -> None:
            self._awaits_gaps = False
            self._pump()

        self.server.hub.gaps.when_healed(caught_up)

    def _label(self, tags: dict[str, str]) -> str:
        """The label that the answer carries; "MUST NOT exceed 64 bytes"."""
        label = tags.get("label", "") if self.caps & _LABELS == _LABELS else ""
        return label if len(label.encode()) <= _LABEL_BYTES else ""

    def _dispatch(self, command: Command | None, message: Message, context: Context) -> None:
        """Check what the command's row demands, and run its handler."""
        try:
            if command is None:
                if not self.registered:
                    raise CommandError(n.ERR_NOTREGISTERED)
                raise CommandError(n.ERR_UNKNOWNCOMMAND, message.command)
            if not self.registered and not command.before_registration:
                raise CommandError(n.ERR_NOTREGISTERED)
            if command.name in RIGHTS and not is_operator(context):
                raise CommandError(n.ERR_NOPRIVILEGES)
            if len(message.params) < command.min_params:
                raise CommandError(n.ERR_NEEDMOREPARAMS, command.name)
            command.used += 1
            if message.command in COSTLY:
                rooms = len(self.user.rooms) if self.user is not None else 0
                self._bucket.charge(extra_cost(message.command, message.params, rooms))
            answer = command.handler(context, message)
        except Exception as error:
            answer_error(self, context, error)
            context.finish()
            return
        if answer is not None:
            self._drive(answer, context, pipelined=command.pipelined)
        elif not context.posted:
            context.finish()

    def _drive(
        self, answer: Coroutine[Any, Any, None], context: Context, *, pipelined: bool
    ) -> None:
        """Run a handler that waits for the store, without a task."""
        finished = False

        def done(error: BaseException | None) -> None:
            nonlocal finished
            finished = True
            if isinstance(error, Exception):
                answer_error(self, context, error)
            context.finish()
            if pipelined:
                self.settled()
            elif self._running:
                self._running = False
                self._release()
                self._pump()

        if pipelined:
            self._waiting += 1
            drive(answer, done)
            return
        self._current = context
        if context.label:
            self.held = []
            self.outlet.apart = True
        drive(answer, done)
        if not finished:
            self._running = True
        else:
            self._release()

    def _release(self) -> None:
        """The command is done: write what was held back behind its labelled answer."""
        self._current = None
        held, self.held = self.held, None
        self.outlet.apart = False
        self._held_size = 0
        for line in held or ():
            self.write(line)

    def charge(self, lines: float) -> None:
        """Count what is being carried out for more lines: see `chatd.commands.costs`."""
        self._bucket.charge(lines)

    def awaiting(self) -> None:
        """One more pipelined command is in flight."""
        self._waiting += 1

    def settled(self) -> None:
        """A pipelined command has been answered."""
        self._waiting -= 1
        if self._paused and (not self._waiting or self._waiting == EACH // 2):
            self._pump()

    def go_on(self) -> None:
        """Redis has answered much of what the gateway waited for."""
        self._pump()

    @property
    def members_as(self) -> str:
        """How the client wants to see members: "nick" or "mask"."""
        return "mask" if self.caps & c.CAP_USERHOST_IN_NAMES else "nick"

    @property
    def members_on_entry(self) -> str:
        """The same when it enters a room; "none" when it will ask."""
        return "none" if self.caps & c.CAP_NO_IMPLICIT_NAMES else self.members_as

    # -- lines out ---------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        """Queue a line with its CR LF; it leaves at the end of this turn of the loop."""
        if self.closed:
            return
        outboxes = self._outboxes
        if outboxes.run is not None:
            outboxes.catch_up(self)
        if self.outlet.put(line):
            outboxes.mark(self.outlet)

    def hear(self, line: bytes) -> None:
        """Queue a line that is not part of an answer."""
        if self._outboxes.run is not None:
            self._outboxes.catch_up(self)
        self.queue(line)

    def queue(self, data: bytes) -> None:
        """Queue lines of others as they are; they wait behind a labelled answer."""
        if self.held is not None:
            if self._held_size <= self.server.config.sendq_bytes:
                self.held.append(data)
                self._held_size += len(data)
                if self._held_size > self.server.config.sendq_bytes:
                    self.overflow()
        elif self.outlet.put(data):
            self._outboxes.mark(self.outlet)

    def adopt(self, caps: int) -> None:
        """Have these capabilities from now on."""
        self.caps = caps
        self.outlet.caps = caps & SPREAD_CAPS

    def overflow(self) -> None:
        """More waits for the client than it may: close it when this turn of the loop is over."""
        asyncio.get_running_loop().call_soon(self.close, SENDQ_EXCEEDED)

    def answer(self, line: bytes) -> None:
        """Queue the event that this session's own command has caused: it belongs to the answer."""
        if not line:
            return
        if self._current is not None:
            self._current.write(line)
        else:
            self.hear(line)

    def flush(self) -> None:
        """Hand to the pipe what the outlet could not write to the socket by itself."""
        outlet, pipe = self.outlet, self._pipe
        if self.closed or not outlet.waiting:
            return
        waiting = pipe.waiting()
        if waiting > self.server.config.sendq_bytes:
            self.close(SENDQ_EXCEEDED)
            return
        if not waiting and outlet.fd < 0 <= pipe.fd:
            outlet.fd = pipe.fd  # the client has caught up
            if not write_out([outlet]):
                return
        pipe.write(outlet.take())

    def taken(self) -> Pending[None]:
        """Resolved when the client has taken most of what was written to it."""
        if write_out([self.outlet]):
            self.flush()
        pending: Pending[None] = Pending()
        if self.closed:
            pending.fail(Refused("offline"))
        elif self._pipe.congested:
            self._taken = pending
        else:
            pending.resolve(None)
        return pending

    def drained(self, now: float) -> None:
        """The client has caught up with what was written to it."""
        taken, self._taken = self._taken, None
        if taken is not None:
            self.heard_at, self.pinged_at = now, 0.0
            taken.resolve(None)

    def post(
        self,
        context: Context,
        kind: str,
        target: str,
        message: Message,
        shown: str,
        relayed: str = "",
    ) -> None:
        """Send a message to a room or user; see `Posting`."""
        self.posting.post(context, kind, target, message, shown, relayed)

    # -- life --------------------------------------------------------------------------------

    def welcomed(self) -> None:
        """Registration is complete."""
        self.registered = True
        self.registration.password = None

    def close(self, reason: str, *, quit_reason: str = "") -> None:
        """Send ERROR, leave the server, close the socket when all is written."""
        if self.closed:
            return
        self._outboxes.catch_up(self)
        out = self.outlet.take()
        if reason == SENDQ_EXCEEDED:
            out = b""  # it would not read these either
        self.outlet.shut()
        self.closed = True
        self._lines, self._unread = _NO_LINES, b""
        self._pipe.write(out + f"ERROR :{reason}\r\n".encode())
        self._pipe.close()
        self._answer_no_more()
        self.leave(quit_reason or reason)

    def finish(self) -> None:
        """The client will send no more: go when all that it asked has been answered."""
        self._finishing = True
        self._pump()

    def shut_down(self, reason: str) -> None:
        """Close without telling the store: the whole gateway is leaving it."""
        self._outboxes.catch_up(self)
        self.server.hub.detach(self)
        self.close(reason)

    def lost(self, reason: str) -> None:
        """The socket is gone."""
        if not self.closed:
            self.closed = True
            self.outlet.shut()  # first: the next client may get the descriptor
            self._answer_no_more()
            self.leave(reason)

    def _answer_no_more(self) -> None:
        """End the answer that waits for the client to read."""
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.fail(Refused("offline"))

    def depart(self, reason: str) -> Pending[None]:
        """Leave at the client's own wish: it hears what was said until now, then only its ERROR.

        Resolved when others find it gone; see `Presence.logout`.
        """
        self._release()
        self._outboxes.catch_up(self)
        return self.leave(reason)

    def leave(self, reason: str) -> Pending[None]:
        """Take the session off the server: nothing more is delivered to it."""
        self._intake.forget(self)
        if self.user is not None:
            self.server.hub.detach(self)
            return self.server.presence.logout(self.sid, reason)
        nowhere: Pending[None] = Pending()
        nowhere.resolve(None)
        return nowhere
