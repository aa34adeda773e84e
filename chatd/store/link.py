"""The gateway's one connection to Redis: commands, replies and events in a single order.

RESP3 lets the same connection carry replies and pub/sub messages. What Redis did first arrives
first, so a reply that reads shared state never overtakes an event that it reflects, and a round
trip is a fence for everything published before it. What is called in one turn of the loop leaves
in one write, or in several when it is much.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import hiredis

from chatd.store.connect import Opened
from chatd.store.errors import StoreRejected, StoreUnavailable
from chatd.store.intake import ACT_BYTES, MOST_BYTES
from chatd.store.packing import Packed, size
from chatd.store.pending import Pending, failed

log = logging.getLogger(__name__)
T = TypeVar("T")

_NOTHING = object()
_THE_SAME = b"$1\r\n=\r\n"

SILENCE_S = 5.0
"""Seconds without an answer to something asked after which the server counts as gone."""

BATCH_ACTS = 64
"""Acts in one call. It leaves when it has as many, before the turn ends: so Redis works while the
turn goes on, and its other clients wait for half a millisecond at most."""

SUBSCRIBE_CHUNK = 500
"""Channels in one SUBSCRIBE."""

BATCH_QUESTIONS = 16
"""The same of questions, which are logins: half a millisecond too."""


class Batch:
    """Neighbouring acts that leave as one command."""

    __slots__ = ("about", "count", "head", "of", "parts", "pendings", "settle")

    def __init__(self, head: Packed, *, settle: bool) -> None:
        self.head = head
        self.settle = settle
        """Whether the replies are delivered after the events of all acts."""
        self.count = len(head.args)
        self.parts = [b"", head.data]
        self.pendings: list[Pending[Any]] = []
        self.of: Packed | None = None
        """The arguments of the last act."""
        self.about: set[str] = set()
        """What its questions are about."""

    def command(self) -> bytes:
        """All acts as one command."""
        self.parts[0] = b"*%d\r\n" % self.count
        return b"".join(self.parts)

    def deliver(self, whole: Pending[Any]) -> None:
        """Give each act its part of the reply."""
        if whole.error is not None:
            _fail_all(self.pendings, whole.error)
            return
        replies = whole.result()
        if len(replies) != len(self.pendings):
            _fail_all(self.pendings, StoreRejected("Redis has answered something else"))
            return
        for pending, reply in zip(self.pendings, replies, strict=True):
            try:
                pending.resolve(reply)
            except Exception:  # a bug with one message must not cost the others their replies
                log.exception("a reply could not be handled")


class LinkOwner(Protocol):
    """Who is told what the link sees."""

    @property
    def on_message(self) -> Callable[[bytes, bytes], None]:
        """What takes a message that was published: its channel and payload."""

    def on_link_lost(self, error: StoreUnavailable) -> None:
        """The connection ended; every call in flight has failed."""

    def on_full(self) -> None:
        """More than `MOST_BYTES` wait for answers: nothing is refused, but no more should come."""

    def on_drained(self) -> None:
        """Half of it has been answered."""


class Link:
    """One live connection. Not reused: a new one is made after a loss.

    An `asyncio.Protocol` by behaviour only: what has that for its base cannot be compiled.
    """

    def __init__(self, owner: LinkOwner) -> None:
        self._owner = owner
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._out: list[bytes] = []
        self._expected: deque[tuple[Pending[Any], bool, int]] = deque()
        self._load = 0
        self._full = False
        self._acted: list[tuple[Pending[Any], Any]] = []
        self._fences: list[Pending[Any]] = []
        self._batch: Batch | None = None
        self._to_hear: list[str] = []
        """Channels to be subscribed to before anything else is sent."""
        self._scheduled = False
        self._need_fence = False
        self._transport: asyncio.Transport | None = None
        self._opened: Opened | None = None
        self._loop = asyncio.get_running_loop()
        self._last_heard = self._loop.time()
        self._watchdog: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self.closed = False

    def take(self, opened: Opened) -> None:
        """Become the protocol of an open, logged-in transport."""
        self._opened = opened
        self._transport = transport = opened.transport
        transport.set_protocol(cast("asyncio.Protocol", self))
        transport.set_write_buffer_limits(high=0)  # write at once; what waits is bounded by `_load`
        self._watchdog = self._loop.call_later(SILENCE_S / 2, self._watch)

    @property
    def waiting(self) -> int:
        """Calls whose reply has not come yet."""
        return len(self._expected)

    # -- asking ------------------------------------------------------------------------------

    def call(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that reads; its reply is delivered where it stands among the events."""
        return self._send(args, convert, settle=False)

    def act(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that publishes; its reply is delivered after its own events.

        Redis before 7.0.12 sends a script's events before its reply, later ones after it. Either
        way they stand before the reply of the next command, and there it is delivered.
        """
        return self._send(args, convert, settle=True)

    def fence(self) -> Pending[Any]:
        """Resolved after every event that was published before now has been delivered.

        One round trip serves all fences of a turn of the loop.
        """
        if self.closed:
            return failed(StoreUnavailable("the link to Redis is down"))
        pending: Pending[Any] = Pending()
        self._fences.append(pending)
        self._take_on(ACT_BYTES)
        self._need_fence = True
        self._schedule()
        return pending

    def _send(
        self, args: tuple[Any, ...], convert: Callable[[Any], T] | None, *, settle: bool
    ) -> Pending[T]:
        if self.closed:
            return failed(StoreUnavailable("the link to Redis is down"))
        pending = Pending(convert)
        if self._batch is not None:
            self._end_batch()
        self._expect(pending, hiredis.pack_command(args), settle=settle)
        self._need_fence = settle or self._need_fence
        self._schedule()
        return pending

    def act_batched(self, head: Packed, args: Packed, last: bytes, pending: Pending[Any]) -> None:
        """Send an act that may share its call: ``head``, then ``args`` and ``last`` of each act.

        In the place of ``args`` that are those of the act before, the very same object, stands "=".

        The command answers with one reply per act, in their order; ``pending`` gets its own. Only
        neighbours share a call, so the order of acts stays what it was.
        """
        if self.closed:
            pending.fail(StoreUnavailable("the link to Redis is down"))
            return
        batch = self._batch
        if batch is None or batch.head is not head:
            batch = self._begin_batch(head, settle=True)
        if batch.of is args:
            batch.count += 2
            batch.parts += (_THE_SAME, size(last), last, b"\r\n")
        else:
            batch.of = args
            batch.count += len(args.args) + 1
            batch.parts += (args.data, size(last), last, b"\r\n")
        batch.pendings.append(pending)
        if len(batch.pendings) >= BATCH_ACTS:
            self._flush()

    def ask_batched(self, head: Packed, about: str, question: bytes, pending: Pending[Any]) -> None:
        """Send a question of one argument that may share its call, as with `act_batched`.

        Its reply is delivered where it stands among the events, as with `call`; so two ``about``
        the same share none: what the second publishes must not come before the reply of the first.
        Channels subscribed to between questions of one call are heard from before all of these on.
        """
        if self.closed:
            pending.fail(StoreUnavailable("the link to Redis is down"))
            return
        batch = self._batch
        if batch is None or batch.head is not head or about in batch.about:
            batch = self._begin_batch(head, settle=False)
        batch.about.add(about)
        batch.count += 1
        batch.parts += (size(question), question, b"\r\n")
        batch.pendings.append(pending)
        if len(batch.pendings) >= BATCH_QUESTIONS:
            self._flush()

    def _begin_batch(self, head: Packed, *, settle: bool) -> Batch:
        if self._batch is not None:
            self._end_batch()
        batch = self._batch = Batch(head, settle=settle)
        self._need_fence = settle or self._need_fence
        self._schedule()
        return batch

    def _end_batch(self) -> None:
        batch, self._batch = self._batch, None
        assert batch is not None
        pending: Pending[Any] = Pending()
        pending.callback = batch.deliver
        self._expect(pending, batch.command(), settle=batch.settle, acts=len(batch.pendings))

    def _expect(
        self, pending: Pending[Any], command: bytes, *, settle: bool, acts: int = 1
    ) -> None:
        """Let a command leave at the end of this turn, and wait for its reply."""
        load = len(command) + acts * ACT_BYTES
        if self._to_hear:
            self._end_subscribing()
        self._out.append(command)
        self._expected.append((pending, settle, load))
        self._take_on(load)

    def _take_on(self, load: int) -> None:
        self._load += load
        if self._load > MOST_BYTES and not self._full:
            self._full = True
            self._owner.on_full()

    def subscribe(self, *channels: str) -> None:
        """Hear channels from before whatever is sent next; neighbours share a command."""
        if not self.closed:
            if self._batch is not None and self._batch.settle:
                self._end_batch()
            self._to_hear += channels
            if len(self._to_hear) >= SUBSCRIBE_CHUNK:
                self._end_subscribing()
            self._schedule()

    def _end_subscribing(self) -> None:
        command: tuple[Any, ...] = ("SUBSCRIBE", *self._to_hear)
        self._out.append(hiredis.pack_command(command))
        self._to_hear.clear()

    def unsubscribe(self, *channels: str) -> None:
        """Hear channels no more. In RESP3 this, too, is answered by pushes only."""
        if not self.closed:
            if self._batch is not None:
                self._end_batch()
            if self._to_hear:
                self._end_subscribing()
            command: tuple[Any, ...] = ("UNSUBSCRIBE", *channels)
            self._out.append(hiredis.pack_command(command))
            self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self.closed or self._transport is None:
            return
        if self._batch is not None:
            self._end_batch()
        if self._to_hear:
            self._end_subscribing()
        if self._need_fence:
            self._need_fence = False
            fences, self._fences = self._fences, []
            pending: Pending[Any] = Pending()
            pending.callback = lambda done: _resolve_all(fences, done.error)
            self._out.append(b"*1\r\n$4\r\nPING\r\n")
            self._expected.append((pending, False, len(fences) * ACT_BYTES))
        self._transport.write(b"".join(self._out))
        self._out.clear()

    # -- hearing -----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Hand out replies and events in the order in which Redis sent them."""
        self._last_heard = self._loop.time()
        self._reader.feed(data)
        gets = self._reader.gets
        on_message = self._owner.on_message
        while not self.closed:
            item = gets()
            if item is _NOTHING:
                break
            try:
                if type(item) is hiredis.PushNotification:
                    if item[0] == b"message":  # a confirmed subscription needs nothing
                        on_message(item[1], item[2])
                else:
                    self._reply(item)
            except Exception:  # a bug in one handler must not cost the others their replies
                log.exception("a reply or an event could not be handled")

    def _reply(self, item: Any) -> None:
        if isinstance(item, hiredis.ReplyError) and str(item) == "ERR Function not found":
            self.abort("Redis has forgotten the functions")  # the next link loads them
            return
        pending, settle, load = self._expected.popleft()
        self._load -= load
        if self._full and self._load < MOST_BYTES // 2:
            self._full = False
            self._owner.on_drained()
        if self._acted:
            acted, self._acted = self._acted, []
            for earlier, value in acted:
                _settle(earlier, value)
        if settle:
            self._acted.append((pending, item))
        else:
            _settle(pending, item)

    def _watch(self) -> None:
        """Ask for a sign of life, and give up on a server that owes answers and is silent."""
        self._watchdog = self._loop.call_later(SILENCE_S / 2, self._watch)
        silent = self._loop.time() - self._last_heard
        if self._expected and silent > SILENCE_S:
            self.abort("Redis does not answer")
        elif not self._expected:
            self.fence()

    def pause_writing(self) -> None:
        """Redis takes less than is written; what waits is bounded by `_load`."""

    def resume_writing(self) -> None:
        """It takes more again."""

    def eof_received(self) -> bool:
        """Redis will say no more: the connection is closed, as False says."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is in flight and tell the owner."""
        if self._opened is not None:
            self._opened.release()
        self._gone.set()
        self._end(f"the link to Redis was lost: {exc or 'closed by the server'}")

    def abort(self, why: str) -> None:
        """Drop the connection now."""
        transport = self._transport
        self._end(why)
        if transport is not None:
            transport.abort()

    def _end(self, why: str) -> None:
        if self.closed:
            return
        self.closed = True
        self._stop_watching()
        error = StoreUnavailable(why)
        lost = list(self._batch.pendings) if self._batch is not None else []
        self._batch = None
        lost += [pending for pending, _ in self._acted]
        lost += [pending for pending, _, _ in self._expected]
        lost += self._fences
        self._acted.clear()
        self._expected.clear()
        self._fences.clear()
        _fail_all(lost, error)
        self._owner.on_link_lost(error)

    async def close(self) -> None:
        """Send what was called, wait for the replies, and end."""
        if not self.closed and self._transport is not None:
            self._flush()
            self.closed = True
            self._stop_watching()
            self._transport.close()
        await self.gone()

    async def gone(self) -> None:
        """Return when the socket is closed, or soon in any case."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), 1)

    def _stop_watching(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()


def _fail_all(pendings: list[Pending[Any]], error: Exception) -> None:
    for pending in pendings:
        try:
            pending.fail(error)
        except Exception:  # as with replies
            log.exception("the end of a call could not be handled")


def _settle(pending: Pending[Any], value: Any) -> None:
    if isinstance(value, hiredis.ReplyError):
        pending.fail(StoreRejected(str(value)))
    else:
        pending.resolve(value)


def _resolve_all(fences: list[Pending[Any]], error: Exception | None) -> None:
    for fence in fences:
        if error is not None:
            fence.fail(error)
        else:
            fence.resolve(None)
