"""How long nobody is served when Redis' master goes, and what of the acknowledged is lost then.

Two gateways, somebody on each who says one line after the other, each until it is acknowledged.
Then the master is killed (SIGKILL), frozen (SIGSTOP) or replaced as planned. The pause is the
longest time between two acknowledgements of one of them. At the end the log of the room is read:
what was acknowledged and is not there is lost, and what is there twice is doubled. It prints a
table, medians of several runs.

    python bench/failover.py [--runs 3] [--python PATH] [--sync-replicas N] [ROW ...]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.e2e.promises.support import CAPS, say
from tests.support.irc import IrcClient
from tests.support.nodes import RedisCluster, SlotMove
from tests.support.sentinels import SentinelGroup
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

Group = RedisCluster | SentinelGroup
ROOM = "#talk"
BEFORE_S = 2.0
AFTER_S = 10.0
"""All failovers are over by then, also those that begin late."""
MORE = 100
"""Lines that each says behind that."""
PATIENCE_S = 60.0
KEEP = ("--history", "1000000")
"""So that nothing is trimmed of what is looked for in the end."""


class Talker:
    """Says numbered lines, and notes when each was acknowledged."""

    def __init__(self, client: IrcClient) -> None:
        self.client = client
        self.acknowledged: list[tuple[float, str]] = []
        self.refused = 0

    async def talk(self) -> None:
        """Until it is cancelled."""
        number = 0
        while True:
            number += 1
            text = f"{self.client.nick}-{number}"
            answer = await say(self.client, ROOM, text, f"chatd/id={text}")
            while answer.command != "PRIVMSG":
                self.refused += 1
                await self.client.fence(PATIENCE_S)
                answer = await say(self.client, ROOM, text, f"chatd/id={text}")
            self.acknowledged.append((time.monotonic(), text))

    def pause_s(self) -> float:
        """The longest time between two acknowledgements."""
        times = [at for at, _ in self.acknowledged]
        return max(later - earlier for earlier, later in pairwise(times))


async def kill(group: Group) -> None:
    """The master is gone at once."""
    (await group.master()).kill9()


async def freeze(group: Group) -> None:
    """The master stands still for good."""
    (await group.master()).pause()


async def plan(group: Group) -> None:
    """As an administrator does before he takes a machine down."""
    await group.fail_over()


async def plan_gently(group: Group) -> None:
    """The same, where the master takes no writes meanwhile."""
    await (await group.master()).ask("CLIENT", "PAUSE", 10_000, "WRITE")
    await group.fail_over()


async def move_at_once(group: Group) -> None:
    """The slot goes to another master, as Valkey 9 does it."""
    assert isinstance(group, RedisCluster)
    await group.move_at_once((await group.other_masters(await group.master()))[0])


async def move_by_keys(group: Group) -> None:
    """The same the old way."""
    assert isinstance(group, RedisCluster)
    move = await SlotMove.of(group)
    await move.begin()
    await move.keys()
    await move.end()


def cluster(timeout_ms: int) -> Callable[[], Group]:
    """Three masters, two replicas each."""
    return lambda: RedisCluster(replicas=2, node_timeout_ms=timeout_ms)


def sentinel(down_after_ms: int) -> Callable[[], Group]:
    """A master, two replicas, three Sentinels."""
    return lambda: SentinelGroup(down_after_ms=down_after_ms, min_replicas=1)


ROWS: dict[str, tuple[Callable[[], Group], str, Callable[[Group], Awaitable[None]]]] = {
    "cluster, node timeout 5 s, kill -9": (cluster(5000), "5", kill),
    "cluster, node timeout 5 s, frozen": (cluster(5000), "5", freeze),
    "cluster, node timeout 2 s, lease 2 s, kill -9": (cluster(2000), "2", kill),
    "cluster, CLUSTER FAILOVER": (cluster(5000), "5", plan),
    "cluster, CLUSTER MIGRATESLOTS": (cluster(5000), "5", move_at_once),
    "cluster, slot moved key by key": (cluster(5000), "5", move_by_keys),
    "Sentinel, down after 2 s, kill -9": (sentinel(2000), "5", kill),
    "Sentinel, down after 2 s, frozen": (sentinel(2000), "5", freeze),
    "Sentinel, SENTINEL FAILOVER": (sentinel(2000), "5", plan),
    "Sentinel, CLIENT PAUSE 10000 WRITE, SENTINEL FAILOVER": (sentinel(2000), "5", plan_gently),
}
"""What is measured: the group, the gateways' lease in seconds, what happens."""


async def measure(name: str, flags: list[str]) -> dict[str, float]:
    """One run of a row."""
    make, lease, fault = ROWS[name]
    async with AsyncExitStack() as stack:
        group: Group = await enter(stack, make())
        gateways = [
            await stack.enter_async_context(
                Gateway("--redis", group.url, "--lease", lease, "--flood-rate", "0", *KEEP, *flags)
            )
            for _ in range(2)
        ]
        talkers = []
        for number, gateway in enumerate(gateways):
            client = await stack.enter_async_context(
                await IrcClient.connect(gateway.host, gateway.port)
            )
            await client.register(f"talker{number}", CAPS)
            await client.send(f"JOIN {ROOM}")
            await client.expect(" 366 ")
            talkers.append(Talker(client))
        tasks = [asyncio.create_task(talker.talk()) for talker in talkers]
        await asyncio.sleep(BEFORE_S)
        await fault(group)
        counts = [len(talker.acknowledged) for talker in talkers]
        await asyncio.sleep(AFTER_S)
        await wait_until(
            lambda: all(
                len(talker.acknowledged) > count + MORE
                for talker, count in zip(talkers, counts, strict=True)
            ),
            "both go on",
            PATIENCE_S,
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return {
            "pause": max(talker.pause_s() for talker in talkers),
            "refused": sum(talker.refused for talker in talkers),
            "said": sum(len(talker.acknowledged) for talker in talkers),
            **await compare(await group.master(), isinstance(group, RedisCluster), talkers),
        }


async def enter(stack: AsyncExitStack, group: Group) -> Group:
    """Start it, until the stack is closed."""
    if isinstance(group, RedisCluster):
        return await stack.enter_async_context(group)
    return await stack.enter_async_context(group)


async def compare(master: RedisServer, sharded: bool, talkers: list[Talker]) -> dict[str, float]:
    """What was acknowledged and is not in the log, and what is there twice."""
    key = f"{'{chat}' if sharded else 'chat'}:room:{{{ROOM}}}:log"
    entries: list[Any] = await master.ask("XRANGE", key, "-", "+")
    texts = [record[1].split("\0") for _, record in entries]
    there = Counter(fields[9] for fields in texts if fields[0] == "M")
    known = [text for talker in talkers for _, text in talker.acknowledged]
    return {
        "lost": sum(text not in there for text in known),
        "doubled": sum(count > 1 for count in there.values()),
    }


async def main() -> None:
    """Measure all rows, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sync-replicas", default="0")
    parser.add_argument("rows", nargs="*", help="parts of their names")
    given = parser.parse_args()
    table = ["| what | pause, s: median (all) | acknowledged | refused | lost | doubled |"]
    table += ["|---|---|---|---|---|---|"]
    for name in ROWS:
        if given.rows and not any(part in name for part in given.rows):
            continue
        runs = [
            await measure(name, ["--sync-replicas", given.sync_replicas]) for _ in range(given.runs)
        ]
        pauses = sorted(run["pause"] for run in runs)
        shown = ", ".join(f"{pause:.1f}" for pause in pauses)
        rest = " | ".join(
            " ".join(f"{run[word]:.0f}" for run in runs)
            for word in ("said", "refused", "lost", "doubled")
        )
        table += [f"| {name} | **{statistics.median(pauses):.1f}** ({shown}) | {rest} |"]
    print("\n".join(table))  # behind the logs of the gateways


if __name__ == "__main__":
    asyncio.run(main())
