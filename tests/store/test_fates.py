"""What becomes of leases and keys, on a real server."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from chatd.store.errors import Refused, Stale
from chatd.store.login import Login
from chatd.store.packing import Packed
from chatd.store.pending import Pending, settled
from chatd.store.rooms import Change, Entrant
from chatd.store.store import Store
from tests.store.conftest import Gateway
from tests.support.servers import RedisServer
from tests.support.wait import wait_until

SECRET = "\0".join(("M", "s", "", "anna", "anna!~u@h", "anna", "PRIVMSG", "#old", "", "secret"))


async def say(store: Store, channel: str, name: str, text: str = "hello") -> Any:
    reply: Pending[Any] = Pending()
    record = f"M\0{name}\0\0{name}\0{name}!u@h\0\0PRIVMSG\0x\0\0{text}\x001"
    to = Packed(("u", channel, name))
    store.relay.act_batched(store.post_head, to, record.encode(), reply)
    return await settled(reply)


async def come(store: Store, name: str, account: str = "") -> Login:
    return await settled(store.login(name, name, name, "~u", "h", "r", (account, account)))


async def enter(store: Store, name: str, room: str) -> Refused | None:
    asked = store.join(room, [Entrant(name, name, room, "")], most=9, new=("nt", "o"), server="s")
    (refused,) = await settled(asked)
    return refused


async def test_the_history_of_a_renamed_private_room_is_there_for_who_was_lost(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """ "RENAME forgets `:lost`, so the history of a renamed invite-only room is deleted for the
    member who comes back": who was in it stands in ``:were`` now.
    """
    g1, g2 = await gateway("g1"), await gateway("g2")
    for store, name in ((g1, "anna"), (g2, "bob")):
        await settled(store.register("", name, name, "secret"))
        await come(store, name, account=name)
        await enter(store, name, "#old")
    only_invited = [Change("+", "i", "", "")]
    await settled(
        g1.mode("anna", "anna", "#old", only_invited, line_bytes=400, line_params=12, masks=9)
    )
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        said = await client.xadd(redis_server.key("chat:room:{#old}:log"), {"e": SECRET})
        await client.zadd(redis_server.keys.leases, {"g2": 1})
        await client.delete(redis_server.keys.lease("g2"))
        await settled(g1.reap("g2", "lost"))  # bob is lost in a private room
        await settled(g1.rename_room("anna", "anna", "#old", "#new", "#new", ""))
        were = redis_server.key("chat:room:{#new}:were")
        (uid,) = await client.zrange(were, 0, -1)
        assert str(uid).startswith("=bob@")
        assert await client.ttl(were) == -1
        await settled(g1.part("anna", "anna", "#new", ""))
        assert 0 < await client.ttl(were) <= 604_800
        await come(g1, "bob", account="bob")
        await enter(g1, "bob", "#new")
        assert await client.xrange(redis_server.key("chat:room:{#new}:log"), said, said)
        seen = await settled(g1.room_history("#new", "bob", "0-1", f"{2**50}-0", 9, forwards=True))
        assert [payload.rpartition(b"\0")[2] for payload in seen.payloads] == [b"secret"]


async def test_a_lease_that_is_over_is_over(gateway: Gateway) -> None:
    """ "A lease that is over by Redis' clock is over, reaped or not; it is taken again, never
    renewed" """
    g1, g2 = await gateway("g1"), await gateway("g2")
    await come(g1, "anna")
    await settled(g1.lease(0.001, take=False, active=[]))

    async def over() -> bool:
        _, _, _, _, _, _, *dead = await settled(g2.lease(60.0, take=False, active=[]))
        return dead == ["g1"]

    await wait_until(over, "g1's lease is over, and nobody has reaped it")
    with pytest.raises(Stale):
        await settled(g1.lease(60.0, take=False, active=[]))
    with pytest.raises(Stale):
        await settled(g1.away("anna", "anna", "gone"))
    with pytest.raises(Stale):
        await settled(g1.login("bob", "bob", "bob", "~u", "h", "r"))
    await settled(g1.lease(60.0, take=True, active=[]))
    await settled(g1.away("anna", "anna", "here"))


async def test_the_own_log_stays_when_the_nick_changes_its_case(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """A user's log: "none while online, then history-ttl"; what is left of a name runs out."""
    g1, key = await gateway("g1"), redis_server.key
    await come(g1, "anna")
    await settled(g1.nick("anna", "anna", "anna", "Anna"))
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        assert await client.ttl(key("chat:user:{anna}:log")) == -1
        await client.zadd(key("chat:user:{anna}:redacted"), {"1-1": 1})
        await settled(g1.nick("anna", "anna", "bea", "bea"))
        assert await client.ttl(key("chat:user:{anna}:log")) > 0
        # what was said to the person goes along
        assert await client.ttl(key("chat:user:{bea}:log")) == -1
        assert await client.ttl(key("chat:user:{bea}:redacted")) == -1


async def test_who_has_very_many_invitations_is_lost_like_others(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """Lua hands on no more than some thousand arguments: the act failed half way, and left a user
    without a session on the roster for good."""
    g1, g2, key = await gateway("g1"), await gateway("g2"), redis_server.key
    await come(g1, "anna")
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        await client.hset(
            key("chat:{chat:online}:invites:anna"),
            mapping={str(number): "o" for number in range(5000)},
        )
        await client.zadd(redis_server.keys.leases, {"g1": 1})
        await client.delete(redis_server.keys.lease("g1"))
        await settled(g2.reap("g1", "lost"))
        assert await client.smembers(key("chat:online")) == set()
        assert await client.exists(key("chat:{chat:online}:user:anna")) == 0
        assert await client.hget(key("chat:{chat:online}:kept:anna:anna"), "i:4999") == "o"


async def test_what_waited_for_an_account_is_not_for_the_next_of_its_name(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """An account and when it was made is the person: the next one has nothing of what was said to
    the one before, while it was deleted online, or when its keys had been left.
    """
    g1 = await gateway("g1")
    to = g1.keys.user("anna")
    await come(g1, "bob")
    await settled(g1.register("", "anna", "anna", "secret"))
    assert (await say(g1, to, "bob", "to the first"))[0] == b"waits"
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        await client.copy(f"{to}:log", "log")
        await client.copy(f"{to}:whose", "whose")
        await settled(g1.account_delete("anna"))
        assert await client.keys("*{anna}*") == []
        await client.rename("log", f"{to}:log")
        await client.rename("whose", f"{to}:whose")
    assert await say(g1, to, "bob") == [b"nouser"]
    await settled(g1.register("", "anna", "anna", "other"))
    assert (await say(g1, to, "bob", "to the second"))[0] == b"waits"
    await come(g1, "anna", account="anna")
    page = await settled(g1.own_history("anna", "", "0-1", f"{2**50}-0", 9, forwards=True))
    texts = [payload.split(b"\0")[10] for payload in page.payloads]
    assert texts == [b"to the second"]
    assert await say(g1, to, "bob") != [b"waits"]
