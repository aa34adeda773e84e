"""Keeping a link to Redis: the first connection, the next after each loss, the subscriptions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from chatd.redis_url import Endpoint
from chatd.store.connect import ask, open_transport
from chatd.store.errors import StoreError, StoreRefused, StoreRefusing, StoreUnavailable
from chatd.store.intake import Intake
from chatd.store.keys import Keys
from chatd.store.link import Link
from chatd.store.packing import Packed
from chatd.store.pending import Pending, failed, settled
from chatd.store.pipeline import SUBSCRIBE_CHUNK
from chatd.store.scripts import load
from chatd.store.topology import topology

log = logging.getLogger(__name__)
T = TypeVar("T")

OLDEST_REDIS = (7, 0)
RETRY_S = 0.05
"""Seconds before the first try to reach Redis again; see `Topology.pause_s` for the later ones."""
HOPS = 4
"""Nodes to which one try may be sent on."""


class RelayListener(Protocol):
    """What the layer above does with what Redis sends."""

    def on_message(self, channel: bytes, payload: bytes) -> None:
        """Something was published, at most once; a gap is read from the stream."""

    def on_link_up(self) -> None:
        """The link is usable and subscribed again: what was published meanwhile was missed."""

    def on_link_down(self, why: str) -> None:
        """The link is gone; calls fail at once until `on_link_up`."""

    def on_refusal(self, word: str) -> None:
        """Redis refuses for now: see `chatd.store.refusing.REFUSALS`. Once for each such reply."""


class Relay:
    """The one way of a gateway to Redis. Calls are ordered; nothing waits when Redis is away."""

    def __init__(
        self,
        url: str,
        client_name: str,
        ensure: Callable[[], Awaitable[None]] | None = None,
        prefix: str = "chat",
        sync_replicas: int = 0,
    ) -> None:
        """``prefix`` of all keys; ``sync_replicas``: see `chatd.store.synced`.

        StoreRefused: the URL is none.
        """
        self._sync_replicas = sync_replicas
        self.topology = topology(url, prefix)
        dialect = self.topology.dialect
        self.keys = Keys(prefix, one_slot=dialect.one_slot)
        self.library = load(dialect)
        self.client_name = client_name
        self._ensure = ensure
        self._link: Link | None = None
        self._channels: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._at: Endpoint | None = None
        self._hinted = False
        self._trouble = ""
        """Why there was no link at the last try: said once."""
        self._lost = asyncio.Event()
        self.linked_ms = b""
        """When the link began, ms since 1970 by Redis' clock, in digits."""
        self.listener: RelayListener | None = None
        self.on_message: Callable[[bytes, bytes], None] = _nobody_listens
        self.intake = Intake()
        """Who may ask for more, and who waits."""

    def listen(self, listener: RelayListener) -> None:
        """Tell ``listener`` what Redis sends."""
        self.listener = listener
        self.on_message = listener.on_message

    async def start(self) -> None:
        """Connect once; raises StoreError with a sentence for the operator. Then keep connected."""
        await self._connect()
        await self._check_replicas()
        self._task = asyncio.create_task(self._keep(), name="relay")

    async def close(self) -> None:
        """Send what is queued and end."""
        self._stop_watching()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._link is not None:
            await self._link.close()

    @property
    def up(self) -> bool:
        """Whether calls can be made now."""
        return self._link is not None and not self._link.closed

    @property
    def waiting(self) -> int:
        """Calls in flight."""
        return self._link.waiting if self._link is not None else 0

    # -- calls: see `Link` -------------------------------------------------------------------

    def call(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that reads."""
        link = self._link
        return link.call(*args, convert=convert) if link is not None else _away()

    def act(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """Send a command that publishes; its reply comes after its events."""
        link = self._link
        return link.act(*args, convert=convert) if link is not None else _away()

    def probe(self, *args: Any, convert: Callable[[Any], T] | None = None) -> Pending[T]:
        """The same, even while too few replicas follow."""
        link = self._link
        return link.probe(*args, convert=convert) if link is not None else _away()

    def act_batched(self, head: Packed, args: Packed, last: bytes, pending: Pending[Any]) -> None:
        """Send an act that may share a call with its neighbours; ``pending`` gets its reply."""
        link = self._link
        if link is not None:
            link.act_batched(head, args, last, pending)
        else:
            pending.fail(StoreUnavailable("Redis cannot be reached"))

    def ask_batched(self, head: Packed, about: str, question: bytes, pending: Pending[Any]) -> None:
        """Send a question that may share a call with its neighbours; ``pending`` gets its reply."""
        link = self._link
        if link is not None:
            link.ask_batched(head, about, question, pending)
        else:
            pending.fail(StoreUnavailable("Redis cannot be reached"))

    def fence(self) -> Pending[Any]:
        """Resolved after everything that was published before now has been delivered."""
        link = self._link
        return link.fence() if link is not None else _away()

    def subscribe(self, *channels: str) -> None:
        """Hear these channels from here on, and again after every reconnect."""
        self._channels.update(channels)
        if self._link is not None:
            self._link.subscribe(*channels)

    def unsubscribe(self, *channels: str) -> None:
        """Hear these channels no more."""
        self._channels.difference_update(channels)
        if self._link is not None:
            self._link.unsubscribe(*channels)

    def reset(self, why: str) -> None:
        """Drop the link and connect anew."""
        if self._link is not None:
            self._link.abort(why)

    # -- LinkOwner ---------------------------------------------------------------------------

    def on_link_lost(self, error: StoreUnavailable) -> None:
        """Tell the layer above and wake the task that connects again."""
        if self._link is None:
            return  # an attempt has failed, and says why
        self._link = None
        self._stop_watching()
        self._lost.set()
        log.debug("%s", error)  # who owns the state of this gateway says it
        if self.listener is not None:
            self.listener.on_link_down(str(error))
        self.intake.open()  # nothing is in flight; who goes on is told at once that Redis is away

    def on_moved(self, address: str) -> None:
        """Another node, HOST:PORT, owns our slot now."""
        self._hinted = self.topology.moved(address)

    def on_full(self) -> None:
        """Redis is slower than the clients: they have to wait."""
        self.intake.close()

    def on_drained(self) -> None:
        """It has caught up."""
        self.intake.open()

    def on_refusal(self, word: str) -> None:
        """Pass it on; what is refused while the connection is made is said by who makes it."""
        if self._link is not None and self.listener is not None:
            self.listener.on_refusal(word)

    # -- connecting --------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await self._lost.wait()
            self._lost.clear()
            delay = RETRY_S
            while self._link is None:
                await asyncio.sleep(delay * random.uniform(0.7, 1.3))  # noqa: S311 - spreads gateways
                delay = min(delay * 1.7, self.topology.pause_s)
                await self._try_again()

    async def _try_again(self) -> None:
        try:
            if self._ensure is not None:
                await self._ensure()
            await self._connect()
        except (StoreError, OSError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.info("not yet: %s", error)
        except Exception:
            log.exception("connecting to Redis failed in an unforeseen way")
        else:
            self._trouble = ""
            log.info("connected to Redis at %s again", self._at)

    async def _connect(self) -> None:
        """Find the master and connect; go on at once to whom a node sends us, a few times."""
        for _ in range(HOPS):
            self._hinted = False
            try:
                await self._connect_to(await self.topology.master())
            except StoreUnavailable:
                if not self._hinted:
                    raise
            else:
                return
        raise StoreUnavailable("The Redis Cluster does not agree about who has our keys")

    async def _connect_to(self, at: Endpoint) -> None:
        link = Link(
            self, self.keys.guard, self.topology.dialect, self._sync_replicas, self.keys.synced
        )
        link.take(await open_transport(at, self.client_name, self.topology.patience_s))
        try:
            async with asyncio.timeout(5):
                self._check(at, await settled(link.call("HELLO")))
                now: Pending[list[bytes]] = link.call("TIME")
                loaded: Pending[Any] = link.call("FUNCTION", "LOAD", self.library.text)
                found: Pending[Any] = link.call(
                    "FUNCTION", "LIST", "LIBRARYNAME", self.library.name
                )
                await settled(link.fence())
                _check_loaded(loaded, found)
                seconds, microseconds = now.result()
                self.linked_ms = b"%d%03d" % (int(seconds), int(microseconds) // 1000)
        except TimeoutError as error:
            link.abort("Redis does not answer")
            await link.gone()
            raise StoreUnavailable(f"Redis at {at} does not answer") from error
        except StoreError:
            link.abort("not usable")
            await link.gone()
            raise
        if link.closed:
            raise StoreUnavailable("the link was lost at once")
        self._use(link, at)

    def _use(self, link: Link, at: Endpoint) -> None:
        self._lost.clear()
        self._link, self._at = link, at
        self._stop_watching()
        self._watching = asyncio.create_task(self._watch(link, at), name="topology")
        channels = sorted(self._channels)
        for start in range(0, len(channels), SUBSCRIBE_CHUNK):
            link.subscribe(*channels[start : start + SUBSCRIBE_CHUNK])
        if self.listener is not None:
            self.listener.on_link_up()

    async def _watch(self, link: Link, at: Endpoint) -> None:
        """End the link when another Redis is the master: this one may be frozen, or not know it."""
        try:
            await self.topology.watch(at)
        except Exception:
            log.exception("the master cannot be watched any more")
        else:
            link.abort("another Redis is the master now")

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _check(self, at: Endpoint, hello: dict[bytes, Any]) -> None:
        """Raise StoreRefused where it is a Redis of another kind than the URL says."""
        check_version(at, hello)
        cluster = hello.get(b"mode") == b"cluster"
        if cluster and not self.topology.dialect.one_slot:
            raise StoreRefused(
                f"Redis at {at} is a node of a Cluster: give redis+cluster://HOST:PORT,HOST:PORT"
            )
        if hello.get(b"mode") == b"sentinel":
            raise StoreRefused(
                f"what answers at {at} is a Sentinel: give redis+sentinel://HOST:PORT/SERVICE"
            )
        if hello.get(b"role") in (b"replica", b"slave") and not cluster:
            raise StoreRefused(
                f"Redis at {at} is a replica: give its master, or redis+sentinel:// with Sentinels"
            )

    async def _check_replicas(self) -> None:
        """One of them may be the next master. Who does not answer cannot be asked."""
        for replica in await self.topology.replicas():
            try:
                hello = await ask(replica, "HELLO", patience_s=self.topology.patience_s)
            except StoreError as error:
                log.warning("the replica at %s does not answer: %s", replica, error)
            else:
                check_version(replica, hello)


def check_version(at: Endpoint, hello: dict[bytes, Any]) -> None:
    """Raise StoreRefused when a server is too old."""
    version = hello.get(b"version", b"0").decode()
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_REDIS:
        raise StoreRefused(f"Redis at {at} is version {version}: 7.0 or newer is needed")


def _check_loaded(loaded: Pending[Any], found: Pending[Any]) -> None:
    """Raise a StoreError when Redis will not have the library; that it has it already is well.

    A Redis without memory refuses to load it, whether it has it or not.
    """
    if loaded.error is None or "already exists" in str(loaded.error):
        return
    if found.error is not None or not found.value:
        if isinstance(loaded.error, StoreRefusing):
            raise loaded.error
        raise StoreRefused(f"Redis does not take chatd's functions: {loaded.error}")


def _nobody_listens(channel: bytes, payload: bytes) -> None:
    """Drop what comes before anybody listens."""


def _away() -> Pending[Any]:
    return failed(StoreUnavailable("Redis cannot be reached"))
