"""Issue 9: "killing the Redis master is a pause of seconds, with no message doubled or disordered,
and whatever a failover can lose is either prevented or told".

Each fault on a Redis Cluster and on a group under Sentinel, with two gateways.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.e2e.promises.groups import Group, OnGroup, Talk
from tests.e2e.promises.support import People, deliver, heard, texts
from tests.support.engines import DEFAULT_KIND
from tests.support.nodes import RedisCluster, SlotMove
from tests.support.sentinels import SentinelGroup
from tests.support.servers import Gateway
from tests.support.wait import wait_until

TIMEOUT_MS = 2000
LEASE_S = 2.0
""" "Needs lease <= cluster-node-timeout": a master that wakes up then finds no lease."""


def make(kind: str, engine: str = DEFAULT_KIND) -> Group:
    """Three servers that have our keys, and who sees to it that one is the master."""
    if kind == "cluster":
        return RedisCluster(engine, replicas=2, node_timeout_ms=TIMEOUT_MS)
    return SentinelGroup(engine, down_after_ms=1000, hasty=True)


async def run(stack: AsyncExitStack, kind: str, *flags: str) -> OnGroup:
    group = make(kind)
    if isinstance(group, RedisCluster):
        await stack.enter_async_context(group)
    else:
        await stack.enter_async_context(group)
    flags = ("--flood-rate", "0", "--lease", str(LEASE_S), *flags)
    g1, g2 = Gateway("--redis", group.url, *flags), Gateway("--redis", group.url, *flags)
    await asyncio.gather(*map(stack.enter_async_context, (g1, g2)))
    return OnGroup(group, g1, g2)


@pytest.fixture(params=["cluster", "sentinel"])
async def on(request: pytest.FixtureRequest) -> AsyncIterator[OnGroup]:
    """Two gateways on a group."""
    async with AsyncExitStack() as stack:
        yield await run(stack, request.param)


@pytest.fixture(params=["cluster", "sentinel"])
async def synced(request: pytest.FixtureRequest) -> AsyncIterator[OnGroup]:
    """The same, where one replica has what is acknowledged."""
    async with AsyncExitStack() as stack:
        yield await run(stack, request.param, "--sync-replicas", "1")


@pytest.fixture
async def on_cluster() -> AsyncIterator[OnGroup]:
    """Two gateways on a cluster."""
    async with AsyncExitStack() as stack:
        yield await run(stack, "cluster")


async def test_the_master_is_killed(on: OnGroup, people: People) -> None:
    """ "kill -9 of the master" """
    async with Talk(on, people, lossless=False) as talk:
        old = await on.group.master()
        old.kill9()
        await on.other_master(old)
        await talk.flows()


async def test_nothing_that_a_replica_has_is_lost(synced: OnGroup, people: People) -> None:
    """ "tail lost when the master dies and replicas lag: 895 of 3,630 acknowledged; with WAIT 1: 0"

    Both replicas stand still for a moment before the master dies, so that they lag.
    """
    async with Talk(synced, people, lossless=True) as talk:
        old = await synced.group.master()
        lagging = await synced.replicas(old)
        for replica in lagging:
            replica.pause()
        await talk.refused()
        old.kill9()
        for replica in lagging:
            replica.resume()
        await synced.other_master(old)
        await talk.flows()


async def test_a_master_that_wakes_up_again(on: OnGroup, people: People) -> None:
    """ "SIGSTOP of it past the failover, then SIGCONT": what its senders were refused is not heard.

    "A master that wakes up again publishes to everybody."
    """
    async with Talk(on, people, lossless=False) as talk:
        old = await on.group.master()
        old.pause()
        await on.other_master(old)
        await talk.flows()
        old.resume()
        await on.group.settled()
        await talk.flows()


async def test_a_planned_failover_while_one_gateway_only_listens(
    on: OnGroup, people: People
) -> None:
    """ "PING is no fence after a planned failover. A gateway that only listens stays on the demoted
    node and gets its PONG": 1,301 of 1,500 fences were broken.
    """
    speaker = await people(on.chat.g1, "speaker", "#room")
    listener = await people(on.chat.g2, "listener", "#room")
    told: list[str] = []
    moving = asyncio.create_task(on.group.fail_over())
    number = 0
    while not moving.done() or number < 300:
        number += 1
        text = f"line {number}"
        await deliver(speaker, "#room", text)
        told.append(text)
        await listener.fence(30)
        assert text in texts(heard(listener, "PRIVMSG")), f"PONG came before {text!r}"
    await moving
    lines = texts(heard(listener, "PRIVMSG"))
    assert [line for at, line in enumerate(lines) if line not in lines[:at]] == told


async def test_a_replica_in_place_of_the_master(on: OnGroup, people: People) -> None:
    """ "a replica set read-only in place": the master is demoted behind the back of its clients."""
    async with Talk(on, people, lossless=False) as talk:
        if isinstance(on.group, RedisCluster):
            await on.group.fail_over(by_force=True)
        else:
            demoted = await on.group.master()
            # of nobody: it keeps its data, and what its own replicas have does not come back to it
            await demoted.ask("REPLICAOF", "127.0.0.1", 1)
            await talk.refused()
            await demoted.ask("REPLICAOF", "NO", "ONE")
        await on.group.settled()
        await talk.flows()


async def test_the_master_comes_back_with_an_older_file(on: OnGroup, people: People) -> None:
    """ "the master restarted with an older append-only file (rollback)": before anybody fails it
    over, so that its replicas follow it into the past.
    """
    async with Talk(on, people, lossless=False) as talk:
        master = await on.group.master()
        await master.save()
        await talk.flows()
        await master.roll_back()
        await on.group.settled()
        await talk.flows()


async def test_all_of_redis_is_down_then_up(on: OnGroup, people: People) -> None:
    """ "all Redis down, then up" """
    async with Talk(on, people, lossless=False) as talk:
        for node in on.everything:
            node.kill9()
        await talk.refused()
        await asyncio.gather(*(node.start() for node in on.everything))
        await on.group.settled()
        await talk.flows()


async def test_a_slot_moves_key_by_key(on_cluster: OnGroup, people: People) -> None:
    """ "Moving a slot the old way half-does an act (the first write kept, the second refused)";
    "ASK and TRYAGAIN need a pause".
    """
    group = on_cluster.group
    assert isinstance(group, RedisCluster)
    async with Talk(on_cluster, people, lossless=True) as talk:
        move = await SlotMove.of(group)
        await move.begin()
        await talk.refused()
        await move.keys(3)
        await move.keys()
        await move.end()
        await talk.flows()


async def test_a_slot_moves_at_once(on_cluster: OnGroup, people: People) -> None:
    """ "Valkey 9's atomic migration: one MOVED, no half act" """
    group = on_cluster.group
    assert isinstance(group, RedisCluster)
    async with Talk(on_cluster, people, lossless=True) as talk:
        old = await group.master()
        await group.move_at_once((await group.other_masters(old))[0])
        assert await group.master() is not old
        await talk.flows()


async def test_a_gateway_starts_while_nobody_is_master(on: OnGroup) -> None:
    """ "a cluster that is down: one clear line and exit code 1 at start" """
    for node in on.everything:
        node.kill9()
    late = Gateway("--redis", on.group.url)
    try:
        late.launch()
        assert await late.ended() == 1
        assert late.log.count("\n") == 1, late.log
        await wait_until(lambda: "no Redis answers" in late.log, late.log)
    finally:
        late.remove()
