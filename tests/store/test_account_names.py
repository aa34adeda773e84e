"""Accounts that get other names, on a real server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from chatd.store.errors import Refused
from chatd.store.pending import settled
from chatd.store.schema.keys import Fate, Owner, of_kind, owned
from chatd.store.store import Store
from tests.store.conftest import Gateway
from tests.store.test_accounts import come, come_back, lose, made
from tests.support.servers import RedisServer


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as made:
        yield made


def test_all_that_an_account_has_goes_along() -> None:
    """Who adds a key of accounts gives it this fate, and the act needs no change."""
    assert {key.renamed for key in owned(Owner.ACCOUNT)} == {Fate.MOVES}


async def test_a_person_keeps_its_id(gateway: Gateway) -> None:
    """However often, and when the old name is somebody else's by then."""
    g1 = await gateway("g1")
    uid = await made(g1, "anna")
    assert await come(g1, "s1", "one", "anna") == uid
    await settled(g1.account_rename("anna", "bea", "Bea"))
    other = await made(g1, "anna")
    await settled(g1.account_rename("bea", "cleo", "Cleo"))
    assert await come(g1, "s2", "two", "cleo") == uid
    assert await come(g1, "s3", "three", "anna") == other != uid
    assert (await settled(g1.named("one")))[0].account == "Cleo"
    await settled(g1.account_delete("cleo"))
    assert (await settled(g1.named("one")))[0].account == ""


async def test_renamed_while_its_owner_is_lost(gateway: Gateway, redis_server: RedisServer) -> None:
    """A gateway that comes back knows the old name; the user is the person that it was."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    uid = await made(g1, "anna", operator=True)
    await come(g2, "s1", "anna-work", "anna")
    await lose(g1, redis_server, "g2")
    await settled(g1.account_rename("anna", "bea", "Bea"))
    await made(g1, "anna")
    await settled(g2.lease(60.0, take=True, active=[]))
    login = (await come_back(g2, "s1", "anna-work", "anna", uid)).login
    assert (login.account, login.uid) == ("Bea", uid)


async def test_too_many_to_be_changed_at_once(gateway: Gateway, client: Redis) -> None:
    """No act takes Redis for longer than 5 ms."""
    g1 = await gateway("g1")
    await made(g1, "anna")
    key = g1.keys.of(Owner.ACCOUNT, "online", "anna")
    await client.sadd(key, *(f"n{number}" for number in range(51)))
    with pytest.raises(Refused, match="toomany"):
        await settled(g1.account_rename("anna", "bea", "bea"))


async def _tried(work: Any) -> bool:
    try:
        await settled(work)
    except Refused:
        return False
    return True


async def test_races(gateway: Gateway, client: Redis) -> None:
    """However renaming falls between logins, registrations, deletions and other renamings: each
    name is one account's at most, and what there is belongs to an account that there is."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    dice = random.Random(5)
    for turn in range(60):
        await made(g1, "old")
        a, b, gone = f"a{turn}", f"b{turn}", dice.choice(["old", "new", "mid"])
        work: list[tuple[Any, ...]] = [
            (g1.account_rename, "old", "new", "New"),
            (g2.account_rename, "old", "mid", "Mid"),
            (g2.register, "", "new", "new", "secret"),
            (g2.login, a, "x", "x", "~u", "h", "r", ("old", "old")),
            (g1.login, b, "y", "y", "~u", "h", "r", ("new", "New")),
            (g1.account_delete, gone),
            (g1.account_rename, "new", "old", "Old"),
            (g2.set_account, a, "x", ("mid", "Mid")),
        ]
        dice.shuffle(work)
        await asyncio.gather(*(_tried(act(*words)) for act, *words in work))
        await _sound(g1, client)
        await _tried(g1.logout(f"b{turn}", "bye"))
        await _tried(g2.logout(f"a{turn}", "bye"))
        for name in ("old", "new", "mid"):
            await _tried(g1.account_delete(name))
        assert not await client.keys(f"{g1.keys.prefix}:account:*")
        assert not await client.hgetall(g1.keys.of(Owner.SERVER, "renamed"))


async def _sound(store: Store, client: Redis) -> None:
    names = set()
    for key in await client.keys(f"{store.keys.prefix}:account:*"):
        kind = of_kind(str(key), store.keys.prefix)
        assert kind is not None
        found = kind.matches(str(key), store.keys.prefix)
        assert found is not None
        names.add(found["name"])
    for name in names:
        assert await client.hget(store.keys.account(name), "password"), name
    for user in ("x", "y"):
        akey = await client.hget(store.keys.of(Owner.USER, "facts", user), "akey")
        if akey:
            online = store.keys.of(Owner.ACCOUNT, "online", str(akey))
            assert await client.sismember(online, user)
