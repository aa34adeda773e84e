"""Issue 8: "no call of any line keeps Redis for more than 5 ms": a new link with 10,000 sessions
and as many rooms asks in pages, as `chatd.state.audit` makes them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chatd.store.audit import Believed
from chatd.store.pages import PAGE
from chatd.store.pending import settled
from chatd.store.relay import Relay
from chatd.store.store import Store
from tests.e2e.promises.crowd import BIG, HISTORY, VOICED, Crowd
from tests.e2e.promises.support import ask
from tests.e2e.promises.test_costs import MOST_US, SETTINGS, TRIES
from tests.support.servers import RedisServer

SESSIONS = 10_000


def believed(number: int) -> Believed:
    """One of the crowd, as the gateway of the crowd would know it."""
    name = f"u{number}"
    voiced = 10_000 <= number < 10_000 + VOICED
    rooms = [(BIG, "v" if voiced else ""), (f"#r{number}", "o")]
    return Believed(f"s{number}", name, name, f"s{number}", rooms)


async def longest(redis: RedisServer, what: Callable[[], Awaitable[None]]) -> tuple[int, int]:
    """The longest call, us, and the sum of all, in the best of some tries."""
    best: list[tuple[int, int]] = []
    for _ in range(TRIES):
        await ask(redis, "SLOWLOG", "RESET")
        await ask(redis, "CONFIG", "RESETSTAT")
        await what()
        rows: list[Any] = await ask(redis, "SLOWLOG", "GET", -1)
        slow = [row[2] for row in rows if row[3][0] == "FCALL"]
        stats = await ask(redis, "INFO", "commandstats")
        best.append((max(slow, default=0), int(stats["cmdstat_fcall"]["usec"])))
    return min(best)


async def test_a_new_link_does_not_keep_redis_long() -> None:
    async with RedisServer() as redis:
        crowd = Crowd(redis.url)
        await crowd.make()
        await crowd.close()
        for setting, value in SETTINGS.items():
            await ask(redis, "CONFIG", "SET", setting, value)
        relay = Relay(redis.url, "chatd-crowd")
        await relay.start()
        store = Store(relay, "crowd", HISTORY)
        everybody = [believed(number) for number in range(1, SESSIONS + 1)]
        size = PAGE // 3  # each is in two rooms
        found = []

        async def audit() -> None:
            for start in range(0, len(everybody), size):
                differing = await settled(store.audit(everybody[start : start + size]))
                found.extend(differing)

        async def held() -> None:
            start, again, count = "", True, 0
            while again:
                page = await settled(store.held(start))
                count += len(page.rows)
                start, again = page.following, page.following != ""
            assert count >= SESSIONS

        try:
            for what in (audit, held):
                call, total = await longest(redis, what)
                print(f"{what.__name__}: longest {call} us, in sum {total / 1000:.0f} ms")
                assert call <= MOST_US
        finally:
            await relay.close()
        assert found == []
