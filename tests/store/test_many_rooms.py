"""What one user does in a hundred rooms: "no call of any line keeps Redis for more than 5 ms"."""

from __future__ import annotations

import pytest
from redis import Redis

from chatd.store.pending import settled
from chatd.store.rooms import Entrant
from chatd.store.store import Store
from chatd.wire.metadata import MAX_KEYS
from tests.store.conftest import Gateway
from tests.support.servers import RedisServer
from tests.support.stopwatch import MOST_US, Stopwatch

pytestmark = pytest.mark.alone

ONCE_US = 2 * MOST_US
"""What is done once may be disturbed."""
ROOMS = 100


async def in_rooms(store: Store) -> None:
    await settled(
        store.login(
            "s1", "alice", "alice", "~u", "h", "Alice", ("", ""), address="192.0.2.1", secure=False
        )
    )
    for number in range(ROOMS):
        entrant = Entrant("s1", "alice", f"#r{number}", "")
        new = ("nti", "o")
        await settled(
            store.join(f"#r{number}", [entrant], most=ROOMS, new=new, server="chat.internal")
        )


async def begun(redis: RedisServer) -> Stopwatch:
    watch = Stopwatch(redis)
    await watch.start()
    await watch.reset()
    return watch


async def test_a_user_leaves_rooms_that_many_have_left(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """153 ms before: who had left each room was gone through."""
    store, redis = await gateway("g1"), Redis.from_url(redis_server.direct_url)
    await in_rooms(store)
    were = {f"=somebody{number}@1790000000000": 1790000000000 + number for number in range(999)}
    for number in range(ROOMS):
        redis.zadd(redis_server.key(f"chat:room:{{#r{number}}}:were"), were)
    watch = await begun(redis_server)
    await settled(store.logout("s1", "bye"))
    assert (await watch.read()).longest_us() < ONCE_US


async def test_all_values_of_a_user_in_many_rooms_are_cleared(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """16 ms before: each value is told in each room."""
    store = await gateway("g1")
    await in_rooms(store)
    for number in range(MAX_KEYS):
        change = ("set", f"key{number}", "v" * 300)
        await settled(store.set_metadata("s1", "alice", "u", "alice", change, MAX_KEYS))
    watch = await begun(redis_server)
    gone = 0
    while found := (
        await settled(store.set_metadata("s1", "alice", "u", "alice", ("clear", "*", ""), MAX_KEYS))
    )[2:]:
        gone += len(found) // 2
    assert gone == MAX_KEYS
    assert (await watch.read()).longest_us() < ONCE_US
