"""The command ``chatd doctor`` on real servers; tests/store/test_doctor.py has its thoughts."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.support.engines import on_every_plain_engine
from tests.support.nodes import RedisCluster
from tests.support.sentinels import SentinelGroup
from tests.support.servers import (
    CHATD,
    Gateway,
    RedisServer,
    chatd_environ,
    free_port,
)
from tests.support.wait import wait_until

pytestmark = pytest.mark.slow

WHAT_IT_SAYS_OF_THE_TESTS = (
    "advice: client-output-buffer-limit pubsub cuts off a gateway that is 8 MB behind. CONFIG SET"
    ' client-output-buffer-limit "pubsub 256mb 128mb 60"'
)


async def doctor(*words: str, environ: dict[str, str] | None = None) -> tuple[int, list[str]]:
    """Exit code and lines of ``chatd doctor``; those of stderr when it could not begin."""
    process = await asyncio.create_subprocess_exec(
        *CHATD, "doctor", *words,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=chatd_environ() | (environ or {}),
    )  # fmt: skip
    out, err = await process.communicate()
    assert not (out and err)
    return process.returncode or 0, (out or err).decode().splitlines()


def connected(redis: RedisServer) -> Any:
    """A client of a server, for an ``async with``."""
    return Redis.from_url(redis.direct_url)


async def changes(*words: str) -> list[str]:
    """What it says has to be changed."""
    code, lines = await doctor(*words)
    found = [line.removeprefix("change: ") for line in lines if line.startswith("change: ")]
    assert code == (1 if found else 0), lines
    return found


@on_every_plain_engine
async def test_a_redis_that_is_well(redis_server: RedisServer) -> None:
    async with connected(redis_server) as client:
        before = await client.dbsize()
        code, lines = await doctor("--redis", redis_server.url)
        assert await client.dbsize() == before, "nothing is changed"
        assert lines[1:] == [
            "ok: the user default may do all that chatd does",
            "ok: append-only file, synced always: a crash loses nothing that was acknowledged",
            "ok: maxmemory-policy is noeviction",
            lines[4],  # how long a round trip takes
            "ok: the clocks agree, with this machine's too",
            WHAT_IT_SAYS_OF_THE_TESTS,
            "CONFIG SET holds until a restart: CONFIG REWRITE, or redis.conf, keeps it",
            "All promises hold: 1 advice, 6 ok",
        ]
        assert code == 0
        await client.config_set("client-output-buffer-limit", "pubsub 256mb 128mb 60")
        code, lines = await doctor("--redis", redis_server.url)
        assert (code, lines[-1]) == (0, "All promises hold: 7 ok")


@on_every_plain_engine
async def test_what_it_says_cures_what_it_found(redis_server: RedisServer) -> None:
    """ "Says what to change, in lines a human acts on"."""
    async with connected(redis_server) as client:
        for name, value in (
            ("maxmemory", "1gb"), ("maxmemory-policy", "allkeys-lru"), ("appendonly", "no"),
            ("timeout", "1"), ("client-output-buffer-limit", "pubsub 1000 1000 60"),
        ):  # fmt: skip
            await client.config_set(name, value)
        found = await changes("--redis", redis_server.url)
        assert len(found) == 4
        for line in found:
            command = line.partition("CONFIG SET ")[2]
            name, value = command.split(" ", 1)
            await client.config_set(name, value.strip('"'))
        assert await changes("--redis", redis_server.url) == []


def documented() -> list[str]:
    """The words of the ACL in docs/operations.md, with a password."""
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.strip().startswith("ACL SETUSER chatd"))
    return [*line.split(), ">secret"]


@on_every_plain_engine
async def test_the_acl_of_the_documentation(redis_server: RedisServer) -> None:
    """docs/operations.md has it; a gateway serves with it, and the doctor agrees."""
    url = redis_server.url.replace("unix://", "unix://chatd:secret@")
    async with connected(redis_server) as client:
        await client.execute_command(*documented())
        code, lines = await doctor("--redis", url)
        assert code == 0, lines
        assert lines[-1].startswith("As far as can be told all promises hold: ")
        async with Gateway("--redis", url):
            pass
        await client.execute_command("ACL", "SETUSER", "chatd", "+acl|dryrun")
        code, lines = await doctor("--redis", url)
        assert "ok: the user chatd may do all that chatd does" in lines
        found = await changes("--redis", url, "--sync-replicas", "1")
        assert not any("may not do" in line for line in found)


async def test_the_acl_of_the_documentation_in_a_cluster() -> None:
    """ "In a Cluster it is ~{chat}:* &{chat}:*, and ... besides"."""
    words = [word.replace("chat:*", "{chat}:*") for word in documented()]
    words += ["+cluster|slots", "+cluster|nodes", "+cluster|info", "+cluster|keyslot"]
    async with RedisCluster(node_timeout_ms=5000) as cluster:
        url = cluster.url.replace("//", "//chatd:secret@")
        for node in cluster.nodes:
            await node.ask(*words, "+acl|dryrun")
        assert await changes("--redis", url) == []
        async with Gateway("--redis", url):
            pass
        master = await cluster.master()
        await master.ask("ACL", "SETUSER", "chatd", "resetchannels", "&chat:*")
        (found,) = await changes("--redis", url)
        assert found.startswith(f"127.0.0.1:{master.port}: the user chatd may not do all")
        assert "'{chat}:doctor' channel" in found


@on_every_plain_engine
async def test_rights_that_are_missing(redis_server: RedisServer) -> None:
    """With ACL DRYRUN each command is looked at; without it what does no harm is tried."""
    url = redis_server.url.replace("unix://", "unix://app:secret@")
    async with connected(redis_server) as client:
        rule = ("ACL", "SETUSER", "app")
        await client.execute_command(*rule, "on", ">secret", "~other:*", "&*", "+@all")
        (found,) = await changes("--redis", url)
        assert "chat:doctor" in found
        await client.execute_command(*rule, "~chat:*", "resetchannels", "-sinter", "-acl")
        (found,) = await changes("--redis", url)
        assert "channel" in found
        await client.execute_command(*rule, "&chat:*", "+acl|dryrun")
        (found,) = await changes("--redis", url)
        assert "'sinter'" in found
        assert await client.keys() == []


async def test_replicas() -> None:
    async with RedisServer("embedded", tcp=True) as one, RedisServer("embedded", tcp=True) as other:
        master: Any = Redis.from_url(one.url)
        replica: Any = Redis.from_url(other.url)
        async with master, replica:
            await master.config_set("repl-diskless-sync-delay", 0)
            await replica.replicaof("127.0.0.1", one.port)

            async def in_sync() -> bool:
                return "online" in str((await master.info("replication")).get("slave0"))

            await wait_until(in_sync, "the replica is in sync")
            code, lines = await doctor("--redis", one.url)
            assert (code, "ok: replicas in sync: 1" in lines) == (0, True)
            (found,) = await changes("--redis", other.url)
            assert found.startswith("it is a replica and takes no writes: give its master")
            other.pause()
            code, lines = await doctor("--redis", one.url)
            other.resume()
            assert f"advice: 127.0.0.1:{other.port}: it cannot be asked: " in "\n".join(lines)


async def test_the_engine_of_a_data_directory(tmp_path: Path) -> None:
    """ "Flags as `chatd serve`": what it starts by itself is as it should be."""
    code, lines = await doctor("--data-dir", str(tmp_path))
    assert (code, lines[-1]) == (0, "All promises hold: 7 ok")


async def test_what_cannot_be_asked_is_one_line() -> None:
    url = f"redis://user:secret@127.0.0.1:{free_port()}"
    code, lines = await doctor(environ={"CHATD_REDIS": url})
    address = url.replace("user:secret@", "")
    assert (code, lines) == (1, [f"chatd: no Redis answers at {address}: is it running?"])
    code, lines = await doctor("--redis", "http://localhost")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("chatd: --redis: that is no Redis URL")


async def test_a_cluster() -> None:
    async with RedisCluster(node_timeout_ms=5000) as cluster:
        code, lines = await doctor("--redis", cluster.url)
        assert "ok: the cluster serves, 16384 of 16384 slots have a master" in lines
        assert code == 0
        (advice,) = (line for line in lines if line.startswith("advice: "))
        assert advice.startswith("advice: all nodes: cluster-require-full-coverage is yes")
        (found,) = await changes("--redis", cluster.url, "--lease", "12")
        assert found.startswith("all nodes: cluster-node-timeout is 5000 ms, and --lease is 12 s")
        (found,) = await changes("--redis", cluster.url, "--sync-replicas", "2")
        assert found.startswith("fewer replicas are in sync (1) than --sync-replicas needs (2)")
        old = await cluster.master()
        old.kill9()
        (found,) = await changes("--redis", cluster.url)
        assert found.startswith(f"127.0.0.1:{old.port}: it cannot be asked: no Redis answers at")
        await cluster.master_other_than(old)
        found, *_ = await changes("--redis", cluster.url)
        assert found.startswith("the master has no replica in sync: nobody takes over when it dies")
        code, lines = await doctor("--redis", f"redis://127.0.0.1:{cluster.nodes[1].port}")
        assert (code, len(lines)) == (1, 1)
        assert "is a node of a Cluster: give redis+cluster://" in lines[0]


async def test_a_group_under_sentinel() -> None:
    async with SentinelGroup(min_replicas=1, password="one", sentinel_password="two") as group:
        query = "?sentinel_password=two"
        url = f"redis+sentinel://:one@{group.seeds}/chat{query}"
        master = await group.master()
        code, lines = await doctor("--redis", url)
        assert (code, lines[-1]) == (0, "All promises hold: 9 ok")
        said = f"ok: 3 of 3 Sentinels agree that 127.0.0.1:{master.port} is the master"
        assert said in lines
        first, second, third = group.sentinels
        first.kill9()
        second.kill9()
        alone = f"redis+sentinel://:one@127.0.0.1:{third.port}/chat{query}"
        no_quorum = f"127.0.0.1:{third.port}: no failover is possible: NOQUORUM"

        async def noticed() -> bool:
            return any(no_quorum in line for line in await changes("--redis", alone))

        await wait_until(noticed, "the third Sentinel misses the others")
        code, lines = await doctor("--redis", f"redis://:two@127.0.0.1:{third.port}")
        assert (code, len(lines)) == (1, 1)
        assert "is a Sentinel: give redis+sentinel://HOST:PORT/SERVICE" in lines[0]
