"""What it takes to erase an account that said 10,000 of 1,000,000 messages that Redis keeps.

One Redis and two gateways; rooms are full of messages of some hundred accounts. The account asks
by ACCOUNT ERASE, and STATUS is asked until it is done. Redis' own time of each call is in its slow
log, the memory in INFO; meanwhile somebody on the other gateway sends a PING after the other.
``one room``: all that the account said is in one of the rooms. ``sweep``: nothing is erased, all
logs are looked at for what is over age.

    python bench/erase.py [--rooms 100] [--each 10000] [--text 100] [ROW ...]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from redis.asyncio import Redis

from chatd.store.errors import Refused
from chatd.store.pending import settled
from chatd.store.relay import Relay
from chatd.store.store import Store
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

CAPS = ("standard-replies", "message-tags")
ROWS = ("spread", "one room", "anonymise", "sweep", "pages")
SAID = 10_000
TRIES = 10
FUNCTIONS = ("_chore", "_chore_logs", "_chore_page", "_chore_trim", "_chore_end")


def record(who: str, room: str, text: str, number: int) -> str:
    """A message as ``post.lua`` keeps it."""
    source = f"{who}!~{who}@192.0.2.1"
    return "\0".join(
        ("M", f"gw.{number}", "", who, source, who, "PRIVMSG", room, "", text, str(number))
    )


async def fill(redis: Any, prefix: str, rooms: int, each: int, size: int, row: str) -> None:
    """The rooms' logs, all of the last week."""
    begin = (await redis.time())[0] * 1000 - 6 * 86_400_000
    share = max(1, rooms * each // SAID)
    for number in range(rooms):
        pipe = redis.pipeline(transaction=False)
        for at in range(each):
            hers = number == 0 if row == "one room" else at % share == 0
            who = "anna" if hers else f"user{(number + at) % 300}"
            text = f"{who} {at} ".ljust(size, "x")
            entry = {"e": record(who, f"#r{number}", text, at)}
            pipe.xadd(f"{prefix}:room:{{#r{number}}}:log", entry, id=f"{begin + at * 50}-0")
            if at % 2000 == 1999:
                await pipe.execute()
        await pipe.execute()


async def pinged(client: IrcClient, until: asyncio.Event) -> list[float]:
    """How long each PING took, in ms, until something is over."""
    took = []
    while not until.is_set():
        asked = time.perf_counter()
        await client.fence()
        took.append((time.perf_counter() - asked) * 1000)
        await asyncio.sleep(0.01)
    return took


async def measure(row: str, args: argparse.Namespace) -> dict[str, Any]:
    """One row of the table."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        flags = ["--redis", redis.url, "--flood-rate", "0"]
        if row == "sweep":
            flags += ["--history-days", "3"]
        raw: Any = await stack.enter_async_context(
            Redis.from_url(redis.direct_url, decode_responses=True)
        )
        if row == "sweep":  # not while the logs are made
            await raw.set(f"{redis.keys.presence}:swept", "1")
        empty = (await raw.info("memory"))["used_memory"]
        gateways = [Gateway(*flags) for _ in range(2)]
        await asyncio.gather(*map(stack.enter_async_context, gateways))
        anna = await IrcClient.connect(gateways[0].host, gateways[0].port)
        await anna.register("anna", CAPS)
        await anna.send("REGISTER * * sesame")
        await anna.expect("REGISTER SUCCESS")
        await raw.hset(f"{redis.prefix}:account:{{anna}}", "created", 1)
        await fill(raw, redis.prefix, args.rooms, args.each, args.text, row)
        full = (await raw.info("memory"))["used_memory"]
        pid = (await raw.info("server"))["process_id"]
        with suppress(PermissionError):  # what else the machine does is not counted
            os.setpriority(os.PRIO_PROCESS, pid, -20)
        await raw.config_set("slowlog-log-slower-than", 100)
        await raw.config_set("slowlog-max-len", 100_000)
        await raw.slowlog_reset()
        await raw.config_resetstat()
        other = await IrcClient.connect(gateways[1].host, gateways[1].port)
        await other.register("other", CAPS)
        over = asyncio.Event()
        pings = asyncio.ensure_future(pinged(other, over))
        begin, most = time.perf_counter(), full
        await start(row, anna, raw, redis)
        while not await done(row, raw, redis):
            most = max(most, (await raw.info("memory"))["used_memory"])
            await asyncio.sleep(0.02)
        took = time.perf_counter() - begin
        over.set()
        waits = await pings
        slow = [one["duration"] for one in await raw.slowlog_get(100_000) if is_chore(one)]
        calls = (await raw.info("commandstats"))["cmdstat_fcall"]
        left = (await raw.info("memory"))["used_memory"]
        return {
            "row": row,
            "seconds": took,
            "redis_s": calls["usec"] / 1e6,
            "longest_ms": max(slow, default=100) / 1000,
            "usual_ms": statistics.median(slow or [100]) / 1000,
            "over_5": sum(one > 5000 for one in slow),
            "calls": len(slow),
            "bytes": (full - empty) / (args.rooms * args.each),
            "before": full / 2**20,
            "most": most / 2**20,
            "after": left / 2**20,
            "ping": statistics.median(waits),
            "ping_99": sorted(waits)[int(len(waits) * 0.99)],
        }


def is_chore(entry: dict[str, Any]) -> bool:
    """Whether a call of the slow log is one of those that are measured."""
    command = entry["command"]
    words = (command if isinstance(command, str) else command.decode()).split()
    return len(words) > 1 and words[1].endswith(FUNCTIONS)


async def start(row: str, anna: IrcClient, raw: Any, redis: RedisServer) -> None:
    """Have it begin."""
    if row == "sweep":
        await raw.delete(f"{redis.keys.presence}:swept")
    elif row == "anonymise":
        await anna.send("ACCOUNT DELETE sesame ANONYMISE")
        await anna.expect("NOTE ACCOUNT DELETED")
    else:
        await anna.send("ACCOUNT ERASE *")
        await anna.expect("NOTE ACCOUNT ERASING")


async def done(row: str, raw: Any, redis: RedisServer) -> bool:
    """Whether it is over."""
    if row == "sweep":
        swept = await raw.exists(f"{redis.keys.presence}:swept")
        return bool(swept) and not await raw.exists(f"{redis.keys.presence}:chore")
    return not await raw.exists(f"{redis.keys.presence}:erasures")


async def pages() -> None:
    """The longest page of each size of text: each page at its best of ten, the longest of these.

    What else the machine does makes a call longer, but not each time.
    """
    print("\n| bytes of a message | page of entries looked at | copied |\n|---|---|---|")
    for size in (20, 100, 400, 4000, 16_000):
        async with AsyncExitStack() as stack:
            redis = await stack.enter_async_context(RedisServer())
            raw: Any = await stack.enter_async_context(
                Redis.from_url(redis.direct_url, decode_responses=True)
            )
            await fill(raw, redis.prefix, 1, 3_000, size, "spread")
            await raw.config_set("slowlog-log-slower-than", 0)
            relay = Relay(redis.url, "bench")
            await relay.start()
            store = Store(relay, "bench", 10_000)
            await settled(store.lease(3600, take=True, epoch="bench", active=[]))
            log = f"{redis.prefix}:room:{{#r0}}:log"
            looked = [await page_times(store, raw, log, "nobody") for _ in range(TRIES)]
            copied = [await page_times(store, raw, log, "") for _ in range(TRIES)]
            await relay.close()
            best = [max(map(min, zip(*found, strict=False))) / 1000 for found in (looked, copied)]
            print(f"| {size} | {best[0]:.2f} ms | {best[1]:.2f} ms |", flush=True)


async def page_times(store: Store, raw: Any, log: str, account: str) -> list[int]:
    """How long each page of a log kept Redis, in microseconds: looked at, '' = copied."""
    job = "sweep"
    if account:
        with suppress(Refused):
            await settled(store.register("", account, account, "x"))
        await raw.hset(store.keys.account(account), "created", 1)
        job = await settled(store.erase("", account, "erase", "", 0))
    took, over = [], False
    while not over:
        over = await settled(store.chore_page("bench", job, log, "-" if account else "0-1"))
        took.append(next(one["duration"] for one in await raw.slowlog_get(9) if is_chore(one)))
    start = "0"
    while account and start != "-1":
        start, _ = await settled(store.chore_end("bench", job, int(start)))
    return took


async def main(args: argparse.Namespace) -> None:
    """Print the table."""
    print(
        "| what | until done | Redis at work | calls: median, longest, above 5 ms"
        " | memory before, at most, after"
        " | bytes an entry | PING of others, median, 99 % |\n|---|---|---|---|---|---|---|"
    )
    for row in args.row or ROWS:
        if row == "pages":
            await pages()
            continue
        found = await measure(row, args)
        print(
            "| {row} | {seconds:.1f} s | {redis_s:.1f} s"
            " | {calls}: {usual_ms:.2f}, {longest_ms:.1f} ms, {over_5}"
            " | {before:.0f}, {most:.0f}, {after:.0f} MB | {bytes:.0f}"
            " | {ping:.1f}, {ping_99:.1f} ms |".format(**found),
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--each", type=int, default=10_000)
    parser.add_argument("--text", type=int, default=100, help="bytes of a message")
    parser.add_argument("row", nargs="*", choices=[[], *ROWS])
    asyncio.run(main(parser.parse_args()))
