"""A stream that has lost what was told last: "a rollback is found ... and told"."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.state import gaps
from chatd.state.availability import State
from tests.support.memory import Client, MemoryGateway, World
from tests.support.wait import wait_until

LOST = ":chat.internal NOTICE {} :The server has lost the last {} of {}: no history will show them"


def lost(target: str, what: str) -> str:
    where = "this room" if target[0] == "#" else "your conversations"
    return LOST.format(target, what, where)


class Pair:
    """alice on the first gateway, bob on the second, both in #room."""

    def __init__(self, world: World, alice: Client, bob: Client) -> None:
        self.world = world
        self.alice = alice
        self.bob = bob

    async def say(self, *texts: str) -> None:
        """alice says something in the room."""
        await self.alice.says(*(f"PRIVMSG #room :{text}" for text in texts))

    def go_away(self, *clients: Client) -> None:
        """Redis is away for the gateways of these."""
        for client in clients:
            client.gateway.relay.cut = True
            client.gateway.on_link_down("crashed")

    async def come_back(self, *clients: Client) -> list[list[str]]:
        """Redis is back; what each of these hears."""
        for client in clients:
            client.gateway.relay.cut = False
            client.gateway.on_link_up()
        return [await client.hears() for client in clients]


@pytest.fixture
async def pair() -> Pair:
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    return Pair(world, alice, bob)


def texts(lines: list[str]) -> list[str]:
    return [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]


def notices(lines: list[str]) -> list[str]:
    return [line for line in lines if " NOTICE " in line]


@pytest.mark.parametrize("newer", [0, 1, 7, 8, 20], ids=lambda count: f"{count} newer")
@pytest.mark.parametrize("page", [3, 100], ids=lambda page: f"pages of {page}")
async def test_what_is_lost_is_counted_whatever_came_after(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, newer: int, page: int
) -> None:
    """ "what was handed out and is lost is said with its number", also where as many entries as
    were lost, or more, are in the stream again."""
    monkeypatch.setattr(gaps, "PAGE", page)
    await pair.say("kept")
    saved = pair.world.save()
    await pair.say(*(f"lost {number}" for number in range(7)))
    await pair.bob.hears()
    pair.go_away(pair.alice, pair.bob)
    pair.world.roll_back(saved)
    (heard,) = await pair.come_back(pair.alice)
    assert notices(heard) == [lost("#room", "7 events")]
    new = [f"new {number}" for number in range(newer)]
    await pair.say(*new)
    (heard,) = await pair.come_back(pair.bob)
    assert texts(heard) == new
    assert notices(heard) == [lost("#room", "7 events")]
    await pair.say("and on")
    assert texts(await pair.bob.hears()) == ["and on"]
    feed = pair.bob.gateway.hub.rooms["#room"].feed
    redis: Any = pair.world.client
    stream = redis.xinfo_stream("chat:room:{#room}:log")
    assert (feed.added, feed.last_id.decode()) == (
        stream["entries-added"], stream["last-generated-id"]
    )  # fmt: skip
    pair.go_away(pair.bob)
    assert await pair.come_back(pair.bob) == [[]], "nothing is said twice"


async def test_what_comes_while_the_gap_is_read_is_heard_once(pair: Pair) -> None:
    """Events that are held back while a stream is read that has gone back."""
    saved = pair.world.save()
    await pair.say("lost")
    await pair.bob.hears()
    pair.go_away(pair.alice, pair.bob)
    pair.world.roll_back(saved)
    await pair.come_back(pair.alice)
    await pair.say("in the gap")
    hub = pair.bob.gateway.hub
    pair.bob.gateway.relay.cut = False
    hub.hold()
    await pair.say("held")
    pair.bob.gateway.on_link_up()
    heard = await pair.bob.hears()
    assert texts(heard) == ["in the gap", "held"]
    assert notices(heard) == [lost("#room", "1 event")]
    assert hub.rooms["#room"].feed.added == pair.world.client.xlen("chat:room:{#room}:log")


async def test_a_log_of_which_nothing_is_left(pair: Pair) -> None:
    """Conversations: alice and bob had said nothing to each other when Redis wrote to disk."""
    saved = pair.world.save()
    await pair.alice.says("PRIVMSG bob :one", "PRIVMSG bob :two")
    await pair.bob.hears()
    pair.go_away(pair.alice, pair.bob)
    pair.world.roll_back(saved)
    _, bob = await pair.come_back(pair.alice, pair.bob)
    assert notices(bob) == [lost("bob", "2 events")]
    await pair.alice.says("PRIVMSG bob :three")
    assert texts(await pair.bob.hears()) == ["three"]


async def test_what_is_too_old_to_be_kept_is_no_rollback(pair: Pair) -> None:
    """Trimming takes entries, the one that was told last too; nothing of what was told is said to
    be lost then."""
    await pair.say("seen")
    await pair.bob.hears()
    pair.go_away(pair.bob)
    await pair.say(*(f"new {number}" for number in range(5)))
    pair.world.client.xtrim("chat:room:{#room}:log", maxlen=2, approximate=False)
    (heard,) = await pair.come_back(pair.bob)
    assert notices(heard) == [
        ":chat.internal NOTICE #room :3 events could not be recovered"
        " after the server lost its store"
    ]
    assert texts(heard) == ["new 3", "new 4"]


async def test_trimmed_and_rolled_back(pair: Pair) -> None:
    """The stream begins behind what was told last, and yet it had fewer entries: that many, at
    least, are lost."""
    saved = pair.world.save()
    await pair.say(*(f"lost {number}" for number in range(7)))
    await pair.bob.hears()
    pair.go_away(pair.alice, pair.bob)
    pair.world.roll_back(saved)
    await pair.come_back(pair.alice)
    await pair.say(*(f"new {number}" for number in range(5)))
    pair.world.client.xtrim("chat:room:{#room}:log", maxlen=2, approximate=False)
    (heard,) = await pair.come_back(pair.bob)
    assert notices(heard) == [lost("#room", "4 events")]
    assert texts(heard) == ["new 3", "new 4"]


async def test_a_master_whose_clock_is_behind(pair: Pair) -> None:
    """The ids of what it stores are smaller than those of what was told, and it is heard all the
    same: "a feed's last id is taken from the stream"."""
    saved = pair.world.save()
    redis: Any = pair.world.client
    log = "chat:room:{#room}:log"
    ((last, record),) = redis.xrevrange(log, count=1)
    ahead = int(last.partition("-")[0]) + 3_600_000
    for number in range(3):  # told by a master whose clock was an hour ahead
        entry = redis.xadd(log, record, id=f"{ahead + number}-0")
        redis.publish("chat:room:{#room}", f"{entry}\0{message(number)}")
    pair.world.pump()
    assert texts(await pair.bob.hears()) == ["0", "1", "2"]
    pair.go_away(pair.alice, pair.bob)
    pair.world.roll_back(saved)
    for heard in await pair.come_back(pair.alice, pair.bob):
        assert notices(heard) == [lost("#room", "3 events")]
    await pair.say("live")
    assert texts(await pair.bob.hears()) == ["live"]
    pair.go_away(pair.bob)
    await pair.say("in a gap")
    (heard,) = await pair.come_back(pair.bob)
    assert texts(heard) == ["in a gap"]
    assert notices(heard) == []


async def test_a_clock_that_is_a_little_behind_is_waited_for(pair: Pair) -> None:
    """Nobody stores anything before its id is larger than all that was told."""
    feed = pair.bob.gateway.hub.rooms["#room"].feed
    pair.go_away(pair.bob)
    ahead = int(feed.last_id.partition(b"-")[0]) + 400
    feed.last_id = b"%d-0" % ahead
    pair.bob.gateway.relay.cut = False
    pair.bob.gateway.on_link_up()
    assert pair.bob.gateway.availability.state is State.FENCED
    await wait_until(lambda: pair.bob.gateway.availability.state is State.UP, "the clock is right")
    await pair.say("now")
    redis: Any = pair.world.client
    ((entry, _),) = redis.xrevrange("chat:room:{#room}:log", count=1)
    assert int(entry.partition("-")[0]) >= ahead


def message(number: int) -> str:
    head = ("M", "g1.1", "", "alice", "alice!~alice@127.0.0.1", "", "PRIVMSG", "#room", "")
    return "\0".join((*head, str(number), "1"))


async def test_who_was_called_otherwise_meanwhile_has_lost_nothing(pair: Pair) -> None:
    """What is left under an old name is one entry, fewer than were told: that is no rollback."""
    await pair.bob.says("PRIVMSG alice :one", "PRIVMSG alice :two")
    await pair.alice.hears()
    gateway = pair.bob.gateway
    pair.go_away(pair.alice)
    assert pair.alice.session.user is not None
    gateway.store.nick(pair.alice.session.sid, "alice", "alicia", "alicia").result()
    await pair.bob.says("PRIVMSG alicia :three")
    (heard,) = await pair.come_back(pair.alice)
    assert [line.split()[1] for line in heard] == ["NICK", "PRIVMSG"], heard
