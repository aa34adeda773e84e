"""Promises 3 and 6: gaps are healed, "Redis away is an answer, not a hang".

"While it is unreachable clients stay connected, commands that need it get a clear error at once,
and service returns by itself."
"""

from __future__ import annotations

import asyncio
from functools import partial

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import (
    CAPS,
    HANG_S,
    SHORT_LEASE_S,
    People,
    ask,
    heard,
    join,
    roster,
    say,
    texts,
    unavailable,
    wait_for_roster,
)
from tests.e2e.promises.traffic import Traffic, links
from tests.support.servers import on_every_engine
from tests.support.wait import wait_until

AWAY_S = SHORT_LEASE_S + 1
"""How long Redis is away here: every lease is over by then."""


async def time_passes(seconds: float) -> None:
    """A span of absence; nothing is expected of it but to be over."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    await wait_until(lambda: clock() >= end, "the absence is over", seconds + 5)


@on_every_engine
async def test_redis_is_stopped_under_traffic(mortal: Chat, people: People) -> None:
    """Issue 2: "The Redis server is stopped ... and started again under traffic: clients stay
    connected, get clear errors meanwhile, every acknowledged message is in the stream exactly once
    and reached everybody." """
    async with Traffic(mortal, people) as traffic:
        await mortal.redis.stop()
        await traffic.refused()
        await time_passes(AWAY_S)
        await mortal.redis.start()
        await traffic.flows()
    assert max(speaker.slowest_s for speaker in traffic.speakers) < HANG_S


@on_every_engine
async def test_redis_is_killed_under_traffic(own: Chat, people: People) -> None:
    """The same with kill -9: "a restart of a Redis with AOF keeps what its fsync policy promises",
    here ``always``."""
    async with Traffic(own, people) as traffic:
        for _ in range(3):
            own.redis.kill9()
            await traffic.refused()
            await own.redis.start()
            await traffic.flows()


@on_every_engine
async def test_links_are_cut_under_traffic(own: Chat, people: People) -> None:
    """CLIENT KILL of the gateways' links, twenty times: nothing is lost, doubled or disordered."""
    async with Traffic(own, people) as traffic:
        for _ in range(20):
            for link in await links(own):
                await ask(own.redis, "CLIENT", "KILL", "ID", link)

            await wait_until(partial(_connected, own), "both gateways are connected again")
        await traffic.flows()


async def test_a_frozen_redis(mortal: Chat, people: People) -> None:
    """A server that does not answer for seven seconds, but has not closed anything."""
    async with Traffic(mortal, people) as traffic:
        mortal.redis.pause()
        await time_passes(7)
        mortal.redis.resume()
        await traffic.flows()


COMMANDS = (
    "JOIN #other",
    "PART #room",
    "TOPIC #room :new",
    "NAMES #room",
    "LIST",
    "WHO #room",
    "WHOIS bob",
    "NICK carol",
    "AWAY :gone",
    "SETNAME :Someone",
    "PRIVMSG #room :hello",
    "PRIVMSG bob :hello",
    "ISON bob",
)


async def test_every_command_gets_a_clear_error_at_once(own: Chat, people: People) -> None:
    modern = await people(own.g1, "alice", "#room")
    simple = await people(own.g1, "simple", "#room", caps=())
    await own.redis.stop()
    clock = asyncio.get_running_loop().time
    for line in COMMANDS:
        name = line.split()[0]
        asked = clock()
        await modern.send(line)
        answer = await modern.expect(f"FAIL {name} |^PING ")
        assert unavailable(answer), answer.raw
        await simple.send(line)
        await simple.expect(rf" 400 \S+ {name} :The server cannot reach its store")
        assert clock() - asked < HANG_S
    for client in (modern, simple):  # "clients stay connected"; what needs no store works
        await client.send("MOTD")
        await client.expect(" 422 ")
    await own.redis.start()
    await modern.fence(20)
    await simple.fence(20)
    assert (await say(modern, "#room", "again")).command == "PRIVMSG"
    await simple.expect("PRIVMSG #room :again")
    assert await roster(own.redis) == {"alice", "simple"}


async def test_a_ping_while_redis_is_away_is_answered_when_it_is_back(
    own: Chat, people: People
) -> None:
    """A PONG is a fence: it cannot come earlier, and it is not forgotten."""
    alice = await people(own.g1, "alice", "#room")
    bob = await people(own.g2, "bob", "#room")
    await own.redis.stop()
    await bob.send("PING token")
    await bob.expect("FAIL PING TEMPORARILY_UNAVAILABLE")
    await own.redis.start()
    await alice.fence(20)
    await say(alice, "#room", "before the pong?")
    await bob.expect(r"PONG \S+ :?token")
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["before the pong?"]


async def test_each_ping_while_redis_is_away_has_its_pong(own: Chat, people: People) -> None:
    """Issue 8: "Several PINGs while the link is away: only the last gets a PONG." """
    bob = await people(own.g2, "bob", "#room")
    await own.redis.stop()
    for token in "abc":
        await bob.send(f"PING {token}")
        await bob.expect("FAIL PING TEMPORARILY_UNAVAILABLE")
    await own.redis.start()
    lines = await bob.lines_until(r"PONG \S+ :?c")
    assert [line.text for line in lines if line.command == "PONG"] == ["a", "b", "c"]
    before = len(heard(bob, "PONG"))
    await bob.fence()
    assert len(heard(bob, "PONG")) == before + 1


async def test_who_comes_while_redis_is_away(own: Chat, people: People) -> None:
    """A login that cannot be made is answered; it can be tried again, and leaves no ghost."""
    alice = await people(own.g1, "alice", "#room")
    await own.redis.stop()
    late = await people.stranger(own.g1)
    await late.send("NICK late", "USER l 0 * :l")
    await late.expect(" 400 late USER :The server cannot reach its store")
    gone = await people.stranger(own.g1)
    await gone.send("NICK gone", "USER g 0 * :g")
    await gone.expect(" 400 ")
    await gone.close()
    await own.redis.start()
    await alice.fence(20)
    await late.send("NICK late")
    await late.expect(" 001 late ")
    await late.fence()
    assert await roster(own.redis) == {"alice", "late"}


async def test_who_leaves_while_redis_is_away(own: Chat, people: People) -> None:
    """The roster does not lie afterwards: the QUIT is made up for."""
    alice = await people(own.g1, "alice", "#room")
    bob = await people(own.g2, "bob", "#room")
    await own.redis.stop()
    await bob.send("QUIT :off")
    await bob.expect_closed()
    await own.redis.start()
    await alice.expect(r":bob!\S+ QUIT :Quit: off")
    await wait_for_roster(own.redis, {"alice"})
    assert len(heard(alice, "QUIT")) == 1
    await people(own.g2, "bob", "#room")


async def test_who_leaves_while_redis_is_frozen(own: Chat, people: People) -> None:
    """QUIT is acknowledged when it has happened, but "not a hang": a Redis that is silent is given
    up after `chatd.store.link.SILENCE_S` and a half, and the QUIT is made up for."""
    alice = await people(own.g1, "alice", "#room")
    bob = await people(own.g2, "bob", "#room")
    own.redis.pause()
    await bob.send("QUIT :off", "PRIVMSG #room :after QUIT")
    assert [line.raw for line in await bob.expect_closed(20)] == ["ERROR :Quit: off"]
    own.redis.resume()
    await wait_for_roster(own.redis, {"alice"})
    await alice.fence(20)
    assert len(heard(alice, "QUIT")) == 1
    assert heard(alice, "PRIVMSG") == []


async def test_a_join_whose_answer_was_lost(own: Chat, people: People) -> None:
    """Redis freezes with a JOIN under way and the link is cut: afterwards the client is in the
    room if Redis says so, and hears what is said there."""
    alice = await people(own.g1, "alice", "#room")
    bob = await people(own.g2, "bob")
    own.redis.pause()
    await bob.send("JOIN #room")
    await bob.expect("FAIL JOIN TEMPORARILY_UNAVAILABLE")
    own.redis.resume()
    for client in (alice, bob):  # both gateways are back
        await client.fence(20)
    if not heard(bob, "366"):
        await join(bob, "#room")
    await say(alice, "#room", "welcome")
    await bob.expect(r":alice!\S+ PRIVMSG #room :welcome")
    await alice.fence()
    assert len([line for line in heard(alice, "JOIN") if line.nick == "bob"]) == 1


async def test_functions_are_forgotten(own: Chat, people: People) -> None:
    """An administrator's FUNCTION FLUSH is a short absence."""
    async with Traffic(own, people) as traffic:
        await ask(own.redis, "FUNCTION", "FLUSH")
        await traffic.flows()


async def test_redis_comes_back_empty(mortal: Chat, people: People) -> None:
    """All data is lost: everybody who is connected is online again, in the same rooms."""
    alice = await people(mortal.g1, "alice", "#room")
    bob = await people(mortal.g2, "bob", "#room")
    await ask(mortal.redis, "FLUSHALL")
    await wait_for_roster(mortal.redis, {"alice", "bob"})

    async def in_room() -> bool:
        return bool(await ask(mortal.redis, "HLEN", "chat:room:{#room}:members") == 2)

    await wait_until(in_room, "both are in the room")
    await say(alice, "#room", "what happened?")
    await bob.expect("PRIVMSG #room :what happened\\?")


async def _connected(chat: Chat) -> bool:
    return len(await links(chat)) == 2


QUESTIONS = ("NAMES #room", "WHO #room", "WHOIS alice", "LIST", "CHATHISTORY LATEST #room * 5")


@on_every_engine
async def test_a_redis_without_memory_answers_questions(own: Chat, people: People) -> None:
    """What Redis will not store is refused; what it only has to read is answered, also by a gateway
    that has just connected."""
    alice = await people(own.g1, "alice", "#room", caps=(*CAPS, "draft/chathistory"))
    await say(alice, "#room", "before")
    await ask(own.redis, "CONFIG", "SET", "maxmemory", "1000")
    for _ in range(2):
        for line in QUESTIONS:
            await alice.send(line)
            await alice.fence()
            assert not [one.raw for one in alice.log if unavailable(one)], line
        await alice.send("PRIVMSG #room :now")
        await alice.expect(" 400 |FAIL ")
        for link in await links(own):
            await ask(own.redis, "CLIENT", "KILL", "ID", link)
        await wait_until(partial(_connected, own), "both gateways are connected again")
        await alice.send("PING back")
        await alice.expect("PONG .* back")
        alice.log.clear()
    await ask(own.redis, "CONFIG", "SET", "maxmemory", "0")
    await say(alice, "#room", "after")
