"""Issue 9: "A wrong seed, a service that nobody knows, a cluster that is down, a replica given as
master, a mix of versions: one clear line and exit code 1 at start".
"""

from __future__ import annotations

import asyncio

import pytest

from chatd.redis_url import Endpoint
from chatd.store.admin import Admin
from chatd.store.errors import StoreError
from chatd.store.relay import Relay
from tests.support.engines import ENGINE_KINDS, RedisServer, variant
from tests.support.nodes import RedisCluster
from tests.support.sentinels import SentinelGroup
from tests.support.servers import free_port
from tests.support.wait import wait_until


async def refusal(url: str) -> str:
    """Why a gateway does not start there."""
    relay = Relay(url, "test")
    try:
        with pytest.raises(StoreError) as refused:
            await relay.start()
        return str(refused.value)
    finally:
        await relay.close()


async def test_a_replica_is_no_master(engine_kind: str) -> None:
    kind = variant(engine_kind, clustered=False)
    async with RedisServer(kind, tcp=True) as master, RedisServer(kind, tcp=True) as replica:
        await replica.ask("REPLICAOF", "127.0.0.1", master.port)
        said = await refusal(replica.direct_url)
        assert "is a replica: give its master, or redis+sentinel://" in said


@pytest.mark.parametrize("engine", ENGINE_KINDS)
async def test_a_node_of_a_cluster_is_not_alone(engine: str) -> None:
    async with RedisServer(variant(engine, clustered=True)) as node:
        assert "is a node of a Cluster: give redis+cluster://" in await refusal(node.direct_url)


@pytest.mark.parametrize("engine", ENGINE_KINDS)
async def test_who_is_alone_is_no_cluster(engine: str) -> None:
    async with RedisServer(variant(engine, clustered=False), tcp=True) as server:
        said = await refusal(f"redis+cluster://127.0.0.1:{server.port}")
        assert "is no Cluster: give redis://HOST:PORT" in said
        said = await refusal(f"redis+sentinel://127.0.0.1:{server.port}/chat")
        assert "is no Sentinel" in said


async def test_sentinels() -> None:
    """A name that none of them knows, a Sentinel where a Redis should be, nobody at all."""
    async with SentinelGroup(replicas=1) as group:
        said = await refusal(f"redis+sentinel://{group.seeds}/nobody")
        assert f"no Sentinel at redis+sentinel://{group.seeds}/nobody knows a master" in said
        said = await refusal(f"redis://127.0.0.1:{group.sentinels[0].port}")
        assert "is a Sentinel: give redis+sentinel://" in said
    assert "is it running?" in await refusal(group.url)


async def test_sentinels_have_passwords_of_their_own() -> None:
    """ "Sentinel's own user and password"; none is ever shown."""
    async with SentinelGroup(replicas=1, password="eins", sentinel_password="zwei") as group:
        relay = Relay(f"redis+sentinel://:eins@{group.seeds}/chat?sentinel_password=zwei", "test")
        await relay.start()
        await relay.close()
        for login, query in ((":eins@", ""), (":eins@", "?sentinel_password=x"), (
            ":x@", "?sentinel_password=zwei")):  # fmt: skip
            said = await refusal(f"redis+sentinel://{login}{group.seeds}/chat{query}")
            assert "refuses the login: check user and password" in said
            assert "eins" not in said
            assert "zwei" not in said


async def test_one_seed_of_several_is_enough() -> None:
    """ "any node as a seed": the others are gone, or never were."""
    async with RedisCluster(masters=3, replicas=0) as cluster:
        nowhere = f"127.0.0.1:{free_port()}"
        for node in cluster.nodes:
            relay = Relay(f"redis+cluster://{nowhere},127.0.0.1:{node.port}", "test")
            await relay.start()
            await relay.close()


async def test_a_cluster_that_is_down() -> None:
    """Of three masters only one is there: it must not serve."""
    async with RedisCluster(masters=3, replicas=0, node_timeout_ms=500) as cluster:
        master = await cluster.master()
        for node in cluster.nodes:
            if node is not master:
                node.kill9()
        await wait_until(lambda: says_that_it_is_down(cluster.url), "the cluster is down")


async def says_that_it_is_down(url: str) -> bool:
    relay = Relay(url, "test")
    try:
        await relay.start()
    except StoreError as error:
        return "is down" in str(error)
    finally:
        await relay.close()
    return False


async def test_a_replica_that_is_too_old() -> None:
    """ "a mix of versions": it may be the master tomorrow. A stand-in that answers as 6.2 does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            for _ in range(data.count(b"HELLO")):
                writer.write(b"%1\r\n$7\r\nversion\r\n$5\r\n6.2.7\r\n")
            writer.write(b"+OK\r\n" * (data.count(b"*") - data.count(b"HELLO")))
        writer.close()

    old = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = old.sockets[0].getsockname()[1]
    async with old, RedisServer("embedded", tcp=True) as master:
        sentinel = await asyncio.start_server(_sentinel(master.port, port), "127.0.0.1", 0)
        async with sentinel:
            seed = sentinel.sockets[0].getsockname()[1]
            said = await refusal(f"redis+sentinel://127.0.0.1:{seed}/chat")
    assert said == f"Redis at redis://127.0.0.1:{port}/0 is version 6.2.7: 7.0 or newer is needed"


def _sentinel(master: int, replica: int):  # type: ignore[no-untyped-def]
    """A stand-in for a Sentinel that knows a master and a replica."""

    def row(port: int) -> bytes:
        words = (b"ip", b"127.0.0.1", b"port", str(port).encode(), b"config-epoch", b"0")
        return b"*6\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            for line in data.split(b"*")[1:]:
                if b"HELLO" in line:
                    writer.write(b"%1\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n")
                elif b"REPLICAS" in line:
                    writer.write(b"*1\r\n" + row(replica))
                elif b"MASTER" in line:
                    writer.write(row(master))
                else:
                    writer.write(b"+OK\r\n")
        writer.close()

    return serve


@pytest.mark.parametrize("answer", ["+OK", ":7", "*0"])
@pytest.mark.parametrize("scheme", ["redis://{}", "redis+cluster://{}", "redis+sentinel://{}/chat"])
async def test_what_is_no_redis_at_all(scheme: str, answer: str) -> None:
    """It takes all commands and gives each the same answer. It is left: no socket stays open."""
    connected: set[object] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.add(writer)
        while data := await reader.read(65536):
            writer.write(f"{answer}\r\n".encode() * data.count(b"*"))
        writer.close()
        connected.remove(writer)

    odd = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with odd:
        at = f"127.0.0.1:{odd.sockets[0].getsockname()[1]}"
        assert "no Redis" in await refusal(scheme.format(at))
        with pytest.raises(StoreError, match="no Redis"):
            await Admin.open(Endpoint(f"redis://{at}"))
        await wait_until(lambda: not connected, "all connections are closed")
