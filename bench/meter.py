"""What Redis does between two moments: its calls, their commands, how long each took."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.servers import RedisServer


@dataclass(frozen=True, slots=True)
class Work:
    """What Redis did: ``calls`` by what was called, ``commands`` with those of functions.

    ``took_ms``: all calls together; ``longest_ms``: the longest, and ``longest``, which that was.
    """

    ms: float
    calls: Counter[str]
    commands: int
    took_ms: float
    longest_ms: float
    longest: str


class Meter:
    """Writes down what Redis does between `start` and `stop`."""

    def __init__(
        self, redis: RedisServer, own: Callable[[list[str]], bool] = lambda words: False
    ) -> None:
        """``own``: which commands a gateway calls by themselves that acts may call, too."""
        self._redis = redis
        self._own = own
        self._commands = 0
        self._began = 0.0

    async def start(self) -> None:
        """From here on."""
        for name, value in (("slowlog-log-slower-than", 0), ("slowlog-max-len", 100_000)):
            await self._redis.ask("CONFIG", "SET", name, value)
        self._commands = await self._count()
        await self._redis.ask("SLOWLOG", "RESET")
        self._began = time.perf_counter()

    async def stop(self, ended: float) -> Work:
        """Until now; ``ended``: when the client had what it wanted, of `time.perf_counter`."""
        log: list[Any] = await self._redis.ask("SLOWLOG", "GET", -1)
        commands = await self._count() - self._commands
        took = [(entry[2] / 1000, self._called(entry[3])) for entry in log]
        took = [one for one in took if one[1]]
        longest_ms, longest = max(took, default=(0.0, ""))
        calls = Counter(name for _, name in took)
        took_ms = sum(ms for ms, _ in took)
        ms = (ended - self._began) * 1000
        return Work(ms, calls, commands - 2, took_ms, longest_ms, longest)

    async def _count(self) -> int:
        stats = await self._redis.info("commandstats")
        return sum(int(line.split(",")[0].removeprefix("calls=")) for line in stats.values())

    def _called(self, words: list[str]) -> str:
        """What a gateway has called; '' = it was called within a function, or by this program."""
        name, key = words[0].lower(), words[1] if len(words) > 1 else ""
        if name.startswith("fcall"):
            return key.split("_", 2)[2]  # behind the digest of the library
        is_own = "subscribe" in name or ":heard:" in key or ":guard" in key or self._own(words)
        return name if is_own else ""
