"""What a session is attached to: lines in, commands, lines out, in order. No socket, but a pipe."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from chatd.commands.batch import add_line
from chatd.commands.context import Context
from chatd.commands.costs import COSTLY, extra_cost
from chatd.commands.environment import Server
from chatd.commands.errors import CommandError
from chatd.commands.privileges import RIGHTS, is_operator
from chatd.commands.registry import COMMANDS, PLAYBACK, Command
from chatd.session.failures import answer_error, answer_unreadable
from chatd.session.flood import Bucket
from chatd.session.lines import ANSWER, CATCH_UP, END, FLOOD, IN_FLIGHT, Lines
from chatd.session.outbox import Outboxes
from chatd.session.peer import SENDQ_EXCEEDED, Checkpoint, Peer
from chatd.session.pipe import Pipe
from chatd.session.posting import Posting
from chatd.state.availability import Cause
from chatd.state.heard import latest
from chatd.store.pending import Pending, drive
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.framing import TooLong
from chatd.wire.message import Message, ParseError, parse
from chatd.wire.services import is_to_service

_LABELS = c.CAP_LABELED_RESPONSE | c.CAP_BATCH
_PLAYBACK, _AS_COMMAND = [PLAYBACK], {"PRIVMSG": "ZNC"}
"""What is said to *playback is a question, which what comes next must not overtake."""
SILENT_S = 1.0
"""A client that has taken nothing for so long, while something was there, may be dead."""
SETTLES_S = 0.05
"""After which most kernels have acknowledged what a device had missed: one may wait for 40 ms."""
UNREAD_S = 0.2
"""What was taken by the kernel of a program that is being killed in this time it has not read."""
_LABEL_BYTES = 64
"""https://ircv3.net/specs/extensions/labeled-response: "MUST NOT be longer than 64 bytes"."""


class Connection(Peer):
    """A client's protocol state, from its first byte to its last. Its `session` may outlast it."""

    __slots__ = ("_current", "ended", "lines", "posting")

    def __init__(
        self, sid: str, host: str, server: Server, outboxes: Outboxes, pipe: Pipe, now: float
    ) -> None:
        super().__init__(sid, host, server, outboxes, pipe, now)
        config = server.config
        bucket = Bucket(config.flood_lines_per_s, config.flood_burst, now)
        self.lines = Lines(self, server.messages.intake, pipe, bucket, now)
        self.posting = Posting(self, self.lines)
        self.ended = False
        """Whether the client has closed its side without saying QUIT."""
        self._current: Context | None = None
        """The command that is not pipelined and is being carried out."""

    # -- lines in ----------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take what the client sent."""
        if self.closed:
            return
        self.heard_at = now
        self.pinged_at = 0.0
        self.lines.receive(data, now)
        flooding = self.lines.state == FLOOD and not self.registered
        if flooding and self.lines.waiting_bytes > self.server.config.recvq_bytes:
            self.close("RecvQ exceeded")

    def finish(self) -> None:
        """The client will send no more: go when all that it asked has been answered."""
        self.lines.finish()

    @property
    def behind(self) -> bool:
        """Whether lines wait; the socket is not read then, so silence says nothing.

        But of a client for which an answer waits something is heard: that it has taken some of it.
        """
        return self.lines.paused and self._taken is None

    def carry_out(self, line: bytes | TooLong) -> int:
        """Carry out one line; 0, or the state of `Lines` in which it has to wait."""
        if line is END:
            self.ended = True
        if isinstance(line, TooLong):
            Context(self, self.server, "", "").numeric(n.ERR_INPUTTOOLONG)
            return 0
        try:
            message = parse(line)
        except ParseError as error:
            context = Context(self, self.server, error.command, self._label(error.tags))
            answer_unreadable(context, error)
            return 0
        if self.batch is not None and add_line(self.batch, message):
            return 0
        availability = self.server.availability
        stood_still = self.lines.now > availability.lease_ends
        if (stood_still or availability.coming_back) and self._waits_to_be_back():
            return CATCH_UP
        if self.caps & c.CAP_PLAYBACK and message.params[:1] == _PLAYBACK:
            message.command = _AS_COMMAND.get(message.command, message.command)
        if message.command == "PRIVMSG" and message.params[1:] and is_to_service(message.params[0]):
            message.command = "SQUERY"
        command = COMMANDS.get(message.command)
        if command is None or not command.pipelined:
            if self.lines.in_flight:
                return IN_FLIGHT
            gaps = self.server.hub.gaps
            if gaps.open:  # so that no answer overtakes an older event
                gaps.when_healed(lambda _: self.lines.resume(CATCH_UP))
                return CATCH_UP
        label = self._label(message.tags) if message.tags else ""
        self._dispatch(command, message, Context(self, self.server, message.command, label))
        return 0

    def _waits_to_be_back(self) -> bool:
        """Whether the gateway or this user is not back; `is_back` is called when it is."""
        availability = self.server.availability
        if self.lines.now > availability.lease_ends:
            # this process has stood still: what is sent now would be refused
            availability.lease_ends = float("inf")
            availability.happened(Cause.LEASE_OVER)
        if availability.catching_up:
            availability.when_caught_up(self.is_back)
        elif self.user is not None and self.user.absence is not None:
            availability.when_over(self.is_back)
        else:
            return False
        return True

    def is_back(self) -> None:
        """Lines that waited for that are carried out."""
        self.lines.resume(CATCH_UP)

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
                self.charge(extra_cost(message.command, message.params, rooms))
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
        lines, finished = self.lines, False

        def done(error: BaseException | None) -> None:
            nonlocal finished
            finished = True
            if isinstance(error, Exception):
                answer_error(self, context, error)
            context.finish()
            if pipelined:
                lines.answered()
            else:
                self._current = None
                lines.resume(ANSWER)

        if pipelined:
            lines.in_flight += 1
            drive(answer, done)
            return
        self._current = context
        drive(answer, done)
        if not finished and not self.closed:
            lines.state = ANSWER

    def charge(self, lines: float) -> None:
        """Count what is being carried out for more lines: see `chatd.commands.costs`."""
        self.lines.bucket.charge(lines)

    @property
    def collecting(self) -> bool:
        """Whether the command that is being carried out has a label."""
        return self._current is not None and self._current.label != ""

    def answer(self, line: bytes) -> None:
        """Queue the event that this session's own command has caused: it belongs to the answer."""
        if not line:
            return
        if self._current is not None:
            self._current.write(line)
        else:
            self.write(line)

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
        self.registration.passwords = []

    def close(
        self, reason: str, *, quit_reason: str = "", stays: bool = False, again: bool = False
    ) -> None:
        """Send ERROR, leave the server, close the socket when all is written.

        ``stays``: the fault is the wire's or the reader's: an account's session waits for another
        connection, which hears what this one has not taken. ``again``: the client may come again
        at once; a browser's is told so by a code, for to those ERROR is the end: ERROR "MUST only
        be used to report fatal errors", https://modern.ircdocs.horse/#error-message
        """
        if self.closed:
            return
        self._outboxes.catch_up(self)
        if not stays:
            self.settle()
        out = self.unwritten()
        if reason == SENDQ_EXCEEDED:
            out = b""  # it would not read these either
        self._end()
        word = "ERROR"
        if again and self._pipe.ends_with_code:
            word = f":{self.server.config.name} NOTICE *"
        self._pipe.write(out + f"{word} :{reason}\r\n".encode())
        self._pipe.close(again=again)
        self.answer_no_more()
        heard = self._has_heard(broken=not again) if stays else self.server.hub.heard.text()
        self.leave(quit_reason or reason, stays=stays, heard=heard)

    def give_up(self, reason: str, *, again: bool = False) -> None:
        """Close without telling the store: the session is not this connection's any more."""
        self._outboxes.catch_up(self)
        self.server.hub.detach(self)
        self.close(reason, again=again)

    def let_go(self, reason: str) -> None:
        """Send the client away to another gateway, while others go on: this one is drained.

        An account's session waits for it there. What was said until now is written before the end.
        """
        self._outboxes.catch_up(self)
        self.settle()
        if self.untaken_since_s() < SILENT_S and not self.session.lags:
            self.session.heard = self._heard(self.server.hub.heard.text())
        self.close(reason, quit_reason="Gateway restarts", stays=True, again=True)

    def caught_up(self) -> None:
        """All that its device has missed is written; it is heard when the kernel has taken it."""
        heard = self.server.hub.heard
        taken, untaken, _ = self.progress()
        self.checkpoint = Checkpoint(taken + untaken, heard.told)
        self.caught = heard.clock(), self.session.heard
        self.settle()
        if self.session.catching_up:
            self._pipe.later(SETTLES_S, self)

    def pump(self, now: float) -> None:
        """A moment later: look again whether it was taken. After that `lagging` does."""
        if not self.closed:
            self.settle()

    def settle(self) -> None:
        """End the catching up if all of it was taken."""
        session, check = self.session, self.checkpoint
        if check is None or not session.catching_up:
            return
        taken, untaken, _ = self.progress()
        if untaken and taken < check.goal:
            return
        self.checkpoint, session.catching_up = None, False
        if session.heard:
            self.server.users.keep(self, heard="")
        session.heard = check.told or session.heard

    def left_off(self) -> str:
        """How far its client has heard while it may be dead, '' = that is not known."""
        self._outboxes.catch_up(self)
        self.settle()
        return self._heard("" if self.secure else self._has_heard(broken=False))

    def lost(self, reason: str, *, broken: bool = True) -> None:
        """The socket is gone. ``broken``: the client has not closed it in order.

        What the kernel knows of it is known until this returns; not behind TLS.
        """
        if not self.closed:
            self._end()
            self.answer_no_more()
            self.leave(reason, stays=True, heard=self._has_heard(broken=broken))

    def _has_heard(self, *, broken: bool) -> str:
        """How far its client's kernel says that it has heard, '' = it does not say."""
        heard = self.server.hub.heard
        if not self.session.account[0]:
            return ""
        if not broken:
            self.settle()
        elif self.caught and heard.clock() - self.caught[0] < UNREAD_S:
            return self.caught[1]
        if self.secure:  # the socket is not known any more
            lags = broken or self.session.lags
            return "" if lags else latest(heard.told, self.session.heard)
        ago_s = self.untaken_since_s()
        if broken:  # a kernel says RST when its program has died before it has read all
            return heard.told_before(max(ago_s, UNREAD_S)) or self.session.heard
        return latest(heard.told_before(ago_s), self.session.heard)

    def _heard(self, heard: str) -> str:
        """How far the session has heard, see `Session`."""
        if self.session.catching_up or not heard:
            return self.session.heard or self.server.hub.heard.told
        return heard

    def _end(self) -> None:
        self.outlet.shut()  # first: the next client may get the descriptor
        self.closed = True
        self.lines.stop()

    def depart(self, reason: str) -> Pending[None]:
        """Leave at the client's own wish: it hears what was said until now, then only its ERROR.

        Who has only closed its side of the socket may come again: see `close`.

        Resolved when others find it gone; see `Presence.logout`.
        """
        self._outboxes.catch_up(self)
        self.settle()
        if self.ended and self.session.account[0]:
            heard = self._has_heard(broken=False)
            return self.leave("Connection closed", stays=True, heard=heard)
        return self.leave(reason, heard=self.server.hub.heard.text())

    def leave(self, reason: str, *, stays: bool = False, heard: str = "") -> Pending[None]:
        """Take the session off this gateway: nothing more is delivered to it.

        ``stays``: see `close`; else it ends. ``heard``: how far its client has, '' = as far as
        was seen when that was looked at last.
        """
        user = self.user
        if user is not None:
            self.server.hub.detach(self)
            last = None if user.sessions else user
            heard = self._heard(heard) if self.session.account[0] else ""
            return self.server.presence.logout(
                self.sid, reason, last, heard=heard, stays=stays, by=self.session.came_as
            )
        nowhere: Pending[None] = Pending()
        nowhere.resolve(None)
        return nowhere
