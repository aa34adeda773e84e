"""Stores on a real server, as gateways have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from chatd.store.connect import Opened
from chatd.store.link import Link
from chatd.store.pending import settled
from chatd.store.relay import Relay
from chatd.store.store import Store
from tests.store.wire import GUARD, Owner, Wire
from tests.support.servers import RedisServer

Gateway = Callable[[str], Awaitable[Store]]


class Deaf:
    """Hears nothing."""

    def on_message(self, channel: bytes, payload: bytes) -> None:
        pass

    def on_link_up(self) -> None:
        pass

    def on_link_down(self, why: str) -> None:
        pass

    def on_refusal(self, word: str) -> None:
        pass


@pytest.fixture
async def gateway(redis_server: RedisServer) -> AsyncIterator[Gateway]:
    """Make the store of a gateway that has a lease: ``g1 = await gateway("g1")``."""
    relays = []

    async def made(name: str) -> Store:
        relay = Relay(redis_server.url, name)
        relays.append(relay)
        relay.listen(Deaf())
        await relay.start()
        store = Store(relay, name, 100)
        await settled(store.lease(60.0, take=True, active=[]))
        return store

    yield made
    for relay in relays:
        await relay.close()


@pytest.fixture
async def owner() -> Owner:
    return Owner()


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def link(owner: Owner, wire: Wire) -> Link:
    made = Link(owner, GUARD)
    made.take(Opened(wire, None))
    return made
