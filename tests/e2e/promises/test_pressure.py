"""Issue 4, back-pressure: "per-gateway bound on what waits for Redis (then the client is paused,
not dropped), no unbounded queue anywhere; a slow client never delays others; Redis' limit for
subscribers' output is set or its effect healed".
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import pytest

from chatd.store.intake import EACH, MOST_BYTES
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, ask, heard, said, say, texts
from tests.support.dam import Dam
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

FLOODERS = 30
LINES = 2 * EACH
PADDING = "@+chatd/padding=" + "x" * 3900
"""Makes a line of 4 KB: that many from that many clients are more than the gateway takes."""


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    """A chat whose leases outlive a gateway that stands still for long."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        flags = ("--redis", redis.url, "--flood-rate", "0", "--lease", "120", "--history", "20000")
        g1 = await stack.enter_async_context(Gateway(*flags))
        g2 = await stack.enter_async_context(Gateway(*flags))
        yield Chat(redis, g1, g2)


Dammed = tuple[Gateway, Dam]


@pytest.fixture
async def dammed() -> AsyncIterator[Dammed]:
    """A gateway, and the dam before its Redis."""
    async with (
        RedisServer() as redis,
        Dam(redis) as dam,
        Gateway("--redis", dam.url, "--flood-rate", "0", "--lease", "300") as gateway,
    ):
        yield gateway, dam


def stop_reading(client: IrcClient) -> asyncio.Transport:
    """Let what is sent to a client pile up."""
    transport = cast("asyncio.Transport", client._writer.transport)
    transport.pause_reading()
    return transport


def resident_bytes(pid: int) -> int:
    """What a process has in memory now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


async def sends(client: IrcClient, lines: list[str]) -> None:
    """Send without reading; a client whose socket is not read waits here."""
    for start in range(0, len(lines), 64):
        await client.send(*lines[start : start + 64])


@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how much memory there is")
async def test_a_redis_that_stands_still_under_a_flood(dammed: Dammed, people: People) -> None:
    """Memory is bounded, nobody is dropped, all is answered afterwards: each once, in order."""
    gateway, dam = dammed
    # without their padding, so that it is not his reading that is tested
    bob = await people(gateway, "bob", "#room", caps=("batch",))
    crowd = [
        await people(gateway, f"flood{number}", "#room", caps=("message-tags",))
        for number in range(FLOODERS)
    ]
    texts_of = [[f"{client.nick} {number}" for number in range(LINES)] for client in crowd]
    assert FLOODERS * EACH * len(PADDING) > 0.8 * MOST_BYTES
    before = resident_bytes(gateway.pid)
    dam.shut()
    flood = [
        asyncio.create_task(sends(client, [f"{PADDING} PRIVMSG bob :{text}" for text in mine]))
        for client, mine in zip(crowd, texts_of, strict=True)
    ]
    most, looks = 0, 0

    def settled() -> bool:
        nonlocal most, looks
        now = resident_bytes(gateway.pid)
        looks = looks + 1 if now <= most else 0
        most = max(now, most)
        return now - before > MOST_BYTES // 2 and looks > 50

    await wait_until(settled, "the gateway takes no more", 60)
    dam.open()
    got = [await bob.expect("PRIVMSG bob ", 60) for _ in range(FLOODERS * LINES)]
    await asyncio.gather(*flood)
    for client, mine in zip(crowd, texts_of, strict=True):
        assert [line.text for line in got if line.nick == client.nick] == mine
        await client.fence()
        assert heard(client, "FAIL") == heard(client, "400") == []
    most = max(most, resident_bytes(gateway.pid))
    sys.stdout.write(f"{(most - before) / 2**20:.0f} MiB more at most\n")
    assert most - before < 3 * MOST_BYTES


async def test_a_slow_reader_delays_nobody(chat: Chat, people: People) -> None:
    """ "a slow client never delays others": they chat while it is closed for what it leaves."""
    alice = await people(chat.g1, "alice", "#room")
    bob = await people(chat.g2, "bob", "#room")
    slow = await people(chat.g1, "slow", "#room", caps=())
    socket = stop_reading(slow)
    count = 0
    while not heard(alice, "QUIT"):
        answer = await say(alice, "#room", f"number {count} {'x' * 380}")
        assert answer.command == "PRIVMSG"
        await alice.send(*["PRIVMSG #room :" + "y" * 400] * 400)
        await alice.fence()
        await bob.expect(f"PRIVMSG #room :number {count} ")
        count += 1
    (gone,) = heard(alice, "QUIT")
    assert (gone.nick, gone.text) == ("slow", "SendQ exceeded")
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == texts(heard(alice, "PRIVMSG"))
    socket.abort()


async def test_redis_cuts_a_gateway_that_does_not_keep_up(chat: Chat, people: People) -> None:
    """A limit for subscribers' output that is far too low: the link is closed under load, and what
    was missed is read from the streams: "in order, once"."""
    await ask(chat.redis, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 1")
    alice = await people(chat.g1, "alice", "#room", caps=())
    bob = await people(chat.g2, "bob", "#room")
    chat.g2.pause()
    count = 14_400 if chat.redis.port else 4800  # the kernel holds megabytes of TCP
    for start in range(0, count, 16):  # what Valkey sends from 16 KB on does not count as output
        numbers = range(start, start + 16)
        await alice.send(*(f"PRIVMSG #room :{number} {'x' * 380}" for number in numbers))
        await alice.fence()

    async def cut() -> bool:
        rows = str(await ask(chat.redis, "CLIENT", "LIST"))
        return f"name=chatd-{chat.g2.id} " not in rows

    await wait_until(cut, "Redis has closed the link")
    chat.g2.resume()
    await bob.expect(f"PRIVMSG #room :{count - 1} ", 60)
    await bob.fence()
    stored = [text for _, text in await said(chat.redis, "#room")]
    assert texts(heard(bob, "PRIVMSG", "#room")) == stored
    assert [text.split()[0] for text in stored] == [str(number) for number in range(count)]
    assert heard(bob, "NOTICE") == []


@pytest.mark.parametrize(
    ("setting", "advised"),
    [
        ("pubsub 33554432 8388608 60", True),
        ("pubsub 256mb 128mb 60", False),
        ("pubsub 0 0 0", False),
    ],
    ids=["redis' own default", "as documented", "none"],
)
async def test_a_gateway_says_what_redis_should_have_set(setting: str, advised: bool) -> None:
    """docs/operations.md: "a gateway that finds less than 32 MB says so when it starts"."""
    async with RedisServer() as redis:
        await ask(redis, "CONFIG", "SET", "client-output-buffer-limit", setting)
        async with Gateway("--redis", redis.url) as gateway:
            assert ("set client-output-buffer-limit pubsub" in gateway.log) is advised


async def test_a_redis_that_hides_its_settings_is_as_good(people: People) -> None:
    """CONFIG is forbidden by the ACL that docs/operations.md names, and by many services."""
    async with RedisServer() as redis:
        await ask(redis, "ACL", "SETUSER", "default", "-config")
        async with Gateway("--redis", redis.url) as gateway:
            await people(gateway, "alice", "#room")
            assert "client-output-buffer-limit" not in gateway.log
