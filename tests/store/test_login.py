"""Logins that share a call, on a real server: each is what it would be alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from chatd.store.errors import Refused, Stale, StoreRejected
from chatd.store.login import Login
from chatd.store.packing import Packed
from chatd.store.pending import Pending, settled
from chatd.store.relay import Relay
from chatd.store.store import Store
from tests.support.servers import RedisServer, on_every_engine

CYRILLIC = "\u0435van"


class Listener:
    """Keeps what the relay hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, bytes]] = []

    def on_message(self, channel: bytes, payload: bytes) -> None:
        self.heard.append((channel, payload))

    def on_link_up(self) -> None:
        pass

    def on_refusal(self, word: str) -> None:
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
    made = Store(relay, "g1", 100)
    await settled(made.lease(60.0, take=True, epoch="epoch", active=[]))
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


@on_every_engine
async def test_who_comes_first_has_the_name(store: Store, listener: Listener) -> None:
    """ "Exactly one wins"; whoever looks like one who came just before is refused as ever."""
    store.relay.subscribe(store.keys.global_channel)
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
    assert channel == store.keys.global_channel.encode()
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
    await settled(store.reap("g1", "gone", lost=True))
    asked = [login(store, i, name) for i, name in enumerate(("a", "b"))]
    for one in asked:
        with pytest.raises(Stale):
            await settled(one)
    assert (await settled(store.counts())).users == 0


@on_every_engine
async def test_one_that_goes_wrong_does_not_cost_the_others(
    store: Store, redis_server: RedisServer
) -> None:
    """ "what goes wrong with one must not keep the others from what is done at the end": who is in
    no list of a gateway's sessions could never be removed."""
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        await client.set(redis_server.key("chat:{chat:online}:user:broken"), "not a hash")
        asked = [login(store, i, name) for i, name in enumerate(("a", "broken", "b"))]
        assert (await settled(asked[0])).nick == "a"
        with pytest.raises(StoreRejected, match="WRONGTYPE"):
            await settled(asked[1])
        assert (await settled(asked[2])).nick == "b"
        held = await client.hgetall(store.keys.sessions("g1"))
        assert held == {"g1.0": "a", "g1.2": "b"}
        assert await client.smembers(store.keys.online) == {"a", "b"}


@on_every_engine
async def test_the_set_of_plain_users_is_believed_only_when_all_keep_it(
    store: Store, redis_server: RedisServer
) -> None:
    """ "who is in the set cannot be relied on": an older gateway may have been there."""
    plain = redis_server.key("chat:{chat:online}:receivers")
    for number, name in enumerate(("a", "b", "c", "d")):
        await settled(login(store, number, name))
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        uids = {store.keys.user(name): f"g1.{at}" for at, name in enumerate("abcd")}
        assert await client.hgetall(plain) == {"*": "*" * 65, **uids}
        # as an older gateway would: it knows nothing of the set
        await client.hset(redis_server.key("chat:{chat:online}:user:b"), "away", "out")
        await client.hdel(plain, "*")
        assert [type(reply) for reply in await say_to_all(store)] == [bytes, list, bytes, bytes]
        # a gateway that finds others alive does not begin the set
        await settled(store.lease(60.0, take=True, epoch="epoch", active=[]))
        assert not await client.hexists(plain, "*")
        # the first of all does
        await client.delete(store.keys.leases)
        await settled(store.lease(60.0, take=True, epoch="epoch", active=[]))
        assert await client.hgetall(plain) == {"*": "*" * 65}
        assert [type(reply) for reply in await say_to_all(store)] == [bytes, list, bytes, bytes]


async def say_to_all(store: Store) -> list[bytes | list[bytes]]:
    """What Redis answers to messages to four users in one call."""
    replies: list[Pending[bytes | list[bytes]]] = [Pending() for _ in range(4)]
    for name, reply in zip("abcd", replies, strict=True):
        to = Packed(("u", store.keys.user(name), "a"))
        store.relay.act_batched(store.post_head, to, b"M\0g1.0\0\0a\0a!a@h\0\0PRIVMSG", reply)
    return [await settled(reply) for reply in replies]
