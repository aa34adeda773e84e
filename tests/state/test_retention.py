"""What is over age is shown to nobody, though Redis may have it still."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.memory import Client, MemoryGateway, World

DAY_MS = 86_400_000
CAPS = "echo-message batch draft/chathistory message-tags draft/message-redaction standard-replies"


@pytest.fixture
def world() -> World:
    return World()


def age(world: World, log: str, days: int) -> None:
    """All that is in a log was said some days earlier."""
    entries: Any = world.client.xrange(log)
    world.client.delete(log)
    for entry, fields in entries:
        ms, number = map(int, entry.split("-"))
        world.client.xadd(log, fields, id=f"{ms - days * DAY_MS}-{number}")


async def texts(client: Client, line: str) -> list[str]:
    await client.hears()
    return [one.rpartition(":")[2] for one in await client.says(line) if " PRIVMSG " in one]


async def test_histories_show_nothing_that_is_over_age(world: World) -> None:
    """ "Days for which what is said is kept, at most" """
    gateway = MemoryGateway(world, "g1", history_days=7)
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    await alice.says("JOIN #room", "PRIVMSG #room :old", "PRIVMSG bob :old")
    for log in ("room:{#room}", "user:{alice}", "user:{bob}"):
        age(world, f"chat:{log}:log", 8)
    world.client.hset("chat:room:{#room}", "created", "1")
    assert await texts(alice, "CHATHISTORY LATEST #room * 9") == []
    await alice.says("PRIVMSG #room :new", "PRIVMSG bob :new")
    await bob.hears()
    assert await texts(alice, "CHATHISTORY LATEST #room * 9") == ["new"]
    assert await texts(alice, "CHATHISTORY LATEST bob * 9") == ["new"]
    assert await texts(bob, "CHATHISTORY LATEST alice * 9") == ["new"]
    oldest = "timestamp=2020-01-01T00:00:00.000Z"
    lines = await alice.says(f"CHATHISTORY AFTER #room {oldest} 9")
    assert any("NOTE CHATHISTORY GAP" in line for line in lines), "it is told that there was more"


async def test_a_room_and_an_account_keep_less(world: World) -> None:
    """ "bounded by the server's maximum" """
    gateway = MemoryGateway(world, "g1", history_days=7)
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    await alice.says("JOIN #room", "PRIVMSG #room :two days old", "PRIVMSG bob :two days old")
    for log in ("room:{#room}", "user:{alice}", "user:{bob}"):
        age(world, f"chat:{log}:log", 2)
    world.client.hset("chat:room:{#room}", mapping={"created": "1", "retention": "- 1"})
    world.client.hset("chat:account:{bob}", mapping={"name": "bob", "retention": "- 1"})
    gateway.store.set_account(bob.session.sid, "bob", ("bob", "bob")).result()
    assert await texts(alice, "CHATHISTORY LATEST #room * 9") == []
    world.client.hset("chat:room:{#room}", "retention", "- 30")
    assert await texts(alice, "CHATHISTORY LATEST #room * 9") == ["two days old"]
    assert await texts(alice, "CHATHISTORY LATEST bob * 9") == ["two days old"]
    assert await texts(bob, "CHATHISTORY LATEST alice * 9") == []
    age(world, "chat:room:{#room}:log", 6)  # eight days: a room cannot keep it for longer
    assert await texts(alice, "CHATHISTORY LATEST #room * 9") == []


async def test_what_is_left_behind_is_kept_as_long(world: World) -> None:
    """ "kept for a time": as --history-days says"""
    alice = await MemoryGateway(world, "g1", history_days=3).login("alice")
    await alice.says("JOIN #room", "PRIVMSG #room :hello", "PRIVMSG alice :me", "PART #room")
    assert world.client.ttl("chat:room:{#room}:log") == 3 * 86_400
    await alice.says("QUIT")
    assert world.client.ttl("chat:user:{alice}:log") == 3 * 86_400
