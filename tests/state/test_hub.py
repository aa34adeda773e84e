"""Two gateways on one fake Redis: who hears what, once, in one order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.memory import MemoryGateway, World

TAGS = "message-tags server-time"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def pair(world: World) -> tuple[MemoryGateway, MemoryGateway]:
    return MemoryGateway(world, "g1"), MemoryGateway(world, "g2")


Pair = tuple[MemoryGateway, MemoryGateway]


async def test_a_message_has_one_id_on_every_gateway(pair: Pair) -> None:
    """ "The message id is the stream entry's id ... the same live, in replay and from every
    gateway".
    """
    one, two = pair
    alice, bob, carol = [
        await gateway.login(nick, TAGS)
        for gateway, nick in ((one, "alice"), (one, "bob"), (two, "carol"))
    ]
    for client in (alice, bob, carol):
        await client.says("JOIN #room")
        await client.hears()
    await bob.hears()
    await alice.says("PRIVMSG #room :hello")
    heard = [line for line in await bob.hears() if "PRIVMSG" in line]
    assert heard == [line for line in await carol.hears() if "PRIVMSG" in line]
    assert len(heard) == 1
    assert " :alice!~alice@127.0.0.1 PRIVMSG #room :hello" in heard[0]


async def test_a_user_in_several_rooms_quits_once(pair: Pair) -> None:
    """ "a gateway hands the event to each of its sessions once" """
    one, two = pair
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #a,#b,#c")
    await bob.hears()
    await alice.says("QUIT :enough")
    assert await bob.hears() == [":alice!~alice@127.0.0.1 QUIT :Quit: enough"]


async def test_the_roster_holds_who_is_online(world: World, pair: Pair) -> None:
    """ "a Redis set is the online roster" """
    one, two = pair
    alice, bob = await one.login("alice"), await two.login("Боб")
    assert world.client.smembers("chat:online") == {"alice", "Боб"}
    await alice.says("NICK Alicia")
    await bob.says("QUIT")
    assert world.client.smembers("chat:online") == {"Alicia"}


async def test_nothing_is_left_in_redis_when_all_have_gone(world: World, pair: Pair) -> None:
    """Every key without a TTL belongs to somebody who is there (docs/redis.md)."""
    one, two = pair
    clients = [await one.login("alice"), await two.login("bob")]
    for client in clients:
        await client.says("JOIN #a,#b", "PRIVMSG #a :hi", "PRIVMSG bob :hi", "AWAY :lunch")
    for client in clients:
        await client.says("QUIT")
    assert {*world.client.hkeys("chat:{chat:online}:receivers")} <= {"*"}
    left = {key for key in world.client.keys("*") if world.client.ttl(key) == -1}
    assert left <= {
        "chat:{chat:online}:gateways",
        "chat:{chat:online}:log",
        "chat:{chat:online}:epoch",
        "chat:{chat:online}:peak",
        "chat:{chat:online}:receivers",
        "chat:{chat:online}:retention",
        "chat:{chat:online}:room-count",
        "chat:{chat:online}:started",
    }
    assert one.relay._channels == two.relay._channels == set()


async def test_a_gap_is_read_from_the_stream_in_order_and_once(pair: Pair) -> None:
    """Promise 3: "gets what it missed from the stream, in order, once"."""
    one, two = pair
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    await alice.says("PRIVMSG #room :1")
    two.relay.cut = True
    await alice.says("PRIVMSG #room :2", "PRIVMSG #room :3", "PRIVMSG bob :psst")
    two.relay.cut = False
    two.on_link_up()
    await alice.says("PRIVMSG #room :4")
    heard = [line.rpartition(":")[2] for line in await bob.hears() if "PRIVMSG" in line]
    assert [text for text in heard if text != "psst"] == ["1", "2", "3", "4"]
    assert heard.count("psst") == 1


async def test_a_name_in_use_is_refused_on_every_gateway(pair: Pair) -> None:
    """ "without one, a taken name gets 433" """
    one, two = pair
    await one.login("alice")
    second = two.connect()
    lines = await second.says("NICK ALICE", "USER x 0 * :x")
    assert lines == [":chat.internal 433 * ALICE :Nickname is already in use"]


def newest(world: World, log: str) -> tuple[str, str]:
    """Id and record of the last entry of a log."""
    client: Any = world.client
    ((entry, fields),) = client.xrevrange(log, "+", "-", 1)
    return str(entry), str(fields["e"])


async def test_what_the_bus_of_a_cluster_brings_late_is_looked_for_in_the_log(
    world: World, pair: Pair
) -> None:
    """ "A master that wakes up again publishes to everybody": what it had published when it was
    stopped comes over the bus when another one is the master already.
    """
    one, two = pair
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.says("PRIVMSG #room :told")
    assert [line.rpartition(":")[2] for line in await bob.hears() if "PRIVMSG" in line] == ["told"]
    channel, log = b"chat:room:{#room}", "chat:room:{#room}:log"
    told, record = newest(world, log)
    two.relay.linked_ms = b"9999999999999"

    late = two.hub.on_bus_message
    late(channel, f"{told}\0{record}".encode())
    assert await bob.hears() == [], "it was told"
    late(channel, b"1700000000000-0\0" + record.encode())
    assert await bob.hears() == [], "it is in no log: its sender was refused"
    two.relay.unsubscribe(channel.decode())
    await alice.says("PRIVMSG #room :not told yet")
    entry, record = newest(world, log)
    late(channel, f"{entry}\0{record}".encode())
    (line,) = await bob.hears()
    assert line.endswith(" PRIVMSG #room :not told yet")
    late(channel, b"\0" + record.replace("PRIVMSG", "TAGMSG").encode())
    assert await bob.hears() == [], "what is in no log at all is handed on as it comes"
    two.relay.linked_ms = b"1700000000000"
    late(channel, b"9000000000000-0\0" + record.replace("not told yet", "next").encode())
    assert len(await bob.hears()) == 1, "what was published since the link began is not late"


async def test_who_enters_a_room_when_the_clock_of_redis_has_gone_back_is_in_it(pair: Pair) -> None:
    """All that is stored looks late then; a room that was not followed has no log to look in."""
    one, two = pair
    alice, bob = await one.login("alice"), await two.login("bob")
    for gateway in pair:
        gateway.relay.linked_ms = b"9999999999999"
        gateway.on_message = gateway.hub.on_bus_message  # type: ignore[method-assign]
    assert ":alice!~alice@127.0.0.1 JOIN #room" in await alice.says("JOIN #room")
    assert ":bob!~bob@127.0.0.1 JOIN #room" in await bob.says("JOIN #room")
    assert await alice.hears() == [":bob!~bob@127.0.0.1 JOIN #room"]
    await alice.says("PRIVMSG #room :hello")
    assert await bob.hears() == [":alice!~alice@127.0.0.1 PRIVMSG #room :hello"]
