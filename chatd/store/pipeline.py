"""What is asked of Redis in one order, and who is owed which answer. No socket is known here.

Every command that left is expected to be answered, in turn: a call by one reply, (UN)SUBSCRIBE by
one push for each channel. An answer out of turn would give every later one to the wrong asker, so
it ends the link: Redis refuses SUBSCRIBE with a reply while a script runs for long, for instance.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import hiredis

from chatd.store.dialect import ALONE, CLUSTER, Dialect
from chatd.store.errors import StoreRefusing, StoreUnavailable
from chatd.store.intake import ACT_BYTES, MOST_BYTES
from chatd.store.owed import Batch, Confirmations, fail_all, hand_out
from chatd.store.packing import Packed, size
from chatd.store.pending import Pending, failed
from chatd.store.refusing import REFUSALS

T = TypeVar("T")

_THE_SAME = b"$1\r\n=\r\n"

BATCH_ACTS = 64
"""Acts in one call. It leaves when it has as many, before the turn ends: so Redis works while the
turn goes on, and its other clients wait for half a millisecond at most."""

SUBSCRIBE_CHUNK = 500
"""Channels in one SUBSCRIBE."""

BATCH_QUESTIONS = 16
"""The same of questions, which are logins: half a millisecond too."""


class PipelineOwner(Protocol):
    """Who is told of what waits and what is refused."""

    def on_full(self) -> None:
        """More than `MOST_BYTES` wait for answers: nothing is refused, but no more should come."""

    def on_drained(self) -> None:
        """Half of it has been answered."""

    def on_refusal(self, word: str) -> None:
        """Redis refuses for now, see `REFUSALS`; called once for each reply that says so.

        Not for what ends the link.
        """

    def on_moved(self, address: str) -> None:
        """Another node of the Cluster, HOST:PORT, has the keys."""


class Pipeline:
    """Takes calls, and gives each its answer. Who inherits writes and reads the bytes."""

    def __init__(self, owner: PipelineOwner, guard: str, dialect: Dialect = ALONE) -> None:
        self._told = owner
        self.dialect = dialect
        self._round_trip = packed("DEL", guard)
        self._out: list[bytes] = []
        self._expected: deque[tuple[Pending[Any], bool, int]] = deque()
        """For each answer that is owed: whose it is, whether it comes after events, its load."""
        self.owed = 0
        """Replies that have ever been owed."""
        self.short: StoreRefusing | None = None
        """Why nothing can be acknowledged, though Redis answers: see `chatd.store.synced`."""
        self.strict = False
        """Whether a fence that Redis refuses is none."""
        self._load = 0
        self._full = False
        self._acted: list[tuple[Pending[Any], Any]] = []
        self._fences: list[Pending[Any]] = []
        self._batch: Batch | None = None
        self._to_hear: list[str] = []
        """Channels to be subscribed to before anything else is sent."""
        self._scheduled = False
        self._need_fence = False
        self._loop = asyncio.get_running_loop()
        self.closed = False

    @property
    def waiting(self) -> int:
        """Commands that have not been answered yet."""
        return len(self._expected)

    # -- for who inherits --------------------------------------------------------------------

    def flush(self) -> None:
        """Write `to_send`; called at the end of a turn of the loop in which something was asked."""
        raise NotImplementedError

    def abort(self, why: str) -> None:
        """Drop the connection now."""
        raise NotImplementedError

    def hear(self, item: Any) -> None:
        """Take one reply or event."""
        raise NotImplementedError

    # -- asking ------------------------------------------------------------------------------

    def call(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that reads; its reply is delivered where it stands among the events."""
        return self._send(args, convert, publishes=False)

    def act(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that publishes; its reply is delivered after its own events.

        Redis before 7.0.12 sends a script's events before its reply, later ones after it. Either
        way they stand before the reply of the next command, and there it is delivered.
        """
        if self.short is not None:
            return failed(self.short)
        return self._send(args, convert, publishes=True)

    def probe(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """The same, even while nothing can be acknowledged: to find out whether that is over."""
        return self._send(args, convert, publishes=True)

    def fence(self) -> Pending[Any]:
        """Resolved after every event that was published before now has been delivered.

        One round trip serves all fences of a turn of the loop. It is a write, to a key that never
        exists: a master that was demoted answers PING and questions all the same, but no write.
        """
        if self.closed:
            return failed(StoreUnavailable("the link to Redis is down"))
        if self.short is not None:
            return failed(self.short)
        pending: Pending[Any] = Pending()
        self._fences.append(pending)
        self._take_on(ACT_BYTES)
        self._need_fence = True
        self._schedule()
        return pending

    def _send(
        self, args: tuple[Any, ...], convert: Callable[[Any], T] | None, *, publishes: bool
    ) -> Pending[T]:
        if self.closed:
            return failed(StoreUnavailable("the link to Redis is down"))
        pending = Pending(convert)
        if self._batch is not None:
            self._close_batch()
        self._expect(pending, hiredis.pack_command(args), publishes=publishes)
        self._need_fence = publishes or self._need_fence
        self._schedule()
        return pending

    def act_batched(self, head: Packed, args: Packed, last: bytes, pending: Pending[Any]) -> None:
        """Send an act that may share its call: ``head``, then ``args`` and ``last`` of each act.

        In the place of ``args`` that are those of the act before, the very same object, stands "=".

        The command answers with one reply per act, in their order; ``pending`` gets its own. Only
        neighbours share a call, so the order of acts stays what it was.
        """
        if self.closed or self.short is not None:
            pending.fail(self.short or StoreUnavailable("the link to Redis is down"))
            return
        batch = self._batch
        if batch is None or batch.head is not head:
            batch = self._open_batch(head, publishes=True)
        if batch.of is args:
            batch.count += 2
            batch.parts += (_THE_SAME, size(last), last, b"\r\n")
        else:
            batch.of = args
            batch.count += len(args.args) + 1
            batch.parts += (args.data, size(last), last, b"\r\n")
        batch.pendings.append(pending)
        if len(batch.pendings) >= BATCH_ACTS:
            self.flush()

    def ask_batched(self, head: Packed, about: str, question: bytes, pending: Pending[Any]) -> None:
        """Send a question of one argument that may share its call, as with `act_batched`.

        Its reply is delivered where it stands among the events, as with `call`; so two ``about``
        the same share none: what the second publishes must not come before the reply of the first.
        Channels subscribed to between questions of one call are heard from before all of these on.
        """
        if self.closed or self.short is not None:
            pending.fail(self.short or StoreUnavailable("the link to Redis is down"))
            return
        batch = self._batch
        if batch is None or batch.head is not head or about in batch.about:
            batch = self._open_batch(head, publishes=False)
        batch.about.add(about)
        batch.count += 1
        batch.parts += (size(question), question, b"\r\n")
        batch.pendings.append(pending)
        if len(batch.pendings) >= BATCH_QUESTIONS:
            self.flush()

    def _open_batch(self, head: Packed, *, publishes: bool) -> Batch:
        if self._batch is not None:
            self._close_batch()
        batch = self._batch = Batch(head, publishes=publishes)
        self._need_fence = publishes or self._need_fence
        self._schedule()
        return batch

    def _close_batch(self) -> None:
        batch, self._batch = self._batch, None
        assert batch is not None
        pending: Pending[Any] = Pending()
        pending.callback = batch.deliver
        self._expect(pending, batch.command(), publishes=batch.publishes, acts=len(batch.pendings))

    def _expect(
        self, pending: Pending[Any], command: bytes, *, publishes: bool, acts: int = 1
    ) -> None:
        """Let a command leave at the end of this turn, and wait for its reply."""
        load = len(command) + acts * ACT_BYTES
        if self._to_hear:
            self._end_subscribing()
        self._out.append(command)
        self.owe(pending, load, publishes)
        self._take_on(load)

    def owe(self, pending: Pending[Any], load: int, publishes: bool = False) -> None:
        """One more reply is expected."""
        self.owed += 1
        self._expected.append((pending, publishes, load))

    def _take_on(self, load: int) -> None:
        self._load += load
        if self._load > MOST_BYTES and not self._full:
            self._full = True
            self._told.on_full()

    def subscribe(self, *channels: str) -> None:
        """Hear channels from before whatever is sent next; neighbours share a command."""
        if not self.closed:
            if self._batch is not None and self._batch.publishes:
                self._close_batch()
            self._to_hear += channels
            if len(self._to_hear) >= SUBSCRIBE_CHUNK:
                self._end_subscribing()
            self._schedule()

    def _end_subscribing(self) -> None:
        channels, self._to_hear = self._to_hear, []
        self._change((self.dialect.subscribe, *channels), self.dialect.heard)

    def unsubscribe(self, *channels: str) -> None:
        """Hear channels no more. In RESP3 this, too, is answered by pushes only."""
        if not self.closed:
            if self._batch is not None:
                self._close_batch()
            if self._to_hear:
                self._end_subscribing()
            self._change((self.dialect.unsubscribe, *channels), self.dialect.unheard)
            self._schedule()

    def _change(self, command: tuple[Any, ...], kind: bytes) -> None:
        """Change what is heard, and expect the confirmations in their place among the replies."""
        self._out.append(hiredis.pack_command(command))
        self._expected.append((Confirmations(kind, len(command) - 1), False, 0))

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def to_send(self) -> bytes:
        """The commands that were asked for since the last time."""
        self._scheduled = False
        if self._batch is not None:
            self._close_batch()
        if self._to_hear:
            self._end_subscribing()
        if self._need_fence:
            self._need_fence = False
            fences, self._fences = self._fences, []
            done: Pending[Any] = Pending()
            done.callback = lambda done: self._reached(fences, done.error)
            self.end_turn(done, len(fences) * ACT_BYTES)
        self.ask_what_is_due()
        data = b"".join(self._out)
        self._out.clear()
        return data

    def end_turn(self, done: Pending[Any], load: int) -> None:
        """Let ``done`` be resolved behind all that was asked for in this turn."""
        self._out.append(self._round_trip)
        self.owe(done, load)

    def ask_what_is_due(self) -> None:
        """Send what an earlier turn has left for this one."""

    def _reached(self, fences: list[Pending[Any]], error: Exception | None) -> None:
        """A round trip is over; that Redis refuses the write (a long script) changes nothing."""
        for fence in fences:
            if isinstance(error, StoreUnavailable) and (
                self.strict or not isinstance(error, StoreRefusing)
            ):
                fence.fail(error)
            else:
                fence.resolve(None)

    # -- answers -----------------------------------------------------------------------------

    def take_reply(self, reply: Any) -> None:
        """Give a reply to whom it is owed; one that nobody is owed ends the link."""
        if isinstance(reply, hiredis.ReplyError) and self._ends_with(str(reply)):
            return
        if not self._expected or isinstance(self._expected[0][0], Confirmations):
            self.abort(f"Redis has answered what has no answer: {str(reply)[:100]}")
            return
        pending, publishes, load = self._expected.popleft()
        self._load -= load
        if self._full and self._load < MOST_BYTES // 2:
            self._full = False
            self._told.on_drained()
        if self._acted:
            acted, self._acted = self._acted, []
            for earlier, value in acted:
                hand_out(earlier, value)
        if publishes:
            self._acted.append((pending, reply))
        else:
            hand_out(pending, reply)

    def take_confirmation(self, kind: bytes) -> None:
        """A channel is heard from here on, or no more; one that nobody asked for ends the link."""
        owed = self._expected[0][0] if self._expected else None
        if not isinstance(owed, Confirmations) or owed.kind != kind:
            if kind == CLUSTER.unheard:
                self.abort("the Redis Cluster has the keys on another node now")
                return
            self.abort(f"Redis has confirmed what was not asked for: {kind.decode()}")
            return
        owed.left -= 1
        if not owed.left:
            self._expected.popleft()

    def _ends_with(self, error: str) -> bool:
        """Tell the owner of a refusal; whether an error ends the link."""
        if error == "ERR Function not found":
            self.abort("Redis has forgotten the functions")  # the next link loads them
            return True
        refusal = REFUSALS.get(error.partition(" ")[0])
        if refusal is None:
            return False
        if refusal.word == "MOVED":
            self._told.on_moved(error.rpartition(" ")[2])
        if refusal.ends_link:
            self.abort(refusal.sentence)
        else:
            self._told.on_refusal(refusal.word)
        return self.closed

    def end(self, error: StoreUnavailable) -> None:
        """Fail all that has not been answered."""
        lost = list(self._batch.pendings) if self._batch is not None else []
        self._batch = None
        lost += [pending for pending, _ in self._acted]
        lost += [pending for pending, _, _ in self._expected]
        lost += self._fences
        self._acted.clear()
        self._expected.clear()
        self._fences.clear()
        fail_all(lost, error)


def packed(*words: Any) -> bytes:
    """A command as bytes."""
    command: bytes = hiredis.pack_command(words)
    return command
