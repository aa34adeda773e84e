"""A room gets another name while a gateway is away, or somebody enters. On fakeredis."""

from __future__ import annotations

import pytest

from tests.support.memory import MemoryGateway, World

CAP = "draft/channel-rename"


@pytest.fixture
async def pair() -> tuple[MemoryGateway, MemoryGateway]:
    world = World()
    return MemoryGateway(world, "g1"), MemoryGateway(world, "g2")


def said(lines: list[str]) -> list[str]:
    """Commands, targets and texts, without sources."""
    return [line.partition(" ")[2] for line in lines]


async def test_a_gateway_that_was_away_follows(pair: tuple[MemoryGateway, MemoryGateway]) -> None:
    """What was said before and after the new name is read, in order, once."""
    one, two = pair
    alice, bob = await one.login("alice", CAP), await two.login("bob", CAP)
    for client in (alice, bob):
        await client.says("JOIN #old")
    await bob.hears()
    two.relay.cut = True
    await alice.says("PRIVMSG #old :before", "RENAME #old #new :why", "PRIVMSG #new :after")
    await alice.says("JOIN #old", "PRIVMSG #old :another room")
    two.relay.cut = False
    two.on_link_up()
    await alice.says("PRIVMSG #new :now")
    assert said(await bob.hears()) == [
        "PRIVMSG #old :before",
        "RENAME #old #new :why",
        "PRIVMSG #new :after",
        "PRIVMSG #new :now",
    ]
    assert set(two.hub.rooms) == {"#new"}
    await bob.says("QUIT")
    assert two.hub.rooms == {}
    assert two.relay._channels == set()


async def test_twice_while_a_gateway_was_away(pair: tuple[MemoryGateway, MemoryGateway]) -> None:
    """Each old log says where the room went."""
    one, two = pair
    alice, bob = await one.login("alice", CAP), await two.login("bob", CAP)
    for client in (alice, bob):
        await client.says("JOIN #a")
    await bob.hears()
    two.relay.cut = True
    await alice.says("RENAME #a #b", "PRIVMSG #b :in b", "RENAME #b #c", "PRIVMSG #c :in c")
    two.relay.cut = False
    two.on_link_up()
    assert said(await bob.hears()) == [
        "RENAME #a #b :",
        "PRIVMSG #b :in b",
        "RENAME #b #c :",
        "PRIVMSG #c :in c",
    ]
    await bob.says("PRIVMSG #c :hello")
    assert said(await alice.hears())[-1] == "PRIVMSG #c :hello"


async def test_who_enters_the_old_name_is_in_a_new_room(
    pair: tuple[MemoryGateway, MemoryGateway],
) -> None:
    """Two rooms are not mixed up on a gateway that has members in both."""
    one, two = pair
    alice, bob, carol = await one.login("alice"), await two.login("bob"), await two.login("carol")
    for client in (alice, bob):
        await client.says("JOIN #old")
    await alice.says("RENAME #old #new")
    await carol.says("JOIN #old")
    for client in (alice, bob, carol):
        await client.hears()
    await carol.says("PRIVMSG #old :old")
    await alice.says("PRIVMSG #new :new")
    assert said(await bob.hears()) == ["PRIVMSG #new :new"]
    assert await carol.hears() == []
