"""What an earlier build has left in Redis: "Accounts, registered rooms and logs are taken over"."""

from __future__ import annotations

from tests.support.memory import MemoryGateway, World


async def test_a_room_that_was_registered_before_rooms_had_ids() -> None:
    world = World()
    gateway = MemoryGateway(world, "g1")
    room = "chat:room:{#board}"
    facts = {"name": "#Board", "created": "1", "modes": "nt", "topic": "old", "topic_by": "a!b@c"}
    owned = {"topic_at": "1", "founder": "anna", "founder_name": "anna", "registered": "1"}
    world.client.hset(room, items=[word for pair in (facts | owned).items() for word in pair])
    world.client.sadd("chat:{chat:online}:roomlist", "#board")
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    lines = await alice.says("JOIN #board")
    assert any(" 332 alice #Board :old" in line for line in lines), lines
    await bob.says("JOIN #board")
    await alice.hears()
    await bob.says("NICK robert", "PRIVMSG #board :here", "QUIT")
    heard = [line.split(" ", 1)[1] for line in await alice.hears()]
    assert heard == ["NICK robert", "PRIVMSG #board :here", "QUIT :Quit: "], heard
    assert world.client.hkeys(f"{room}:members") == ["alice"]


async def test_who_was_in_rooms_when_all_gateways_of_an_earlier_build_died() -> None:
    """They are cleaned up as others are, though their rooms are kept by name."""
    world = World()
    gateway = MemoryGateway(world, "g1")
    there = "chat:{chat:online}"
    world.client.zadd(f"{there}:gateways", {"old": 1})
    world.client.hset(f"{there}:gateway:old", "old.1", "ghost")
    world.client.hset(f"{there}:sessions:ghost", "old.1", "old")
    words = ("nick", "ghost", "user", "~g", "host", "h", "realname", "", "account", "", "akey", "")
    facts = [*words, "modes", "", "away", "", "since", "1"]
    world.client.hset(f"{there}:user:ghost", items=facts)
    world.client.sadd(f"{there}:rooms:ghost", "#hall")
    hall = ["name", "#hall", "created", "1", "modes", "nt"]
    world.client.hset("chat:room:{#hall}", items=hall)
    world.client.hset("chat:room:{#hall}:members", "ghost", "o\0ghost")
    gateway.store.reap("old", "Connection lost").result()
    assert world.client.hkeys("chat:room:{#hall}:members") == []
    assert not world.client.exists(f"{there}:user:ghost")
