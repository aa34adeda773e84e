"""Access lists in Redis: what becomes of them, of their index, and of who was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from chatd.state.sessions import TOGETHER
from chatd.store.errors import Refused
from chatd.store.login import Returning
from chatd.store.pending import settled
from chatd.store.roombans import Banned
from chatd.store.store import Store
from chatd.wire.access import LEVELS
from chatd.wire.modes import PREFIX_MODES
from tests.store.conftest import Gateway
from tests.store.test_fates import come, enter
from tests.support.servers import RedisServer
from tests.support.stopwatch import MOST_US, Stopwatch

MOST = 3


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as made:
        yield made


async def room_of(store: Store, *accounts: str) -> None:
    """A registered room of anna, who is in it, and accounts."""
    for name in ("anna", *accounts):
        await settled(store.register("", name, name, "secret"))
    await come(store, "anna", "anna")
    await enter(store, "anna", "#r")
    await settled(store.register_room("anna", "#r", 9, "s"))


async def put(store: Store, account: str, level: str, by: str = "anna") -> str:
    try:
        await settled(store.set_access(by, "#r", account, level, MOST))
    except Refused as refused:
        return refused.word
    return ""


async def listed(store: Store) -> dict[str, str]:
    return {one.account: one.level for one in (await settled(store.access("#r", "anna")))[1]}


def test_levels_are_in_the_order_of_the_prefix_modes() -> None:
    """ "The levels, the strongest first": a rank is compared by its prefix mode."""
    given = "".join(LEVELS.values())
    assert given == "".join(mode for mode in PREFIX_MODES if mode in given)


async def test_a_list_has_an_end(gateway: Gateway) -> None:
    """ "There are 200 accounts in a list at most" """
    g1 = await gateway("g1")
    await room_of(g1, "a", "b", "c", "d")
    assert [await put(g1, name, "op") for name in "abcd"] == ["", "", "", "toomany"]
    assert await put(g1, "c", "voice") == ""  # what is in it can be changed
    assert await put(g1, "a", "") == ""
    assert await put(g1, "d", "banned") == ""


async def test_who_was_deleted_is_in_no_list(
    gateway: Gateway, client: Redis, redis_server: RedisServer
) -> None:
    """The next account of the name is somebody else; the index knows the room by its id."""
    g1, index = await gateway("g1"), redis_server.key("chat:account:{bob}:access")
    await room_of(g1, "bob")
    await put(g1, "bob", "op")
    await settled(g1.rename_room("anna", "anna", "#r", "#s", "#s", ""))
    await settled(g1.rename_room("anna", "anna", "#s", "#r", "#r", ""))
    assert await client.scard(index) == 1
    await settled(g1.account_delete("bob"))
    assert await listed(g1) == {}
    assert not await client.exists(index)


async def test_who_is_renamed_stays_what_it_is(
    gateway: Gateway, client: Redis, redis_server: RedisServer
) -> None:
    g1 = await gateway("g1")
    await room_of(g1, "bob")
    await put(g1, "bob", "op")
    await settled(g1.account_rename("bob", "robert", "Robert"))
    assert await listed(g1) == {"Robert": "op"}
    assert await client.hkeys(redis_server.key("chat:room:{#r}:access")) == ["robert"]
    assert await client.scard(redis_server.key("chat:account:{robert}:access")) == 1
    await settled(g1.account_rename("robert", "robert", "ROBERT"))
    assert await listed(g1) == {"ROBERT": "op"}
    await settled(g1.account_delete("robert"))
    assert await listed(g1) == {}


@pytest.mark.parametrize("how", ["drop", "delete"])
async def test_who_is_in_the_list_of_a_room_that_is_nobodys(
    gateway: Gateway, client: Redis, redis_server: RedisServer, how: str
) -> None:
    """Neither the list nor an entry of the index is left."""
    g1 = await gateway("g1")
    await room_of(g1, "bob")
    await put(g1, "bob", "op")
    if how == "drop":
        await settled(g1.transfer_room("anna", "#r", "", 9, "s"))
    else:
        await settled(g1.account_delete("anna"))
    assert not await client.exists(redis_server.key("chat:account:{bob}:access"))
    assert not await client.exists(redis_server.key("chat:room:{#r}:access"))


async def come_back(store: Store, redis_server: RedisServer, client: Redis) -> tuple[str, str]:
    """Bob's gateway comes back: what becomes of him in the room, and his prefix modes there."""
    made = await client.hget(redis_server.key("chat:account:{bob}"), "created")
    uid = f"=bob@{made!s}"
    who = ("bob", "bob", "bob", "~u", "h", "r", "bob", "bob", "-h", "", uid, "", "", "", "", "s")
    await settled(store.lease(60.0, take=True, active=[]))
    found = await settled(store.come_back(Returning(*who, [])))
    member = await client.hget(redis_server.key("chat:room:{#r}:members"), "bob")
    return dict(found.rooms)["#r"], str(member or "\0").partition("\0")[0]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("op", "", ("in", "")),
        ("op", "voice", ("in", "v")),
        ("", "admin", ("in", "a")),
        ("op", "banned", ("banned", "")),
        ("voice", "voice", ("in", "v")),
    ],
)
async def test_what_was_changed_while_somebody_was_lost(
    gateway: Gateway,
    client: Redis,
    redis_server: RedisServer,
    before: str,
    after: str,
    outcome: tuple[str, str],
) -> None:
    """Who comes back with its gateway is what its account is now; who is kept out stays out."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await room_of(g1, "bob")
    if before:
        await put(g1, "bob", before)
    await come(g2, "bob", "bob")
    await enter(g2, "bob", "#r")
    await client.zadd(redis_server.keys.leases, {"g2": 1})
    await client.delete(redis_server.keys.lease("g2"))
    await settled(g1.reap("g2", "lost"))
    if after != before:
        assert await put(g1, "bob", after) == ""
    assert await come_back(g2, redis_server, client) == outcome


async def test_a_room_was_given_away_while_its_founder_was_lost(
    gateway: Gateway, client: Redis, redis_server: RedisServer
) -> None:
    """Who was the founder comes back as a member."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await room_of(g1, "bob")
    await settled(g1.transfer_room("anna", "#r", "bob", 9, "s"))
    await come(g2, "bob", "bob")
    await enter(g2, "bob", "#r")
    await client.zadd(redis_server.keys.leases, {"g2": 1})
    await client.delete(redis_server.keys.lease("g2"))
    await settled(g1.reap("g2", "lost"))
    await come(g1, "bobs", "bob")
    await settled(g1.transfer_room("bobs", "#r", "anna", 9, "s"))
    assert await come_back(g2, redis_server, client) == ("in", "")


@pytest.mark.parametrize("level", ["banned", "op"])
async def test_a_rollback_brings_nobody_in_who_is_kept_out(
    gateway: Gateway, client: Redis, redis_server: RedisServer, level: str
) -> None:
    """`repair`: its gateway says that somebody is in the room; the list says what holds."""
    g1 = await gateway("g1")
    await room_of(g1, "bob")
    await put(g1, "bob", level)
    await come(g1, "bob", "bob")
    room = ("#r", "#r", "nt", "o", "", "", 0, "", "", "", "")
    await settled(g1.repair("bob", "bob", "s", [("in", room)]))
    inside = await client.hexists(redis_server.key("chat:room:{#r}:members"), "bob")
    assert inside is (level == "op")


async def calls(client: Redis, store: Store, room: str) -> tuple[int, dict[str, int]]:
    """How often HGET is called, and each other command, when rob enters a room a second time."""
    found = {"cmdstat_xtrim": 1}
    while "cmdstat_xtrim" in found:  # a log is cut now and then, and asked for what is kept of it
        await enter(store, "rob", room)
        await settled(store.part("rob", "rob", room, ""))
        await client.config_resetstat()
        assert await enter(store, "rob", room) is None
        stats = await client.info("commandstats")
        await settled(store.part("rob", "rob", room, ""))
        found = {name: facts["calls"] for name, facts in stats.items()}
    return found.pop("cmdstat_hget"), found


async def test_what_it_costs_to_enter(gateway: Gateway, client: Redis) -> None:
    """Only of a registered room the list is asked, once, and only for who has an account."""
    g1 = await gateway("g1")
    await room_of(g1, "bob")
    await enter(g1, "anna", "#free")
    await come(g1, "rob")
    assert await calls(client, g1, "#r") == await calls(client, g1, "#free")
    await settled(g1.set_account("rob", "rob", ("bob", "bob")))
    free, others = await calls(client, g1, "#free")
    assert await calls(client, g1, "#r") == (free + 1, others)


@pytest.mark.alone
async def test_an_account_with_many_nicks_and_sessions(
    gateway: Gateway, client: Redis, redis_server: RedisServer
) -> None:
    """ "no call keeps Redis longer than 5 ms": who has many nicks is put out in one act, who
    has many sessions ends them some at a time."""
    g1 = await gateway("g1")
    await room_of(g1, "bob")
    watch, took = Stopwatch(redis_server), []
    await watch.start()
    for number in range(200):
        await come(g1, f"n{number}", "bob")
        await enter(g1, f"n{number}", "#r")
    with pytest.raises(Refused, match="toomany"):
        await come(g1, "another", "bob")
    for level in ("op", "voice", "halfop") * 10:
        await watch.reset()
        assert await put(g1, "bob", level) == ""
        took.append((await watch.read()).longest_us("access_set"))
    assert min(took) <= MOST_US, took
    took.clear()
    await settled(g1.room_ban("anna", "anna", "#r", Banned(False, "bob"), seconds=0, reason="",
                              masks=9))  # fmt: skip
    assert await client.hlen("chat:room:{#r}:members") == 1
    for number in range(999):
        who = (f"s{number}", "n0", "n0", "~u", f"host{number}.example", "r", ("bob", "bob"))
        await settled(g1.login(*who))
    for at in range(0, 100, TOGETHER):
        some = [f"s{number}" for number in range(at, at + TOGETHER)]
        await watch.reset()
        await settled(g1.end_sessions("n0", "bob", some, why="w", reason="r"))
        took.append((await watch.read()).longest_us("session_end"))
    assert min(took) <= MOST_US, took
