"""How long calls keep Redis, on a machine that does something else meanwhile.

Redis counts the time that passes. What others do on the machine disturbs that in two ways, and each
has its cure here. They take the processor away in the middle of a call: so Redis goes first
while it is measured, where the system allows that. They make each step slower, by the caches
and cores that are shared: so a piece of work that is always the same is measured beside, and the
times are divided by how much slower than usual it is. A machine that is quiet changes nothing.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from tests.support.engines import KINDS, RedisProcess

MOST_US = 5_000
"""How long one call may keep Redis, in microseconds: the promise."""
TRIES = 10
"""How often the same is measured at most, until it stays below the bound."""
SETTINGS = {
    "slowlog-log-slower-than": 1000,  # to log and forget all disturbs what is measured
    "slowlog-max-len": 1000,
    "auto-aof-rewrite-percentage": 0,  # it forks, and then every page that is written is copied
}
WORK = """
local text, made = string.rep('x', 200), {}
for at = 1, 1000 do
    redis.call('ECHO', text)
    made[at] = 'u' .. at .. '\\0' .. text
end
return #table.concat(made)
"""
"""What the acts do, too: calls, texts and tables."""
USUAL_US = {"": 1_500, "redis-server": 1_950}
"""What `WORK` takes a program on the machine of bench/README.md when that is quiet."""


class Call(NamedTuple):
    """A call that took a millisecond or longer. ``client`` is the name of its connection."""

    us: int
    words: list[str]
    client: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a gateway's calls took: those that were slow, and the sum of all."""

    slow: list[Call]
    total_us: int

    def longest_us(self, act: str = "") -> int:
        """The longest call, of acts with that in their name; 0 = none took a millisecond."""
        return max((call.us for call in self.slow if act in call.words[1]), default=0)


class Stopwatch:
    """Measures the function calls of one Redis: `start`, and then `reset` and `read`."""

    def __init__(self, redis: RedisProcess) -> None:
        self._redis = redis
        self._before = 1.0

    async def start(self) -> None:
        """Change the settings of Redis to those for measuring."""
        for setting, value in SETTINGS.items():
            await self._redis.ask("CONFIG", "SET", setting, value)
        pid = int((await self._redis.info("server"))["process_id"])
        with suppress(OSError, AttributeError):  # only root may, and not everywhere
            policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(pid, policy, os.sched_param(1))

    async def reset(self) -> None:
        """Count from here on."""
        self._before = await self._slowness()
        await self._redis.ask("SLOWLOG", "RESET")
        await self._redis.ask("CONFIG", "RESETSTAT")

    async def read(self) -> Reading:
        """What was called since."""
        log = await self._redis.ask("SLOWLOG", "GET", -1)
        total = await self._spent_us("fcall")
        slower = min(self._before, await self._slowness())
        slow = [
            Call(int(took / slower), words, client)
            for _, _, took, words, _, client in log
            if words[0] == "FCALL"
        ]
        return Reading(slow, int(total / slower))

    async def _slowness(self) -> float:
        """How many times slower than usual the machine is; never less than one."""
        took = []
        for _ in range(3):
            await self._redis.ask("CONFIG", "RESETSTAT")
            await self._redis.ask("EVAL", WORK, 0)
            took.append(await self._spent_us("eval"))
        return max(1.0, min(took) / USUAL_US[KINDS[self._redis.kind].program])

    async def _spent_us(self, command: str) -> int:
        """What all calls of a command took since the statistics began."""
        stats = await self._redis.info("commandstats")
        facts = stats.get(f"cmdstat_{command}", "usec=0").split(",")
        return int(dict(fact.split("=") for fact in facts)["usec"])
