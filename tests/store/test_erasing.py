"""Writing a log anew: what is erased is gone, and everything else is as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from chatd.state.chores import Chores
from chatd.store import chores
from chatd.store.errors import Refused
from chatd.store.pending import settled
from chatd.store.schema.keys import Owner
from chatd.store.store import Store
from tests.store.conftest import Gateway
from tests.support.servers import RedisServer, on_every_engine
from tests.support.wait import wait_until

MADE = 1_000_000_000_000
"""When the account was made, ms."""


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Any]:
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as made:
        yield made


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of some entries has many pages."""
    monkeypatch.setattr(chores, "ENTRIES", 60)


def said(account: str, text: str) -> str:
    return f"M\0s1\0\0{account}\0{account}!u@h\0{account}\0PRIVMSG\0#r\0\0{text}\0{1}"


async def account(client: Any, store: Store, name: str) -> None:
    await settled(store.register("", name, name, "x"))
    await client.hset(store.keys.account(name), "created", MADE)


async def fill(client: Any, log: str, count: int, start: int = MADE + 1000) -> list[str]:
    """What anna says, and bob, in turn."""
    pipe, ids = client.pipeline(transaction=False), []
    for at in range(count):
        entry = f"{start + at}-0"
        who = ("anna", "bob")[at % 2]
        pipe.xadd(log, {"e": said(who, f"{who}-{at}")}, id=entry)
        ids.append(entry)
    await pipe.execute()
    return ids


async def texts(client: Any, log: str) -> list[str]:
    return [fields["e"] for _, fields in await client.xrange(log)]


def logs(store: Store) -> list[str]:
    return [f"{store.keys.room('#r')}:log", f"{store.keys.user('bob')}:log"]


@on_every_engine
async def test_each_entry_is_still_there(gateway: Gateway, client: Any) -> None:
    """ "who is told last of one that is not there takes the log for rolled back" """
    store = await gateway("g1")
    await account(client, store, "anna")
    for log in logs(store):
        ids = await fill(client, log, 500)
        await client.xtrim(log, maxlen=400, approximate=False)
        await client.expire(log, 500)
        before = await settled(store.gap(log, ids[-1].encode(), 10))
        early = await settled(store.gap(log, ids[150].encode(), 5))
        info = await client.xinfo_stream(log)
        await settled(store.erase("", "anna", "erase", "", 0))
        assert await Chores(store).once()
        assert await settled(store.gap(log, ids[-1].encode(), 10)) == before
        again = await settled(store.gap(log, ids[150].encode(), 5))
        assert again[:3] == early[:3] == [500, 400, ids[150].encode()]
        assert again[3::2] == early[3::2]
        now = await client.xinfo_stream(log)
        for what in ("length", "entries-added", "last-generated-id"):
            assert now[what] == info[what]
        assert 0 < await client.ttl(log) <= 500
        left = await texts(client, log)
        assert not any("anna" in text for text in left)
        assert sum("bob-" in text for text in left) == 200
    assert await client.exists(store.keys.presence + ":rewriting") == 0


@on_every_engine
async def test_what_is_said_and_cut_and_moved_meanwhile(gateway: Gateway, client: Any) -> None:
    """ "races (post while trimmed, erase while posting)": each page is followed by one of them."""
    store = await gateway("g1")
    await account(client, store, "anna")
    log, moved = logs(store)[0], f"{store.keys.room('#new')}:log"
    await fill(client, log, 2000)
    job = await settled(store.erase("", "anna", "erase", "", 0))
    now = (await client.time())[0] * 1000 + 1000
    me, spoken = "me", 0
    assert (await settled(store.chore(me))).id == job
    for turn in range(10_000):
        if await settled(store.chore_page(me, job, log)):
            break
        await client.xadd(log, {"e": said("anna", f"later-{turn}")}, id=f"{now + turn}-0")
        spoken += 1
        if turn in (5, 15):
            await client.xtrim(log, maxlen=1500 - turn * 10, approximate=False)
    left = await texts(client, log)
    assert not any("anna-" in text for text in left)
    assert sum("later-" in text for text in left) == spoken, "what was said later stays"
    assert len(left) >= 1350
    # the log has another key: it is looked at again
    await fill(client, logs(store)[1], 300)
    job = await settled(store.erase("", "anna", "erase", "", 0))
    while not await settled(store.chore_page(me, job, logs(store)[1])):
        await client.sadd(store.keys.presence + ":moved", moved)
    await client.rename(logs(store)[1], moved)
    await client.delete(store.keys.presence + ":chore")
    while await Chores(store).once():
        pass
    assert not any("anna" in text for text in await texts(client, moved))


@on_every_engine
async def test_another_gateway_goes_on(gateway: Gateway, client: Any) -> None:
    one, two = await gateway("g1"), await gateway("g2")
    await account(client, one, "anna")
    for number in range(20):
        await fill(client, f"{one.keys.room(f'#{number}')}:log", 300)
    job = await settled(one.erase("", "anna", "erase", "", 0))
    working = asyncio.ensure_future(Chores(one).once())

    async def half_done() -> bool:
        return (await settled(one.erasing(job, ""))).changed >= 500

    await wait_until(half_done, "it has begun")
    working.cancel()  # as if it were killed
    other = Chores(two)
    assert not await other.once(), "the first one may be at it still"
    await client.delete(one.keys.presence + ":chore")  # its time is over
    done = (await settled(one.erasing(job, ""))).looked
    assert await other.once()
    for number in range(20):
        left = await texts(client, f"{one.keys.room(f'#{number}')}:log")
        assert not any("anna" in text for text in left)
    found = await settled(one.erasing(job, ""))
    assert (found.goes_on, found.changed) == (False, 20 * 150)
    assert found.looked >= done


async def test_one_works_at_a_time(gateway: Gateway, client: Any) -> None:
    store = await gateway("g1")
    await account(client, store, "anna")
    job = await settled(store.erase("", "anna", "erase", "", 0))
    assert (await settled(store.chore("one"))).id == job
    assert (await settled(store.chore("two"))).id == ""
    with pytest.raises(Refused, match="held"):
        await settled(store.chore_page("two", job, logs(store)[0]))
    for _ in range(2):
        await settled(store.erase("", "anna", "erase", "", 0))
    with pytest.raises(Refused, match="toomany"):
        await settled(store.erase("", "anna", "erase", "", 0))


@on_every_engine
async def test_the_sweep(gateway: Gateway, client: Any, redis_server: RedisServer) -> None:
    """ "Days for which what is said is kept": in Redis a day longer at most."""
    store = await gateway("g1")
    kept = Store(store.relay, "g1", 10_000, 7)
    now_ms = (await client.time())[0] * 1000
    day = 86_400_000
    room, quiet, old, user = (f"{store.keys.room(name)}:log" for name in ("#a", "#b", "#c", "#d"))
    await fill(client, room, 500, now_ms - 9 * day)
    await fill(client, room, 500, now_ms - day)
    await fill(client, quiet, 5, now_ms - 9 * day)  # one node has what is old and what is new
    ids = await fill(client, quiet, 5, now_ms - day)
    await fill(client, old, 5, now_ms - 9 * day)
    young = await fill(client, user, 5, now_ms - 7 * day - day // 2)
    await fill(client, user, 1, now_ms - day)
    await client.config_set("rdbcompression", "no")
    while await Chores(kept).once():
        pass
    for log, left in ((room, 500), (quiet, 5), (old, 0), (user, 6)):
        assert left <= await client.xlen(log) < left + 100, log
    assert [entry for entry, _ in await client.xrange(quiet)] == ids
    assert (await client.xinfo_stream(quiet))["entries-added"] == 10
    async with Redis.from_url(redis_server.direct_url) as raw:
        assert b"anna-0" in (await raw.dump(user) or b""), "it may stay for a day"
        assert (await raw.dump(quiet) or b"").count(b"anna-0") == 1
    assert young
    assert not await Chores(kept).once(), "until the next hour"


async def test_a_log_that_is_put_aside_meanwhile(gateway: Gateway, client: Any) -> None:
    """Somebody else takes the name of who was lost: the log is kept for the one who was."""
    store = await gateway("g1")
    await account(client, store, "anna")
    bobs, uid = logs(store)[1], "s0"
    await fill(client, bobs, 300)
    await client.set(store.keys.of(Owner.USER, "whose", "bob"), uid)
    await client.hset(store.keys.of(Owner.PERSON, "kept", uid, "bob"), "modes", "")
    job = await settled(store.erase("", "anna", "erase", "", 0))
    chore = await settled(store.chore("me"))
    assert chore.id == job
    cursor = ""
    while cursor != "0":  # the page with the log that is put aside has been passed
        cursor, _ = await settled(store.chore_logs("me", job, cursor or "0", "p"))
    await settled(store.login("s1", "bob", "bob", "~u", "h", "Another"))
    aside = store.keys.of(Owner.PERSON, "log", uid, "bob")
    assert await client.xlen(aside) == 300
    start = "0"
    while start != "-1":
        start, moved = await settled(store.chore_end("me", job, int(start)))
        for log in moved:
            while not await settled(store.chore_page("me", job, log)):
                pass
    left = await texts(client, aside)
    assert not any("anna" in text for text in left)
    assert len(left) == 300


async def test_another_log_takes_the_key_during_a_sweep(gateway: Gateway, client: Any) -> None:
    """Two people who talk have entries of one id: what is copied of one log is not the other's."""
    store = await gateway("g1")
    kept = Store(store.relay, "g1", 10_000, 7)
    day = 86_400_000
    now_ms = (await client.time())[0] * 1000
    [bobs] = logs(store)[1:]
    await fill(client, bobs, 20, now_ms - 9 * day)
    await fill(client, bobs, 200, now_ms - day)
    others = f"{store.keys.user('carl')}:log"
    for entry, _ in await client.xrange(bobs):
        await client.xadd(others, {"e": said("carl", "carl's")}, id=entry)
    for number, name in enumerate(("bob", "carl")):
        await client.set(store.keys.of(Owner.USER, "whose", name), f"s{number}")
        await settled(store.login(f"s{number}", name, name, "~u", "h", "Somebody"))
    assert (await settled(kept.chore("me"))).id == "sweep"
    assert not await settled(kept.chore_page("me", "sweep", bobs, f"{now_ms - 7 * day}-0"))
    await settled(store.nick("s0", "bob", "dave", "dave"))
    await settled(store.nick("s1", "carl", "bob", "bob"))
    while not await settled(kept.chore_page("me", "sweep", bobs, f"{now_ms - 7 * day}-0")):
        pass
    assert not any("anna-" in text or "bob-" in text for text in await texts(client, bobs))
