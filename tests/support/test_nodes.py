"""The cluster for tests: it starts usable, fails over, moves its slot, and can be rolled back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.asking import Refusal
from tests.support.engines import on_every_engine
from tests.support.nodes import Node, RedisCluster, Seen, SlotMove
from tests.support.wait import wait_until

pytestmark = on_every_engine


@pytest.fixture
async def cluster(engine_kind: str) -> AsyncIterator[RedisCluster]:
    """Three masters, a replica each."""
    async with RedisCluster(engine_kind, node_timeout_ms=1000) as cluster:
        yield cluster


SAY = """#!lua
return {redis.call('RPUSH', KEYS[1], ARGV[1]), redis.call('SPUBLISH', KEYS[1], ARGV[1])}
"""


async def say(node: Node, word: str) -> None:
    """As acts do: written and published by a script."""
    await node.ask("EVAL", SAY, 1, "{chat}:said", word)


async def said(node: Node) -> list[str]:
    words: list[str] = await node.ask("LRANGE", "{chat}:said", 0, -1)
    return words


async def test_every_node_is_a_seed_and_takes_part(cluster: RedisCluster) -> None:
    assert cluster.url.startswith("redis+cluster://127.0.0.1:")
    assert [str(node.port) in cluster.url for node in cluster.nodes] == [True] * 6
    for node in cluster.nodes:
        view = Seen.read(await node.ask("CLUSTER", "NODES"))
        assert sorted(sum(len(slots) for slots in seen.slots) for seen in view) == [
            *(0, 0, 0),
            *(5461, 5461, 5462),
        ]
    master = await cluster.master()
    await say(master, "hello")
    (replica,) = await cluster.replicas(master)
    assert replica.port != master.port


async def test_one_node_is_a_cluster_and_stays_one(engine_kind: str) -> None:
    async with RedisCluster(engine_kind, masters=1, replicas=0, fsync="always") as cluster:
        node = await cluster.master()
        await say(node, "hello")
        node.kill9()
        await node.start()
        await cluster.settled()
        assert await said(await cluster.master()) == ["hello"]
        (seen,) = Seen.read(await node.ask("CLUSTER", "NODES"))
        assert seen.slots == (range(16384),)


async def pair(cluster: RedisCluster) -> tuple[Node, Node]:
    """The master of the slot and the one that follows it, when the cluster is well.

    Who is which may have changed again: a machine that stands still costs a master its place.
    """
    found: list[Node] = []

    async def is_followed() -> bool:
        await cluster.settled()
        master = await cluster.master()
        found[:] = [master, *await cluster.replicas(master)]
        return len(found) == 2

    await wait_until(is_followed, "a master with one replica")
    return found[0], found[1]


async def test_a_killed_master_is_replaced_and_comes_back_as_replica(cluster: RedisCluster) -> None:
    old = await cluster.master()
    await say(old, "before")
    await cluster.in_step()
    old.kill9()
    new = await cluster.master_other_than(old)
    await say(new, "after")
    await old.start()
    master, replica = await pair(cluster)
    assert {master, replica} == {old, new}
    assert await said(master) == ["before", "after"]


async def test_a_frozen_master_is_replaced_and_follows_when_it_wakes(cluster: RedisCluster) -> None:
    old = await cluster.master()
    old.pause()
    new = await cluster.master_other_than(old)
    old.resume()
    master, replica = await pair(cluster)
    assert {master, replica} == {old, new}
    with pytest.raises(Refusal, match=rf"^MOVED \d+ 127.0.0.1:{master.port}$"):
        await say(replica, "too late")


@pytest.mark.parametrize("by_force", [False, True])
async def test_a_planned_failover(cluster: RedisCluster, by_force: bool) -> None:
    old = await cluster.master()
    new = await cluster.fail_over(by_force=by_force)
    assert new is not old
    assert await cluster.replicas(new) == [old]


async def test_the_slot_moves_key_by_key(cluster: RedisCluster) -> None:
    move = await SlotMove.of(cluster)
    for number in range(3):
        await move.source.ask("SET", f"{{chat}}:{number}", number)
    await move.begin()
    with pytest.raises(Refusal, match=rf"^ASK \d+ 127.0.0.1:{move.target.port}$"):
        await move.source.ask("GET", "{chat}:new")
    assert await move.keys(1) == 1
    assert await move.source.ask("CLUSTER", "COUNTKEYSINSLOT", move.slot) == 2
    assert await cluster.master() is move.source
    assert await move.keys() == 2
    await move.end()
    assert await cluster.master() is move.target
    assert await move.target.ask("MGET", *(f"{{chat}}:{number}" for number in range(3))) == [
        *("0", "1", "2"),
    ]
    with pytest.raises(Refusal, match=rf"^MOVED \d+ 127.0.0.1:{move.target.port}$"):
        await move.source.ask("GET", "{chat}:0")


async def test_the_slot_moves_at_once(cluster: RedisCluster) -> None:
    source = await cluster.master()
    (target, _) = await cluster.other_masters(source)
    await say(source, "hello")
    await cluster.move_at_once(target)
    assert await cluster.master() is target
    assert await said(target) == ["hello"]


async def test_a_master_that_is_rolled_back_has_lost_what_came_later(cluster: RedisCluster) -> None:
    master = await cluster.master()
    await say(master, "kept")
    await master.save()
    await say(master, "lost")
    await cluster.in_step()
    await master.roll_back()
    await cluster.settled()
    assert await cluster.master() is master
    assert await said(master) == ["kept"]
