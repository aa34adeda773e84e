"""Keeping a link to Redis: the first connection, the next after each loss, the subscriptions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from chatd.store.connect import Endpoint, open_transport
from chatd.store.errors import StoreError, StoreRefused, StoreRefusing, StoreUnavailable
from chatd.store.intake import Intake
from chatd.store.link import Link
from chatd.store.packing import Packed
from chatd.store.pending import Pending, failed, settled
from chatd.store.pipeline import SUBSCRIBE_CHUNK
from chatd.store.scripts import load

log = logging.getLogger(__name__)
T = TypeVar("T")

OLDEST_REDIS = (7, 0)
RETRY_S = (0.05, 2.0)
"""Seconds before the first and at most before every later try to reach Redis again."""


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
    ) -> None:
        self._endpoint = Endpoint(url)
        self.client_name = client_name
        self._ensure = ensure
        self._link: Link | None = None
        self._channels: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._trouble = ""
        """Why there was no link at the last try: said once."""
        self._lost = asyncio.Event()
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
        self._task = asyncio.create_task(self._keep(), name="relay")

    async def close(self) -> None:
        """Send what is queued and end."""
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
        self._lost.set()
        log.debug("%s", error)  # who owns the state of this gateway says it
        if self.listener is not None:
            self.listener.on_link_down(str(error))
        self.intake.open()  # nothing is in flight; who goes on is told at once that Redis is away

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
            delay = RETRY_S[0]
            while self._link is None:
                await asyncio.sleep(delay * random.uniform(0.7, 1.3))  # noqa: S311 - spreads gateways
                delay = min(delay * 1.7, RETRY_S[1])
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
            log.info("connected to Redis at %s again", self._endpoint)

    async def _connect(self) -> None:
        link = Link(self)
        link.take(await open_transport(self._endpoint, self.client_name))
        try:
            async with asyncio.timeout(5):
                self._check_version(await settled(link.call("HELLO")))
                loaded: Pending[Any] = link.call("FUNCTION", "LOAD", load().text)
                found: Pending[Any] = link.call("FUNCTION", "LIST", "LIBRARYNAME", load().name)
                await settled(link.fence())
                _check_loaded(loaded, found)
        except TimeoutError as error:
            link.abort("Redis does not answer")
            await link.gone()
            raise StoreUnavailable(f"Redis at {self._endpoint} does not answer") from error
        except StoreError:
            link.abort("not usable")
            await link.gone()
            raise
        if link.closed:
            raise StoreUnavailable("the link was lost at once")
        self._lost.clear()
        self._link = link
        channels = sorted(self._channels)
        for start in range(0, len(channels), SUBSCRIBE_CHUNK):
            link.subscribe(*channels[start : start + SUBSCRIBE_CHUNK])
        if self.listener is not None:
            self.listener.on_link_up()

    def _check_version(self, hello: dict[bytes, Any]) -> None:
        version = hello.get(b"version", b"0").decode()
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if numbers < OLDEST_REDIS:
            raise StoreRefused(
                f"Redis at {self._endpoint} is version {version}: 7.0 or newer is needed"
            )


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
