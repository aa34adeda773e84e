"""The client at the other end: what it understands, and what is written to it."""

from __future__ import annotations

import asyncio

from chatd.commands.answer import Answer
from chatd.commands.environment import Registration, Server
from chatd.commands.openbatch import OpenBatch
from chatd.session.answers import Answers
from chatd.session.lines import Worker
from chatd.session.outbox import SPREAD_CAPS, Outboxes
from chatd.session.outlet import Outlet, write_out
from chatd.session.pipe import Pipe, Progress
from chatd.state.local import LocalUser, Session
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.wire import caps as c

SENDQ_EXCEEDED = "SendQ exceeded"


class Checkpoint:
    """How far was told at one moment.

    It has been taken when the client has acknowledged ``goal`` bytes. ``looks``: at which it had
    not.
    """

    __slots__ = ("goal", "looks", "told")

    def __init__(self, goal: int, told: str) -> None:
        self.goal = goal
        self.told = told
        self.looks = 0


class Peer(Worker):
    """What is written goes out in the order of the calls. A subclass decides when to close."""

    __slots__ = (
        "_answers", "_goal", "_outboxes", "_pipe", "_taken", "batch", "cap_version", "caps",
        "caught", "certificate", "checkpoint", "closed",
        "heard_at", "host", "opened_at", "outlet", "pinged_at", "registered", "registration",
        "secure", "server", "session",
    )  # fmt: skip

    def __init__(
        self, sid: str, host: str, server: Server, outboxes: Outboxes, pipe: Pipe, now: float
    ) -> None:
        self.session = Session(sid)
        self.host = host
        self.server = server
        self.batch: OpenBatch | None = None
        self.secure = False
        """Whether nobody between the client and this gateway can read what is said."""
        self.certificate = ""
        self.caps = 0
        self.cap_version = 0
        self.registered = False
        self.registration = Registration()
        self.closed = False
        self.heard_at = self.opened_at = now
        self.pinged_at = 0.0
        self.outlet: Outlet = Outlet(self, pipe.fd)
        self._outboxes = outboxes
        self._pipe = pipe
        self._answers: Answers | None = None
        """Labelled answers that are not decided, and what waits behind them."""
        self._taken: Pending[None] | None = None
        self.checkpoint: Checkpoint | None = None
        """See `chatd.session.lagging`."""
        self.caught: tuple[float, str] | None = None
        """When all that its device has missed had been written, s on the clock of `Heard`; and how
        far it had heard before.
        """
        self._goal = 0
        """Bytes of which the last were handed to the pipe: it may lose what it could not write."""

    # -- its session -------------------------------------------------------------------------

    @property
    def sid(self) -> str:
        """Id of the session."""
        return self.session.sid

    @property
    def user(self) -> LocalUser | None:
        """Whose session it is; None = it has not logged in, or has left."""
        return self.session.user

    @user.setter
    def user(self, user: LocalUser | None) -> None:
        self.session.user = user

    @property
    def account(self) -> tuple[str, str]:
        """See `Session`."""
        return self.session.account

    @account.setter
    def account(self, account: tuple[str, str]) -> None:
        self.session.account = account

    @property
    def away(self) -> str:
        """See `Session`."""
        return self.session.away

    @away.setter
    def away(self, text: str) -> None:
        self.session.away = text

    @property
    def subscriptions(self) -> dict[str, None]:
        """See `Session`."""
        return self.session.subscriptions

    def subscribe(self, keys: dict[str, None]) -> None:
        """See `chatd.state.local.Receiver`."""
        self.session.subscriptions = keys

    # -- the connection ----------------------------------------------------------------------

    def close(
        self, reason: str, *, quit_reason: str = "", stays: bool = False, again: bool = False
    ) -> None:
        """See `Connection.close`."""
        raise NotImplementedError

    def is_back(self) -> None:
        """See `chatd.state.local.Receiver`."""
        raise NotImplementedError

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
        """Queue lines with their CR LF; they leave at the end of this turn of the loop."""
        outboxes = self._outboxes
        if outboxes.run is not None:
            outboxes.catch_up(self)
        if self._answers is not None:
            self.queue(line)
        elif self.outlet.put(line):
            outboxes.mark(self.outlet)

    def queue(self, data: bytes) -> None:
        """Queue lines behind all that waits, but for what the run of a room holds."""
        if self._answers is not None:
            if not self._answers.add(data):
                self.overflow()
        elif self.outlet.put(data):
            self._outboxes.mark(self.outlet)

    def collect(self, answer: Answer, size: int) -> None:
        """A labelled answer has ``size`` bytes more: what is written now waits behind it."""
        if self.closed:
            return
        self._outboxes.catch_up(self)
        if self._answers is None:
            self._answers = Answers(self.server.config.sendq_bytes)
            self.outlet.apart = True
        if not self._answers.collect(answer, size):
            self.overflow()

    def decided(self, answer: Answer) -> None:
        """Write a labelled answer whose form is known now, and what waited behind it."""
        answers = self._answers
        if answers is None:
            return  # closed meanwhile
        data = answers.pop_ready()
        if not answers:
            self._answers = None
            self.outlet.apart = False
        if self.outlet.put(data):
            self._outboxes.mark(self.outlet)

    def set_caps(self, caps: int) -> None:
        """Have these capabilities from now on."""
        self.caps = caps
        self.outlet.caps = caps & SPREAD_CAPS

    def overflow(self) -> None:
        """More waits for the client than it may: close it when this turn of the loop is over."""
        asyncio.get_running_loop().call_soon(self._exceeded)

    def _exceeded(self) -> None:
        self.close(SENDQ_EXCEEDED, stays=True)

    def progress(self) -> Progress:
        """How much the client's kernel has taken."""
        return self._pipe.progress()

    def flush(self) -> None:
        """Hand to the pipe what the outlet could not write to the socket by itself."""
        outlet, pipe = self.outlet, self._pipe
        if self.closed or not outlet.waiting:
            return
        waiting = pipe.waiting()
        if waiting > self.server.config.sendq_bytes:
            self.close(SENDQ_EXCEEDED, stays=True)
            return
        if not waiting and outlet.fd < 0 <= pipe.fd:
            outlet.fd = pipe.fd  # the client has caught up
            if not write_out([outlet]):
                return
        data = outlet.take()
        if self.account[0]:
            if not waiting:
                taken, untaken, _ = pipe.progress()
                self._goal = taken + untaken
            self._goal += len(data)
        pipe.write(data)

    @property
    def holds(self) -> bool:
        """Whether something that was told is not written yet: an answer comes before it."""
        return self._answers is not None

    def untaken_since_s(self) -> float:
        """What was told so long ago has been taken by the client's kernel: 0 = all.

        A transport drops what it could not write to a socket that is broken, and says nothing.
        """
        if self.holds:
            return float("inf")
        taken, untaken, since_s = self._pipe.progress()
        return 0.0 if not untaken and (taken >= self._goal or not taken) else since_s

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

    def answer_no_more(self) -> None:
        """End the answer that waits for the client to read."""
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.fail(Refused("offline"))

    def unwritten(self) -> bytes:
        """Take out what is still to be written when the session ends, unfinished answers too."""
        out = self.outlet.take()
        answers, self._answers = self._answers, None
        return out + answers.pop_all() if answers is not None else out
