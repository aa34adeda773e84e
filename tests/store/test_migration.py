"""All keys of a server go to another Redis: the steps, on real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis

from chatd.store.errors import MoveRefused
from chatd.store.keys import Keys
from chatd.store.migration import by_type
from chatd.store.migration.comparing import Comparer
from chatd.store.migration.names import Names
from chatd.store.migration.run import Moved, migrate
from tests.support.servers import RedisServer, free_port
from tests.support.wait import wait_until

KEYS = Keys()
LATER_MS = 4_000_000_000_000
EPOCH = "chat:{chat:online}:epoch"
MARK = "chat:{chat:online}:moving"
LEFT = {"chat:{chat:online}:receivers", "chat:{chat:online}:lease:g1", "other:key"}
PAIRS = [("embedded", "redis7"), ("redis7", "embedded"), ("redis7", "redis7")]
"""The first takes no dump of the source: its format is older."""


class Sides:
    """Two servers, and a client of each."""

    def __init__(self, source: RedisServer, target: RedisServer) -> None:
        self.source = source
        self.target = target
        self.old: Any = Redis.from_url(source.url)
        self.new: Any = Redis.from_url(target.url)

    async def migrate(self, **instead: str) -> Moved:
        urls = {"source": self.source.url, "target": self.target.url} | instead
        return await migrate(urls["source"], urls["target"], "chat", lambda line: None)

    async def refused(self, **instead: str) -> str:
        """What it says; and it has changed nothing."""
        before = await snapshot(self.old), await snapshot(self.new)
        with pytest.raises(MoveRefused) as refused:
            await self.migrate(**instead)
        assert (await snapshot(self.old), await snapshot(self.new)) == before
        return str(refused.value)


@pytest.fixture(params=PAIRS, ids=" to ".join)
async def sides(request: pytest.FixtureRequest) -> AsyncIterator[Sides]:
    source, target = request.param
    async with RedisServer(source) as one, RedisServer(target) as other:
        made = Sides(one, other)
        async with made.old, made.new:
            yield made


@pytest.fixture
async def same_kind() -> AsyncIterator[Sides]:
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(RedisServer("embedded")) for _ in range(2)]
        made = Sides(one, other)
        async with made.old, made.new:
            yield made


async def snapshot(client: Any) -> dict[str, Any]:
    """All keys: type, value, end of life; of a stream what XINFO says of ids and counts."""
    found = {}
    async for key in client.scan_iter(count=1000):
        kind = (await client.type(key)).decode()
        found[key.decode()] = kind, await client.pexpiretime(key), await _value(client, key, kind)
    return found


async def _value(client: Any, key: bytes, kind: str) -> Any:
    match kind:
        case "string":
            return await client.get(key)
        case "hash":
            return await client.hgetall(key)
        case "set":
            return await client.smembers(key)
        case "zset":
            return await client.zrange(key, 0, -1, withscores=True)
        case "list":
            return await client.lrange(key, 0, -1)
    info = await client.xinfo_stream(key)
    numbers = [
        info[name] for name in ("last-generated-id", "entries-added", "max-deleted-entry-id")
    ]
    return numbers, await client.xrange(key)


async def fill(client: Any) -> None:
    """Keys of every type, as a server has them, and some that nobody copies."""
    many = {f"s{number}": bytes([number % 256]) for number in range(3 * by_type.PAGE)}
    await client.set(EPOCH, "e1")
    await client.hset(KEYS.account("anna"), mapping={"name": "Anna", "password": b"\xff\0"})
    await client.hset(KEYS.account("many"), mapping=many)
    await client.sadd(KEYS.online, *many)
    await client.zadd("chat:{chat:online}:whowas", {name: at + 0.1 for at, name in enumerate(many)})
    await client.rpush("chat:{chat:online}:whowas:x", *many)
    await client.set("chat:{chat:online}:sent:u:to:k", "1-1", pxat=LATER_MS)
    log = KEYS.room("#a") + ":log"
    for number in range(1, 2 * by_type.PAGE):
        await client.xadd(log, {"e": f"r{number}"}, id=f"{number}-1")
    await client.xdel(log, "7-1", f"{2 * by_type.PAGE - 1}-1")
    await client.xtrim(log, minid="5", approximate=False)
    await client.pexpireat(log, LATER_MS)
    await client.xadd(KEYS.user("{%}") + ":log", {"e": "x"}, id="9-9", maxlen=0, approximate=False)
    await client.hset("chat:{chat:online}:receivers", "chat:user:{anna}", "u")
    await client.set("other:key", "somebody else's")
    await client.zadd(KEYS.leases, {"dead": 5})


async def test_everything_is_there_as_it_was(sides: Sides) -> None:
    await fill(sides.old)
    before = await snapshot(sides.old)
    moved = await sides.migrate()
    assert await snapshot(sides.old) == before
    wanted = {key: value for key, value in before.items() if key not in LEFT}
    assert await snapshot(sides.new) == wanted
    assert (moved.keys, moved.streams) == (len(wanted) - 1, 2)
    assert moved.entries == 2 * by_type.PAGE - 1 - 6
    assert moved.by_type is (sides.source.kind == "embedded")


async def test_what_is_large_goes_in_pages(
    same_kind: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To dump it would hold the source for long."""
    monkeypatch.setattr("chatd.store.migration.copying.DUMP_BYTES", 1000)
    await fill(same_kind.old)
    assert not (await same_kind.migrate()).by_type
    wanted = await snapshot(same_kind.old)
    assert await snapshot(same_kind.new) == {k: v for k, v in wanted.items() if k not in LEFT}


async def test_run_again_it_changes_nothing(same_kind: Sides) -> None:
    await fill(same_kind.old)
    await same_kind.migrate()
    await same_kind.new.set("chat:{chat:online}:peak", 5)  # the target is used by now
    after = await snapshot(same_kind.new)
    assert (await same_kind.migrate()).already
    assert await snapshot(same_kind.new) == after


async def test_a_source_that_was_used_again_is_noticed(same_kind: Sides) -> None:
    await fill(same_kind.old)
    await same_kind.old.xadd(KEYS.global_log, {"e": "came"})
    await same_kind.migrate()
    assert (await same_kind.migrate()).already
    await same_kind.old.xadd(KEYS.global_log, {"e": "came later"})
    assert "have run on the source since then" in await same_kind.refused()


async def test_a_target_with_keys_is_refused(same_kind: Sides) -> None:
    await fill(same_kind.old)
    await same_kind.new.set("other:key", "does not matter")
    await same_kind.new.set("chat:account:{bob}", "does")
    assert await same_kind.refused() == (
        "the target is not empty: it has keys chat:*. Give an empty one, or remove them first"
    )
    await same_kind.new.delete("chat:account:{bob}")
    assert (await same_kind.migrate()).keys


async def test_what_was_cut_off_is_made_whole(same_kind: Sides) -> None:
    """ "In doubt the source is the truth": a half key is replaced, one that is gone is removed."""
    await fill(same_kind.old)
    await same_kind.new.set(MARK, "e1")
    await same_kind.new.hset(KEYS.account("many"), "s1", "half")
    await same_kind.new.set(KEYS.account("deleted-since"), "x")
    await same_kind.migrate()
    wanted = await snapshot(same_kind.old)
    assert await snapshot(same_kind.new) == {k: v for k, v in wanted.items() if k not in LEFT}


async def test_what_another_source_has_left_is_refused(same_kind: Sides) -> None:
    await fill(same_kind.old)
    await same_kind.new.set(MARK, "e2")
    assert "keys of another source" in await same_kind.refused()


async def test_a_gateway_that_came_too_early_is_noticed(same_kind: Sides) -> None:
    await fill(same_kind.old)
    await same_kind.new.mset({MARK: "e1", EPOCH: "e2"})
    assert "a gateway has run on the target before all keys were there" in await same_kind.refused()


async def test_a_target_that_has_no_memory_left_is_filled_later(same_kind: Sides) -> None:
    """ "Cut off in the middle": what is there stays marked, and the next run goes on."""
    await fill(same_kind.old)
    await same_kind.new.config_set("maxmemory", "1mb")
    with pytest.raises(MoveRefused) as refused:
        await same_kind.migrate()
    assert str(refused.value) == (
        "Redis has used all the memory that it may use (maxmemory). Nothing is lost: run this again"
    )
    await same_kind.new.config_set("maxmemory", "0")
    await same_kind.migrate()
    wanted = await snapshot(same_kind.old)
    assert await snapshot(same_kind.new) == {k: v for k, v in wanted.items() if k not in LEFT}


async def test_what_is_said_at_the_source_meanwhile_is_noticed(
    same_kind: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that came and went leaves no lease, but somebody has come there."""
    compare = Comparer.page

    async def somebody_comes(self: Comparer, keys: list[bytes]) -> None:
        await compare(self, keys)
        await same_kind.old.xadd(KEYS.global_log, {"e": "came"})

    monkeypatch.setattr(Comparer, "page", somebody_comes)
    await fill(same_kind.old)
    with pytest.raises(MoveRefused, match="a gateway has run on the source meanwhile"):
        await same_kind.migrate()
    assert await same_kind.new.exists(MARK)


async def test_replicas_of_the_target_have_it_too(same_kind: Sides) -> None:
    async with (
        RedisServer("embedded", tcp=True) as target,
        RedisServer("embedded", tcp=True) as replica,
    ):
        await fill(same_kind.old)
        await target.ask("CONFIG", "SET", "repl-diskless-sync-delay", 0)
        await replica.ask("REPLICAOF", "127.0.0.1", target.port)

        async def in_sync() -> bool:
            return "state=online" in str((await target.info("replication")).get("slave0"))

        await wait_until(in_sync, "the replica is in sync")
        assert (await same_kind.migrate(target=target.url)).behind == 0
        async with Redis.from_url(replica.url) as client:
            assert await client.get(EPOCH) == b"e1"


@pytest.mark.parametrize("side", ["source", "target"])
async def test_a_gateway_that_runs_is_named(same_kind: Sides, side: str) -> None:
    await fill(same_kind.old)
    await same_kind.new.set(MARK, "e1")
    client = same_kind.old if side == "source" else same_kind.new
    await client.set(KEYS.lease("g1"), "", px=1_000_000)
    await client.zadd(KEYS.leases, {"g1": LATER_MS, "g2": LATER_MS})
    assert (await same_kind.refused()).startswith(f"gateways run on the {side}: g1, g2. Stop them")


async def test_a_key_that_cannot_be_copied_is_named() -> None:
    async with RedisServer("embedded") as one, RedisServer("redis7") as other:
        sides = Sides(one, other)
        async with sides.old, sides.new:
            await sides.old.xadd("chat:x", {"e": "x"})
            await sides.old.xgroup_create("chat:x", "bots")
            with pytest.raises(MoveRefused) as refused:
                await sides.migrate()
    assert str(refused.value) == ("the key 'chat:x' cannot be copied: it has groups of consumers")


async def test_the_wrong_places(same_kind: Sides) -> None:
    url = same_kind.source.url
    assert await same_kind.refused(target=url) == "source and target are the same Redis: give two"
    nobody = f"redis://user:secret@127.0.0.1:{free_port()}"
    for side in ("source", "target"):
        said = await same_kind.refused(**{side: nobody})
        assert said.startswith(f"{side}: no Redis answers at redis://127.0.0.1:")
        assert "secret" not in said


async def test_a_replica_is_refused(same_kind: Sides) -> None:
    await same_kind.new.replicaof("127.0.0.1", free_port())
    assert (await same_kind.refused()).startswith("the target ")
    assert "is a replica: give its master" in await same_kind.refused()


async def test_the_source_is_only_read(same_kind: Sides) -> None:
    """ "The source is never written to": it need not be allowed to."""
    await fill(same_kind.old)
    allowed = ("+@read", "+info", "+time")
    await same_kind.old.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~*", *allowed)
    path = same_kind.source.url.removeprefix("unix://")
    moved = await same_kind.migrate(source=f"unix://reader:secret@{path}")
    assert moved.keys


def test_names_in_a_cluster() -> None:
    """ "The prefix is {chat} instead of chat in cluster mode": one hash tag for all keys."""
    names = Names(Keys("chat"), Keys("chat", one_slot=True))
    for old, new in (
        (b"chat:online", b"{chat}:online"),
        (b"chat:{chat:online}:log", b"{chat}:{{chat}:online}:log"),
        (b"chat:room:{#chat:{chat:online}:x}:log", b"{chat}:room:{#chat:{chat:online}:x}:log"),
    ):
        assert names.moved(old) == new
        assert names.origin(new) == old
