"""How long what was said is kept, and for whom."""

from __future__ import annotations

import pytest

from tests.support.memory import MemoryGateway, World

WEEK_S = 604_800


@pytest.fixture
def world() -> World:
    return World()


async def test_the_log_of_a_room_in_which_nothing_was_said_goes_soon(world: World) -> None:
    """ "what a hostile client can make grow": names of rooms are free."""
    alice = await MemoryGateway(world, "g1").login("alice")
    await alice.says("JOIN #said", "JOIN #quiet", "PRIVMSG #said :hello", "PART #said,#quiet")
    assert world.client.ttl("chat:room:{#said}:log") == WEEK_S
    assert world.client.ttl("chat:room:{#quiet}:log") == 600


async def test_coming_back_to_the_own_account_s_name_keeps_its_messages(world: World) -> None:
    """ "none while online" """
    gateway = MemoryGateway(world, "g1")
    alice = await gateway.login("alice")
    world.client.hset("chat:account:{alice}", mapping={"name": "alice", "password": "x"})
    gateway.store.set_account(alice.session.sid, "alice", ("alice", "alice")).result()
    await alice.says("PRIVMSG alice :to myself", "NICK alison", "NICK alice")
    assert world.client.ttl("chat:user:{alice}:log") == -1
