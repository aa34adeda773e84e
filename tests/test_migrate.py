"""The command ``chatd migrate``, and gateways on the Redis that it has filled."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.e2e.asking import ask
from tests.e2e.history import CAPS, page, say
from tests.support.irc import IrcClient
from tests.support.nodes import RedisCluster
from tests.support.sentinels import SentinelGroup
from tests.support.servers import CHATD, Gateway, RedisServer, chatd_environ, free_port
from tests.support.wait import wait_until

pytestmark = pytest.mark.slow
MARK = "chat:{chat:online}:moving"

LEAVES = ("--grace", "0")
"""Who is there at the end of one server does not wait for its client at the next."""


async def run(*words: str, environ: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``chatd migrate``."""
    process = await asyncio.create_subprocess_exec(
        *CHATD, "migrate", *words,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=chatd_environ() | (environ or {}),
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def moved(source: str, target: str) -> str:
    """Migrate, which must work; what it says."""
    code, out, err = await run("--from", source, "--to", target)
    assert code == 0, err
    return out


async def login(gateway: Gateway, name: str, password: str) -> IrcClient:
    """Somebody who logs in to an account."""
    client = await IrcClient.connect(gateway.host, gateway.port)
    await client.register(name, CAPS, (name, password))
    return client


async def speak(gateway: Gateway) -> list[str]:
    """Fill a server: an account, a room that belongs to it, what was said. Returns the ids."""
    async with await IrcClient.connect(gateway.host, gateway.port) as alice:
        await alice.register("alice", CAPS)
        await alice.send("REGISTER * * :sesame")
        await alice.expect("REGISTER SUCCESS", unless=" FAIL ")
        await alice.send("JOIN #Ours", "TOPIC #ours :what we do", "ROOM REGISTER #ours")
        await alice.expect("NOTE ROOM REGISTERED")
        said = [line.tags["msgid"] for line in await say(alice, "#ours", "one", "two", "three")]
        await alice.send("QUIT")
        await alice.expect_closed()
    return said


async def look(gateway: Gateway) -> list[str]:
    """Find all that on another server; returns the ids of what was said."""
    async with await login(gateway, "alice", "sesame") as alice:
        await alice.send("JOIN #ours")
        await alice.expect(r"MODE #Ours \+q alice")
        await alice.expect(r" 332 alice #Ours :what we do$")
        lines = await page(alice, "LATEST #ours * 10")
        messages = [line for line in lines if "PRIVMSG" in line]
        assert [line.rpartition(":")[2] for line in messages[:3]] == ["one", "two", "three"]
        (fourth,) = await say(alice, "#ours", "four")
        ids = [line.partition("msgid=")[2].split(" ")[0].split(";")[0] for line in messages]
        assert fourth.tags["msgid"] > max(ids), "what comes next has a later id"
        return ids


@pytest.mark.parametrize(
    ("first", "second"), [("embedded", "redis7"), ("redis7", "embedded")], ids=str
)
async def test_a_server_goes_on_at_another_redis(first: str, second: str) -> None:
    """ "Accounts, history, registered rooms, ids unchanged", to an older format and to a newer."""
    async with RedisServer(first) as source, RedisServer(second) as target:
        async with Gateway("--redis", source.url, *LEAVES) as gateway:
            said = await speak(gateway)
            code, _, err = await run("--from", source.url, "--to", target.url)
            assert (code, err.splitlines()[-1]) == (
                1,
                f"chatd: gateways run on the source: {gateway.id}. Stop them first; the lease of"
                " one that was killed is over in some seconds",
            )
        told = await moved(source.url, target.url)
        assert told.startswith("Copied and compared: ")
        assert f"start all gateways with --redis {target.url}" in told
        async with Gateway("--redis", target.url, *LEAVES) as gateway:
            assert await look(gateway) == said
        assert (await moved(source.url, target.url)).startswith("Nothing to do: ")


async def test_into_a_cluster_and_back() -> None:
    """All keys come into one slot, under another prefix, and out of it again."""
    async with (
        RedisServer("embedded") as source,
        RedisCluster() as cluster,
        RedisServer("redis7") as last,
    ):
        async with Gateway("--redis", source.url, *LEAVES) as gateway:
            said = await speak(gateway)
        await moved(source.url, cluster.url)
        async with Gateway("--redis", cluster.url, *LEAVES) as gateway:
            assert await look(gateway) == said
        master = await cluster.master()
        async with Redis.from_url(master.url) as client:
            assert {key[:7] for key in await client.keys()} == {b"{chat}:"}
        await moved(cluster.url, last.url)
        async with Gateway("--redis", last.url, *LEAVES) as gateway:
            assert (await look(gateway))[:3] == said


async def test_to_a_group_under_sentinel() -> None:
    async with RedisServer("redis7") as source, SentinelGroup("redis7") as group:
        async with Gateway("--redis", source.url, *LEAVES) as gateway:
            said = await speak(gateway)
        assert f"start all gateways with --redis {group.url}," in await moved(source.url, group.url)
        async with Gateway("--redis", group.url) as gateway:
            assert await look(gateway) == said


async def test_from_the_engine_of_a_data_directory(tmp_path: Path) -> None:
    async with Gateway("--data-dir", str(tmp_path)) as gateway:
        said = await speak(gateway)
    async with RedisServer("embedded") as target:
        await moved(str(tmp_path), target.url)
        async with Gateway("--redis", target.url, *LEAVES) as gateway:
            assert await look(gateway) == said
    code, _, err = await run("--from", str(tmp_path / "no"), "--to", "redis://localhost")
    assert (code, err.count("\n")) == (1, 1)
    assert "is no data directory of chatd, and no URL" in err


async def test_killed_in_the_middle_and_run_again() -> None:
    async with RedisServer("embedded") as source, RedisServer("embedded") as target:
        async with Gateway("--redis", source.url, *LEAVES) as gateway:
            said = await speak(gateway)
        old, new = Redis.from_url(source.url), Redis.from_url(target.url)
        async with old, new:
            pipe = old.pipeline(transaction=False)
            for number in range(20_000):
                pipe.set(f"chat:{{chat:online}}:sent:u:to:{number}", "1-1", ex=86_400)
            await pipe.execute()
            words = [*CHATD, "migrate", "--from", source.url, "--to", target.url]
            process = await asyncio.create_subprocess_exec(*words, env=chatd_environ())
            await wait_until(_more_than(new, 1_000), "some keys are there")
            source.pause()
            process.kill()
            await process.wait()
            source.resume()
            assert await new.exists(MARK)
            assert await new.dbsize() < await old.dbsize()
            early = Gateway("--redis", target.url, *LEAVES)
            early.launch()
            assert await early.ended() == 1
            assert early.log.endswith("was cut off: run the chatd migrate again\n"), early.log
            early.remove()
            await moved(source.url, target.url)
            assert not await new.exists(MARK)
            assert await new.dbsize() == await old.dbsize() - 1  # receivers: see lease.lua
        async with Gateway("--redis", target.url, *LEAVES) as gateway:
            assert await look(gateway) == said


def _more_than(client: Redis, count: int) -> Callable[[], object]:
    async def there() -> bool:
        return int(await client.dbsize()) > count

    return there


async def test_a_gateway_that_died_is_cleaned_up_at_the_target() -> None:
    """What it has left goes along, and the first gateway there tells its QUITs."""
    async with RedisServer("embedded") as source, RedisServer("embedded") as target:
        async with Gateway("--redis", source.url, "--lease", "1") as gateway:
            async with await IrcClient.connect(gateway.host, gateway.port) as carl:
                await carl.register("carl")
                gateway.kill9()
            async with Redis.from_url(source.url) as old:
                lease = f"chat:{{chat:online}}:lease:{gateway.id}"

                async def over() -> bool:
                    return not await old.exists(lease)

                await wait_until(over, "its lease is over")
                code = 1
                while code:  # the other key says it by the second
                    code, _, err = await run("--from", source.url, "--to", target.url)
                    assert not code or "gateways run on the source" in err
        async with (
            Gateway("--redis", target.url, "--lease", "1") as gateway,
            await IrcClient.connect(gateway.host, gateway.port) as dora,
            Redis.from_url(target.url) as new,
        ):
            await dora.register("dora")

            async def alone() -> bool:
                return await new.smembers("chat:online") == {b"dora"}

            await wait_until(alone, "carl is gone")
            assert await ask(dora, "WHOIS carl") == [
                "401 dora carl :No such nick/channel",
                "318 dora carl :End of /WHOIS list",
            ]


async def test_passwords_are_not_shown() -> None:
    """ "Passwords in URLs: never print them", whatever the command says."""
    async with (
        RedisServer("embedded", tcp=True) as source,
        RedisServer("embedded", tcp=True) as target,
    ):
        for server in (source, target):
            async with Redis.from_url(server.url) as client:
                await client.config_set("requirepass", "secret")
        urls = [server.url.replace("//", "//:secret@") for server in (source, target)]
        given = dict(zip(("CHATD_MIGRATE_FROM", "CHATD_MIGRATE_TO"), urls, strict=True))
        code, out, err = await run(environ=given)
        assert (code, "secret" in out + err) == (0, False)
        assert f"--redis {target.url}" in out
        given["CHATD_MIGRATE_TO"] = f"redis://:secret@127.0.0.1:{free_port()}"
        code, out, err = await run(environ=given)
        assert (code, "secret" in out + err) == (1, False)
        assert err.splitlines()[-1].startswith("chatd: target: no Redis answers at redis://127.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "chatd: --from: that is no Redis URL: give redis://HOST:PORT, unix:"),
        (("--from", "redis://localhost"), "chatd: --to: that is no Redis URL: give redis://"),
        (("--from", "redis://x", "--to", "/tmp"), "chatd: --to: that is no Redis URL"),
    ],
)
async def test_a_wrong_place_is_one_line(words: tuple[str, ...], said: str) -> None:
    code, out, err = await run(*words)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(said)
