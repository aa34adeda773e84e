"""Searching 1,000,000 kept messages: time, what Redis does for it, how long neighbours wait.

Rooms are filled as `post.lua` fills them, with words of a language (few are in most messages, most
in few), in Latin letters, Cyrillic and Chinese; one user is in all of them and searches. For each
question it prints until when the answer was there, how many calls Redis carried out, what all of
them took, and the longest (in the run in which that was shortest: the machine does other things,
too), the gateway's CPU, and how long neighbours waited for a PONG meanwhile, through the same
gateway and through another.

    python bench/search.py [--rooms 100] [--messages 10000] [--runs 5]
    python bench/search.py --ways         # what an index, or a scan in Lua, would cost instead
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from redis import Redis

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench.meter import Meter, Work
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

CAPS = ("soju.im/search", "batch", "message-tags", "server-time")
RARE, FOREIGN, NEVER = "needle", "иголка", "neverthere"
EVERY = 62_500
"""Messages in these letters among which one has the rare word."""
PEOPLE = 200
EACH_S = 0.01
"""Between two PINGs of a neighbour."""
MOST_MS = 5.0
"""What a call may take."""
_LATIN = "etaoinshrdlcumwfgypbvk"
_CYRILLIC = "оеаинтсрвлкмдпуяызьбг"
_CHINESE = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年"


class Talk:
    """What is said: as much in each run."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 - as much in each run
        self._words = {letters: self._vocabulary(letters) for letters in (_LATIN, _CYRILLIC)}
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, 20_001)))
        self._said = dict.fromkeys((_LATIN, _CYRILLIC, _CHINESE), 0)

    @property
    def count(self) -> int:
        """How many messages there are."""
        return sum(self._said.values())

    def _vocabulary(self, letters: str) -> list[str]:
        sizes = [self._random.randint(2, 10) for _ in range(20_000)]
        return ["".join(self._random.choices(letters, k=size)) for size in sizes]

    @property
    def commonest(self) -> str:
        """The word that is in most messages."""
        return self._words[_LATIN][0]

    def text(self, room: int) -> str:
        """The next message of a room: of eight rooms five are Latin, two Cyrillic, one Chinese."""
        size = self._random.randint(3, 15)
        letters = (_LATIN, _CYRILLIC, _LATIN, _LATIN, _CYRILLIC, _LATIN, _LATIN, _CHINESE)[room % 8]
        self._said[letters] += 1
        if letters == _CHINESE:
            return "".join(self._random.choices(_CHINESE, k=size * 2))
        words = self._random.choices(self._words[letters], cum_weights=self._weights, k=size)
        if self._said[letters] % EVERY == 0:
            words.append(RARE if letters == _LATIN else FOREIGN)
        return " ".join(words).capitalize()

    def record(self, room: int, number: int) -> str:
        """It as post.lua stores it."""
        one = self._random.randrange(PEOPLE)
        nick, source = f"user{one}", f"User{one}!~user@host{one}.example.org"
        fields = (f"s{one:012}", "", nick, source, f"User{one}", "PRIVMSG", f"#room{room}")
        return "\0".join(("M", *fields, "", self.text(room), str(number)))


def fill(redis: RedisServer, talk: Talk, rooms: int, each: int) -> None:
    """Say so much in each room."""
    client = Redis.from_url(redis.direct_url)
    for start in range(0, each, 500):
        for room in range(rooms):
            pipe = client.pipeline(transaction=False)
            for number in range(start, min(start + 500, each)):
                key = redis.key(f"chat:room:{{#room{room}}}:log")
                pipe.xadd(key, {"e": talk.record(room, number)})
            pipe.execute()


async def used(redis: RedisServer) -> int:
    """Bytes of what Redis keeps."""
    info = await redis.info("memory")
    without = ("mem_clients_normal", "mem_aof_buffer")
    return int(info["used_memory"]) - sum(int(info.get(name, 0)) for name in without)


@dataclass(slots=True)
class Run:
    """One search."""

    ms: float
    found: int
    work: Work
    cpu_ms: float
    complete: bool


def cpu_ms(pid: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 10


async def search(client: IrcClient, question: str, meter: Meter, pid: int) -> Run:
    """Ask, and take the whole answer."""
    await meter.start()
    cpu, began = cpu_ms(pid), time.perf_counter()
    await client.send(f"SEARCH {question}")
    await client.expect(r"BATCH \+", timeout=60, unless="FAIL")
    lines = await client.lines_until("BATCH -|NOTE", timeout=60)
    ended = time.perf_counter()
    complete = not await client.fence()
    work = await meter.stop(ended)
    return Run((ended - began) * 1000, len(lines) - 1, work, cpu_ms(pid) - cpu, complete)


async def ping(client: IrcClient, took_ms: list[float]) -> None:
    """Until it is cancelled."""
    while True:
        began = time.perf_counter()
        await client.fence()
        took_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(EACH_S)


def is_page(words: list[str]) -> bool:
    """Whether it is a page of a log: what acts ask for in a search has no COUNT."""
    return words[0].upper() in ("XRANGE", "XREVRANGE") and words[-2].upper() == "COUNT"


def p99(values: list[float]) -> float:
    """The value below which 99 of 100 are."""
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0


def row(question: str, runs: list[Run], here: list[float], there: list[float]) -> str:
    """Of one question."""
    works = [run.work for run in runs]
    found = f"{runs[0].found}" if all(run.complete for run in runs) else "incomplete"
    ms = [run.ms for run in runs]
    cells = (
        f"`{question}`", found, f"**{median(ms):.0f}**", f"{max(ms):.0f}",
        f"{works[0].calls.total()}", f"{median(work.took_ms for work in works):.0f}",
        f"{min(work.longest_ms for work in works):.2f}",
        f"{median(run.cpu_ms for run in runs):.0f}",
        f"{median(here):.1f}", f"{p99(here):.1f}", f"{median(there):.1f}", f"{p99(there):.1f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


HEAD = (
    "question", "found", "ms", "max", "calls", "Redis ms", "longest ms", "gateway CPU ms",
    "PONG here p50", "p99", "elsewhere p50", "p99",
)  # fmt: skip


def questions(talk: Talk) -> Iterator[str]:
    """What is asked for."""
    yield f"text={NEVER}"
    yield f"text={RARE}"
    yield f"text={FOREIGN}"
    yield "text=你地出"
    yield f"text={talk.commonest}"
    yield f"text={NEVER}\\s{RARE}\\sand\\sall\\sthe\\sothers\\sin\\sa\\slong\\ssentence"
    yield f"text={talk.commonest};limit=1000"
    yield "from=user7;limit=100"
    yield "from=nobody"
    yield f"in=#room0;text={NEVER}"
    yield f"in=#room1;text={FOREIGN}"
    yield f"in=#room0;text={talk.commonest}"
    yield f"after=2020-01-01T00:00:00.000Z;text={RARE};limit=1"


async def measure(rooms: int, each: int, runs: int, engine: str) -> bool:
    """All questions; whether no call took too long."""
    talk, slowest = Talk(), 0.0
    async with RedisServer(engine) as redis:
        flags = ("--redis", redis.url, "--flood-rate", "0", "--max-rooms-per-user", str(rooms))
        async with Gateway(*flags) as first, Gateway(*flags) as second:
            clients = [
                await IrcClient.connect(one.host, one.port) for one in (first, first, second)
            ]
            finder, *neighbours = clients
            await finder.register("finder", CAPS)
            for number, one in enumerate(neighbours):
                await one.register(f"near{number}", ())
            await finder.send(*(f"JOIN #room{room}" for room in range(rooms)))
            await finder.fence()
            before = await used(redis)
            fill(redis, talk, rooms, each)
            size = (await used(redis) - before) / talk.count
            print(f"{talk.count:,} messages, {size:.0f} bytes each\n")
            print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
            meter, pid = Meter(redis, is_page), first.pid
            for question in questions(talk):
                waits: list[list[float]] = [[], []]
                tasks = [
                    asyncio.create_task(ping(*pair)) for pair in zip(neighbours, waits, strict=True)
                ]
                found = [await search(finder, question, meter, pid) for _ in range(runs)]
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                print(row(question, found, *waits), flush=True)
                slowest = max(slowest, min(run.work.longest_ms for run in found))
            grown = await used(redis)
            print(f"\nRedis holds {(grown - before) / talk.count:.0f} bytes for each afterwards")
    return slowest <= MOST_MS


# -- other ways ----------------------------------------------------------------------------------

_STORE = """
for i = 2, #ARGV do
  local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[i])
  if ARGV[1] ~= '' then
    local text, seen = string.match(ARGV[i], '([^%z]*)%z%d+$'), {}
    for word in string.gmatch(string.lower(text), '[^ %p]+') do
      if not seen[word] then
        seen[word] = true
        local key = KEYS[1] .. ':' .. word
        if ARGV[1] == 'set' then redis.call('ZADD', key, string.match(id, '^%d+'), id)
        else redis.call('RPUSH', key, id) end
      end
    end
  end
end
"""
_LOOK = """
local found, lower, find = {}, string.lower, string.find
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 500)) do
  if find(lower(entry[2][2]), ARGV[1], 1, true) then found[#found + 1] = entry[1] end
end
return found
"""


async def compare(engine: str) -> None:
    """What an index, or a scan in Lua, would cost instead."""
    each, rooms = 10_000, 10
    print("| way | Redis us for each message | bytes for each message |\n|---|---|---|")
    for way in ("", "set", "list"):
        talk = Talk()
        async with RedisServer(engine) as redis:
            client: Any = Redis.from_url(redis.direct_url)
            store, before = client.register_script(_STORE), await used(redis)
            for room in range(rooms):
                for start in range(0, each, 50):
                    some = [talk.record(room, start + number) for number in range(50)]
                    store(keys=[f"room{room}:log"], args=[way, *some])
            stats = client.info("commandstats")["cmdstat_evalsha"]
            us, size = stats["usec"] / talk.count, (await used(redis) - before) / talk.count
            what = {"": "stored", "set": "and a set for each word", "list": "and a list"}[way]
            print(f"| {what} | {us:.1f} | {size:.0f} |", flush=True)
            if not way:
                look_at(client)


def look_at(client: Any) -> None:
    """Two ways to look at messages that are stored."""
    script = client.register_script(_LOOK)
    ways: dict[str, Callable[[], object]] = {
        "looked at in Lua": lambda: script(keys=["room0:log"], args=[NEVER]),
        "given away as it is": lambda: client.xrevrange("room0:log", count=500),
    }
    for name, do in ways.items():
        do()
        client.config_resetstat()
        for _ in range(200):
            do()
        stats = client.info("commandstats")
        us = stats.get("cmdstat_evalsha", stats["cmdstat_xrevrange"])["usec"] / 200 / 500
        print(f"| {name} | {us:.2f} | |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--messages", type=int, default=10_000, help="in each room")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default="embedded", help="see docs/development.md")
    parser.add_argument("--ways", action="store_true", help="what other ways would cost")
    given = parser.parse_args()
    if given.ways:
        asyncio.run(compare(given.engine))
        sys.exit()
    fine = asyncio.run(measure(given.rooms, given.messages, given.runs, given.engine))
    sys.exit(0 if fine else 1)
