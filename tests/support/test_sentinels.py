"""The group with Sentinels for tests: it starts usable, and another master is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.support.asking import Refusal, ask
from tests.support.engines import RedisServer, on_every_engine
from tests.support.sentinels import SentinelGroup
from tests.support.wait import wait_until

pytestmark = on_every_engine


@pytest.fixture
async def group(engine_kind: str) -> AsyncIterator[SentinelGroup]:
    """A master with two replicas and three Sentinels that look often."""
    async with SentinelGroup(engine_kind, hasty=True) as group:
        yield group


async def role(server: RedisServer) -> str:
    return (await server.info("replication"))["role"]


async def test_all_know_all(group: SentinelGroup) -> None:
    master = await group.master()
    assert master is group.servers[0]
    assert await group.replicas() == group.servers[1:]
    assert await master.ask("SET", "said", "hello") == "OK"
    ports = [sentinel.port for sentinel in group.sentinels]
    assert group.url == "redis+sentinel://" + ",".join(f"127.0.0.1:{p}" for p in ports) + "/chat"
    for port in ports:
        assert await ask(port, "SENTINEL", "CKQUORUM", "chat") == (
            "OK 3 usable Sentinels. Quorum and failover authorization can be reached"
        )


async def test_a_killed_master_is_replaced_and_comes_back_as_replica(group: SentinelGroup) -> None:
    old = await group.master()
    await old.ask("RPUSH", "said", "before")
    await group.in_step()
    old.kill9()
    new = await group.master_other_than(old)
    await new.ask("RPUSH", "said", "after")
    await old.start()
    await wait_until(lambda: role_is(old, "slave"), "who comes back is told to follow")
    await group.settled()
    assert await old.ask("LRANGE", "said", 0, -1) == ["before", "after"]


async def role_is(server: RedisServer, wanted: str) -> bool:
    with suppress(OSError):  # Sentinel closes its connections
        return await role(server) == wanted
    return False


async def test_a_healthy_master_is_replaced_and_follows(group: SentinelGroup) -> None:
    old = await group.master()
    new = await group.fail_over()
    assert new is not old
    await group.settled()
    assert await role(old) == "slave"


async def test_a_master_that_is_demoted_in_place_refuses_writes(group: SentinelGroup) -> None:
    old = await group.demote()
    with pytest.raises(Refusal, match=r"^READONLY"):
        await old.ask("SET", "said", "hello")
    assert await group.master_other_than(old) in group.servers[1:]


async def test_without_replicas_a_master_takes_no_writes(engine_kind: str) -> None:
    async with SentinelGroup(engine_kind, replicas=1, min_replicas=1) as group:
        master = await group.master()
        (replica,) = await group.replicas()
        assert await master.ask("SET", "said", "hello") == "OK"
        replica.kill9()

        async def refused() -> bool:
            with suppress(Refusal):
                return bool(await master.ask("SET", "said", "hello") != "OK")
            return True

        await wait_until(refused, "the master refuses")
        with pytest.raises(Refusal, match=r"^NOREPLICAS"):
            await master.ask("SET", "said", "hello")


async def test_passwords_of_both_kinds(engine_kind: str) -> None:
    async with SentinelGroup(engine_kind, password="theirs", sentinel_password="its") as group:
        with pytest.raises(Refusal, match=r"^NOAUTH"):
            await ask(group.servers[0].port, "PING")
        with pytest.raises(Refusal, match=r"^NOAUTH"):
            await ask(group.sentinels[0].port, "SENTINEL", "MASTERS")
        old = await group.master()
        old.kill9()
        assert await (await group.master_other_than(old)).ask("SET", "said", "hello") == "OK"
