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
from collections.abc import Callable
from typing import Any, Protocol, cast

import hiredis

from chatd.store.connect import Opened
from chatd.store.dialect import ALONE, CLUSTER, Dialect
from chatd.store.errors import StoreUnavailable
from chatd.store.pipeline import PipelineOwner
from chatd.store.synced import Synced

log = logging.getLogger(__name__)

_NOTHING = object()

_CONFIRMATIONS = frozenset(
    word for dialect in (ALONE, CLUSTER) for word in (dialect.heard, dialect.unheard)
)
"""Pushes that tell what is heard. A slot that moves ends its subscriptions unasked."""

SILENCE_S = 5.0
"""Seconds without an answer to something asked after which the server counts as gone."""


class LinkOwner(PipelineOwner, Protocol):
    """Who is told what the link sees."""

    @property
    def on_message(self) -> Callable[[bytes, bytes], None]:
        """What takes a message that was published: its channel and payload."""

    def on_link_lost(self, error: StoreUnavailable) -> None:
        """The connection ended; every call in flight has failed."""


class Link(Synced):
    """One live connection. Not reused: a new one is made after a loss.

    An `asyncio.Protocol` by behaviour only: what has that for its base cannot be compiled.
    """

    def __init__(
        self,
        owner: LinkOwner,
        guard: str,
        dialect: Dialect = ALONE,
        replicas: int = 0,
        written: str = "",
    ) -> None:
        super().__init__(owner, guard, dialect, replicas, written)
        self._owner = owner
        self._message = dialect.message
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._transport: asyncio.Transport | None = None
        self._opened: Opened | None = None
        self._last_heard = self._loop.time()
        self._watchdog: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()

    def take(self, opened: Opened) -> None:
        """Become the protocol of an open, logged-in transport."""
        self._opened = opened
        self._transport = transport = opened.transport
        transport.set_protocol(cast("asyncio.Protocol", self))
        transport.set_write_buffer_limits(high=0)  # write at once; what waits is bounded by `_load`
        self._watchdog = self._loop.call_later(SILENCE_S / 2, self._watch)

    def flush(self) -> None:
        """Write what was asked for in this turn of the loop."""
        if self.closed or self._transport is None:
            self._scheduled = False
            return
        self._transport.write(self.to_send())

    # -- hearing -----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Hand out replies and events in the order in which Redis sent them."""
        self._last_heard = self._loop.time()
        self._reader.feed(data)
        gets = self._reader.gets
        message, on_message = self._message, self._owner.on_message
        take_in = self.take_in if self.replicas else None
        while not self.closed:
            item = gets()
            if item is _NOTHING:
                break
            if take_in is not None:
                take_in(item)
                continue
            try:
                if type(item) is hiredis.PushNotification:
                    if item[0] == message:
                        on_message(item[1], item[2])
                    elif item[0] in _CONFIRMATIONS:
                        self.take_confirmation(item[0])
                else:
                    self.take_reply(item)
            except Exception:  # a bug in one handler must not cost the others their replies
                log.exception("a reply or an event could not be handled")

    def hear(self, item: Any) -> None:
        """Take what was held: the same for one reply or event."""
        try:
            if type(item) is not hiredis.PushNotification:
                self.take_reply(item)
            elif item[0] == self._message:
                self._owner.on_message(item[1], item[2])
            elif item[0] in _CONFIRMATIONS:
                self.take_confirmation(item[0])
        except Exception:  # as above
            log.exception("a reply or an event could not be handled")

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
        self._lose(f"the link to Redis was lost: {exc or 'closed by the server'}")

    def abort(self, why: str) -> None:
        """Drop the connection now."""
        transport = self._transport
        self._lose(why)
        if transport is not None:
            transport.abort()

    def _lose(self, why: str) -> None:
        if self.closed:
            return
        self.closed = True
        self._stop_watching()
        error = StoreUnavailable(why)
        self.end(error)
        self._owner.on_link_lost(error)

    async def close(self) -> None:
        """Send what was called, wait for the replies, and end."""
        if not self.closed and self._transport is not None:
            self.flush()
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
