"""What Redis keeps, in bytes: of accounts, sessions with and without a connection, and messages.

Each step does something many times; the difference is what all keys weigh then (MEMORY USAGE of
each, names and tables included) and weighed before, divided by how many times it was done. What
Redis itself says that it uses (INFO memory) is shown beside it: it has the buffers of its clients
and what its allocator keeps.

    python bench/memory.py [--accounts 200] [--messages 10000] [--engine redis7]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import hiredis

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.e2e.asking import PASSWORD
from tests.support.asking import connect
from tests.support.engines import DEFAULT_KIND
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

AT_ONCE = 20
"""Clients that log in at one time: as many passwords wait to be checked."""
TEXT = "x" * 64
ROOMS = 5
"""In each of which every account is, to weigh that it is in a room."""
WAIT_MOST, WAIT_OF_ONE = 500, 100
"""Messages that wait for one account at most, and of one who has written: docs/extensions.md."""
MENTIONS = 1000
"""What an inbox keeps of rooms."""
_NAMED = re.compile(r"^chat:(\w+):\{[^}]*\}:?(.*)$")
_OF_ALL = re.compile(r"^chat:\{chat:online\}:([^:]+).*$")


@dataclass(slots=True)
class Row:
    """A step: ``keys``: what all keys weigh more, each; ``used``: what INFO says; ``parts``."""

    what: str
    keys: float
    used: float
    parts: str


@dataclass(slots=True)
class Scales:
    """Weighs all keys."""

    redis: RedisServer
    rows: list[Row] = field(default_factory=list)

    async def weigh(self) -> Counter[str]:
        """Bytes by kind of key."""
        weights: Counter[str] = Counter()
        reader, writer = await connect(self.redis.where)
        parser = hiredis.Reader(encoding="utf-8", errors="surrogateescape")
        keys = await self.redis.ask("KEYS", "*")
        for at in range(0, len(keys), 500):
            some = keys[at : at + 500]
            for key in some:
                writer.write(f"MEMORY USAGE {key} SAMPLES 0\r\n".encode())
            for key in some:
                while (size := parser.gets()) is False:
                    parser.feed(await reader.read(2**16))
                weights[kind_of(key)] += size or 0
        writer.close()
        return weights

    async def used(self) -> int:
        """Bytes, but for the buffers of who is connected and of the file."""
        info = await self.redis.info("memory")
        without = ("mem_clients_normal", "mem_aof_buffer")
        return int(info["used_memory"]) - sum(int(info.get(name, 0)) for name in without)

    async def step(self, what: str, count: int, do: Callable[[], Awaitable[object]]) -> None:
        """Do something so many times, and note what that weighs."""
        before, used = await self.weigh(), await self.used()
        await do()
        more = await self.weigh()
        more.subtract(before)
        parts = [f"{kind} {size / count:.0f}" for kind, size in more.most_common(6) if size > count]
        row = Row(what, more.total() / count, (await self.used() - used) / count, ", ".join(parts))
        self.rows.append(row)


def kind_of(key: str) -> str:
    """What a key is of: ``room log``, ``sessions``."""
    if (found := _OF_ALL.match(key)) is not None:
        return found[1]
    found = _NAMED.match(key)
    return f"{found[1]} {found[2]}".strip() if found else key


class Crowd:
    """Clients with an account each, through one gateway."""

    def __init__(self, gateway: Gateway, stack: AsyncExitStack) -> None:
        self.gateway = gateway
        self.stack = stack
        self.online: dict[str, IrcClient] = {}

    async def open(self) -> IrcClient:
        """A connection."""
        found = await IrcClient.connect(self.gateway.host, self.gateway.port)
        return await self.stack.enter_async_context(found)

    async def each(self, names: list[str], do: Callable[[str], Awaitable[object]]) -> None:
        """Do it for all, some at a time."""
        for at in range(0, len(names), AT_ONCE):
            await asyncio.gather(*(do(name) for name in names[at : at + AT_ONCE]))

    async def make(self, name: str) -> None:
        """An account, without a user of that name."""
        client = await self.open()
        await client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :{name}")
        await client.send(f"REGISTER * * :{PASSWORD}")
        await client.expect("REGISTER SUCCESS", unless="FAIL")
        await client.close()

    async def log_in(self, name: str, device: str = "") -> IrcClient:
        """One more session of an account."""
        client = await self.open()
        await client.register(name, (), (f"{name}{device}", PASSWORD))
        self.online[name] = client
        return client

    async def all_log_in(self, names: list[str], device: str = "") -> None:
        """A session of each."""
        await self.each(names, lambda name: self.log_in(name, device))

    async def all_say(self, names: list[str], *lines: str) -> None:
        """The same lines of each, carried out when this returns."""
        for name in names:
            await self.online[name].send(*lines)
        for name in names:
            await self.online[name].fence()

    async def all_quit(self, names: list[str]) -> None:
        """None has a connection any more, and all have said so."""
        for name in names:
            await self.online[name].send("QUIT")
        for name in names:
            await self.online.pop(name).expect_closed()

    async def all_break(self, names: list[str], redis: RedisServer) -> None:
        """All sockets end, without a word; their sessions wait."""
        for name in names:
            await self.online.pop(name).close()
        detached = redis.key("chat:{chat:online}:detached")

        async def all_wait() -> bool:
            return int(await redis.ask("ZCARD", detached)) >= len(names)

        await wait_until(all_wait, "all sessions wait")

    async def say(self, sender: str, target: str, count: int, text: str = TEXT) -> None:
        """So many messages; all are stored when this returns."""
        client = self.online[sender]
        for at in range(0, count, 1000):
            some = min(1000, count - at)
            await client.send(*[f"PRIVMSG {target} :{text}"] * some)
            await client.fence()


async def weigh_people(scales: Scales, crowd: Crowd, count: int) -> None:
    """Accounts, who is there, and who waits for its client."""
    names = [f"user{number:05}" for number in range(count)]
    await scales.step("account", count, lambda: crowd.each(names, crowd.make))
    await scales.step("its one session, idle", count, lambda: crowd.all_log_in(names))
    rooms = ",".join(f"#room{number}" for number in range(ROOMS))
    await scales.step(
        "each room in which it is", count * ROOMS, lambda: crowd.all_say(names, f"JOIN {rooms}")
    )
    await scales.step(
        "more when the session waits for its client", count,
        lambda: crowd.all_break(names, scales.redis),
    )  # fmt: skip
    await scales.step(
        "one more session of it, of another device", count,
        lambda: crowd.all_log_in(names, "@phone"),
    )  # fmt: skip
    await scales.step(
        "the same, ended: how far the device has heard", count, lambda: crowd.all_quit(names)
    )
    always = [f"there{number:05}" for number in range(count)]

    async def stay() -> None:
        await crowd.each(always, crowd.make)
        await crowd.all_log_in(always)
        await crowd.all_say(always, "ACCOUNT SET ALWAYS-ON ON")
        await crowd.all_quit(always)

    await scales.step("always-on account, idle, in no room", count, stay)


async def weigh_messages(scales: Scales, crowd: Crowd, count: int) -> None:
    """What is said, each message of 64 bytes."""
    writers = [f"writer{number}" for number in range(WAIT_MOST // WAIT_OF_ONE)]
    away = [f"away{number:05}" for number in range(-(-count // WAIT_MOST))]
    await crowd.each([*writers, *away], crowd.make)
    await crowd.all_log_in(writers)
    one, other, *_ = writers
    await crowd.all_say([one], "JOIN #talk")
    await scales.step("message in a room", count, lambda: crowd.say(one, "#talk", count))
    await scales.step("private message", count, lambda: crowd.say(one, other, count))

    async def keep() -> None:
        for target in away:
            for writer in writers:
                await crowd.say(writer, target, WAIT_OF_ONE)

    await scales.step("private message that waits", len(away) * WAIT_MOST, keep)
    await scales.step(
        "message in a room with the name of an account that is there", MENTIONS,
        lambda: mention(crowd, one, other),
    )  # fmt: skip
    await scales.step(
        "place up to which it is read", ROOMS,
        lambda: crowd.all_say([one], *(f"MARKREAD {name} {NOW}" for name in away[:ROOMS])),
    )  # fmt: skip


NOW = "timestamp=2026-01-01T00:00:00.000Z"


async def mention(crowd: Crowd, one: str, other: str) -> None:
    """Say a name as often as an inbox takes it; all is in it when this returns."""
    await crowd.all_say([other], "JOIN #talk")
    await crowd.say(one, "#talk", MENTIONS, f"{other} {TEXT}"[:64])
    await crowd.online[other].send("INBOX 1")
    await crowd.online[other].expect("INBOX (MORE|END)")


def table(scales: Scales) -> Iterator[str]:
    """All rows."""
    yield "| what | keys, bytes | by INFO | of it |"
    yield "|---|---|---|---|"
    for row in scales.rows:
        yield f"| {row.what} | **{row.keys:.0f}** | {row.used:.0f} | {row.parts} |"


async def main() -> None:
    """Weigh all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--engine", default=DEFAULT_KIND, help="see docs/development.md")
    given = parser.parse_args()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer(given.engine))
        flags = ("--redis", redis.url, "--flood-rate", "0", "--grace", "3600")
        kept = ("--history", str(10 * given.messages), "--lease", "60")
        gateway = await stack.enter_async_context(Gateway(*flags, *kept))
        scales, crowd = Scales(redis), Crowd(gateway, stack)
        await weigh_people(scales, crowd, given.accounts)
        await weigh_messages(scales, crowd, given.messages)
    print("\n".join(table(scales)))  # behind the log of the gateway


if __name__ == "__main__":
    asyncio.run(main())
