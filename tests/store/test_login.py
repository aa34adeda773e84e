"""Logins that share a call, on a real server: each is what it would be alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatd.store.errors import Refused, Stale
from chatd.store.keys import Keys
from chatd.store.login import Login
from chatd.store.pending import Pending, settled
from chatd.store.relay import Relay
from chatd.store.store import Store
from tests.support.servers import RedisServer

CYRILLIC = "\u0435van"


class Listener:
    """Keeps what the relay hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, bytes]] = []

    def on_message(self, channel: bytes, payload: bytes) -> None:
        self.heard.append((channel, payload))

    def on_link_up(self) -> None:
        pass

    def on_link_down(self, why: str) -> None:
        pass


@pytest.fixture
async def listener() -> Listener:
    return Listener()


@pytest.fixture
async def store(redis_server: RedisServer, listener: Listener) -> AsyncIterator[Store]:
    relay = Relay(redis_server.url, "test")
    relay.listen(listener)
    await relay.start()
    made = Store(relay, Keys(), "g1", 100)
    await settled(made.lease(60.0, take=True, active=[]))
    yield made
    await relay.close()


def login(
    store: Store, number: int, name: str, account: str = "", *, secure: bool = False
) -> Pending[Login]:
    return store.login(
        f"g1.{number}", name, name, "~u", "h", "r", (account, account), secure=secure
    )


async def refusal(pending: Pending[Login]) -> list[str]:
    with pytest.raises(Refused) as refused:
        await settled(pending)
    return [refused.value.word, *refused.value.details]


on_every_engine = pytest.mark.parametrize("engine_kind", ["embedded", "redis7"], indirect=True)


@on_every_engine
async def test_who_comes_first_has_the_name(store: Store, listener: Listener) -> None:
    """ "Exactly one wins"; whoever looks like one who came just before is refused as ever."""
    store.relay.subscribe("chat:global")
    asked = [login(store, i, name) for i, name in enumerate(("a", "evan", CYRILLIC, "b"))]
    taken = login(store, 9, "a")
    assert await refusal(asked.pop(2)) == ["confusable", "evan"]
    found = [await settled(one) for one in asked]
    assert await refusal(taken) == ["taken"]
    assert [(one.nick, one.joined, one.last_id, one.added) for one in found] == [
        ("a", False, b"0-0", 0), ("evan", False, b"0-0", 0), ("b", False, b"0-0", 0)
    ]  # fmt: skip
    assert {(one.counts.users, one.counts.peak) for one in found} == {(3, 3)}
    await settled(store.fence())
    ((channel, payload),) = listener.heard
    assert channel == b"chat:global"
    assert [record.split(b"\0")[1:5] for record in payload.split(b"\xff")] == [
        [b"+", b"g1.0", b"", b"a"], [b"+", b"g1.1", b"", b"evan"], [b"+", b"g1.3", b"", b"b"]
    ]  # fmt: skip
    assert [person and person.nick for person in await settled(store.named("a", "evan", "b"))] == [
        "a", "evan", "b"
    ]  # fmt: skip
    await settled(store.logout("g1.1", "bye"))
    assert (await settled(store.counts())).users == 2


@on_every_engine
async def test_who_has_an_account_joins_the_own_sessions(store: Store) -> None:
    """Also in the very turn in which the first of them comes; their modes are told in order."""
    await settled(store.register("", "evan", "evan", "secret"))
    reserved = login(store, 0, "evan")
    first = login(store, 1, "evan", "evan", secure=True)
    alike = login(store, 2, CYRILLIC)
    other = login(store, 3, "x")
    second = login(store, 4, "evan", "evan")
    assert await refusal(reserved) == ["reserved"]
    new, joined = await settled(first), await settled(second)
    assert await refusal(alike) == ["confusable", "evan"]
    assert (new.joined, new.modes, new.account) == (False, "Z", "evan")
    assert (joined.joined, joined.modes, joined.rooms) == (True, "", [])
    assert joined.added == new.added + 1, "the other session is told that it is not secure any more"
    assert (await settled(other)).counts.users == 2


async def test_a_gateway_without_a_lease_lets_nobody_in(store: Store) -> None:
    """ "whatever it sends is refused by the scripts" """
    await settled(store.reap("g1", "gone"))
    asked = [login(store, i, name) for i, name in enumerate(("a", "b"))]
    for one in asked:
        with pytest.raises(Stale):
            await settled(one)
    assert (await settled(store.counts())).users == 0
