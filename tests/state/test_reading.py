"""How far somebody has read, as Redis keeps it."""

from __future__ import annotations

import pytest

from chatd.store.errors import Refused
from tests.support.memory import MemoryGateway, World

WEEK_MS = 7 * 86_400_000


async def test_there_are_at_most_a_thousand() -> None:
    """What was read more than a week ago makes place; who has read more in one week is told."""
    world = World()
    gateway = MemoryGateway(world, "g1")
    await gateway.login("alice")
    await gateway.login("bob")
    keys, store = gateway.store.keys, gateway.store
    now_ms = store.clock_s().result() * 1000
    mine = f"{keys.presence}:read:alice"
    old = {f"g:{number}": now_ms - 2 * WEEK_MS for number in range(400)}
    fresh = {f"g:{number}": now_ms - WEEK_MS // 2 for number in range(400, 1000)}
    world.client.zadd(mine, {**old, **fresh})

    def mark(target: str, at_ms: int) -> int:
        return store.mark_read("sid", "alice", "u", target, target, at_ms, "s").result().read_ms

    assert mark("bob", now_ms) == now_ms
    assert world.client.zcard(mine) == 601
    world.client.zadd(mine, {f"g:{number}": now_ms for number in range(400)})
    assert mark("bob", now_ms) == now_ms, "what is there already may go on"
    with pytest.raises(Refused) as refused:
        mark("alice", now_ms)
    assert (refused.value.word, refused.value.details) == ("toomany", ("alice",))
