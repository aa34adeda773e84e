"""A Redis that has lost what came last, as one with `appendfsync everysec` may when it crashes.

"Who was in a room that the rollback took back is in it again; what was handed out and is lost is
said with its number in the rooms and conversations concerned; the one exception to 'exactly one
QUIT' is documented."

Redis is killed and started again with the file that it had a moment ago.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.e2e.promises.absence import (
    LOOKING_CAPS,
    check_beliefs,
    do,
    in_room,
    settle,
    stored_members,
    wait_until_gone,
)
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import (
    CAPS,
    People,
    ask,
    deliver,
    heard,
    join,
    roster,
    said,
    texts,
    wait_for_roster,
)
from tests.support.belief import Belief
from tests.support.irc import IrcClient
from tests.support.servers import on_every_engine
from tests.support.wait import wait_until

LOOKING = (*CAPS, "multi-prefix", "account-notify")
NEWS = ("JOIN", "PART", "KICK", "QUIT", "NICK")


@asynccontextmanager
async def forgetting(chat: Chat, *clients: IrcClient) -> AsyncIterator[None]:
    """Redis loses what is done in this block; afterwards both gateways are back.

    All that is done has been heard by these clients, and what they hear afterwards is in their logs
    from the mark on that `since` knows.
    """
    await chat.redis.save()
    yield
    await settle(*clients)
    for client in clients:
        _marks[client] = len(client.log)
    await chat.redis.roll_back()
    for client in clients:
        await client.fence(20)
    await settle(*clients)


_marks: dict[IrcClient, int] = {}


def since(client: IrcClient, *commands: str) -> list[str]:
    """Lines that a client has heard since Redis was back, without tags."""
    lines = client.log[_marks[client] :]
    return [re.sub("^@[^ ]* ", "", line.raw) for line in lines if line.command in commands]


def lost(client: IrcClient) -> dict[str, int]:
    """Of how many lost events a client was told: target -> number."""
    found: dict[str, int] = {}
    for line in since(client, "NOTICE"):
        told = re.search(r" NOTICE (\S+) :The server has lost the last (\d+) events? of ", line)
        assert told, line
        assert told[1] not in found, "it is said once"
        found[told[1]] = int(told[2])
    return found


@on_every_engine
async def test_messages_that_were_lost(own: Chat, people: People) -> None:
    """ "what was handed out and is lost is said with its number in the rooms and conversations" """
    alice = await people(own.g1, "alice", "#room", "#quiet", caps=LOOKING)
    bob = await people(own.g2, "bob", "#room", "#quiet", caps=LOOKING)
    await deliver(alice, "#room", "kept")
    await deliver(alice, "bob", "kept")
    async with forgetting(own, alice, bob):
        for number in range(7):
            await deliver(alice, "#room", f"lost {number}")
        for number in range(3):
            await deliver(alice, "bob", f"lost {number}")
    for client in (alice, bob):
        assert lost(client)["#room"] == 7
        assert since(client, *NEWS, "MODE", "TOPIC") == []
    assert lost(bob) == {"#room": 7, "bob": 3}
    assert [text for _, text in await said(own.redis, "#room")] == ["kept"]
    await deliver(bob, "#room", "on")
    await deliver(alice, "#room", "we go")
    await settle(alice, bob)
    for client in (alice, bob):
        assert texts(heard(client, "PRIVMSG", "#room"))[-2:] == ["on", "we go"]
    assert [text for _, text in await said(own.redis, "#room")] == ["kept", "on", "we go"]
    await check_beliefs(own, alice, bob)


@on_every_engine
async def test_newer_entries_hide_nothing(own: Chat, people: People) -> None:
    """Two users go on talking before the second gateway is back: as many entries as were lost, and
    more, are in the logs again."""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    amy = await people(own.g1, "amy", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", "#room", caps=LOOKING)
    carl = await people(own.g2, "carl", caps=LOOKING)
    await own.redis.save()
    await join(carl, "#room")
    for number in range(5):
        await deliver(alice, "#room", f"lost {number}")
    await settle(alice, amy, bob, carl)
    own.g2.pause()
    for client in (alice, amy, bob, carl):
        _marks[client] = len(client.log)
    await own.redis.roll_back()
    await alice.fence(20)
    new = [f"new {number}" for number in range(9)]
    for number, text in enumerate(new):
        await deliver((alice, amy)[number % 2], "#room", text)
    own.g2.resume()
    await bob.fence(20)
    await settle(alice, amy, bob, carl)
    for client in (alice, amy, bob, carl):
        assert lost(client) == {"#room": 6}, "five messages and a JOIN"
        assert texts(heard(client, "PRIVMSG", "#room"))[-9:] == new
        assert since(client, *NEWS) == []
    assert await stored_members(own.redis, "#room") == {"alice", "amy", "bob", "carl"}
    await check_beliefs(own, alice, amy, bob, carl)


@on_every_engine
async def test_who_is_where_as_all_were_told(own: Chat, people: People) -> None:
    """JOIN, PART, KICK, NICK, a login, MODE, TOPIC are lost, and nobody hears of one twice."""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", "#room", caps=LOOKING)
    carl = await people(own.g2, "carl", "#room", caps=LOOKING)
    dora = await people(own.g1, "dora", "#room", caps=LOOKING)
    async with forgetting(own, alice, bob, carl, dora):
        eve = await people(own.g2, "eve", "#room", "#new", caps=LOOKING)
        await do(alice, "JOIN #new", "KICK #room carl", "MODE #room +ov bob eve", "TOPIC #room :t")
        await do(dora, "PART #room", "NICK dorothy")
        await do(bob, "MODE #room -o alice", "NICK robert")
        dora.nick, bob.nick = "dorothy", "robert"
        await do(eve, "TOPIC #new :of eve", "MODE #new +k key")
        await settle(eve)
        _marks[eve] = len(eve.log)
    await settle(eve)
    everybody = [alice, bob, carl, dora, eve]
    for client in everybody:
        assert since(client, "JOIN", "PART", "KICK", "QUIT", "TOPIC", "ERROR") == []
        assert not Belief(client.log).doubts
    names = {"alice", "robert", "carl", "dorothy", "eve"}
    await wait_for_roster(own.redis, names)
    for client in (alice, bob, eve):
        assert await in_room(client, "#room") == {"alice", "@robert", "+eve"}
    for client in (alice, eve):
        assert await in_room(client, "#new") == {"alice", "@eve"}
        answers = await do(client, "TOPIC #room", "TOPIC #new", "MODE #new")
        assert [line.rpartition(":")[2] for line in answers if " 332 " in line] == ["t", "of eve"]
        assert [line for line in answers if " 324 " in line and "k" in line.split()[4]]
    await check_beliefs(own, *everybody)
    await wait_until_consistent(own.redis)
    await deliver(alice, "robert", "by your new name")
    await bob.expect("PRIVMSG robert :by your new name")


@on_every_engine
async def test_a_quit_that_was_lost(own: Chat, people: People) -> None:
    """The one exception to "exactly one QUIT": it is told again, and then bob has really gone."""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", "#room", caps=LOOKING)
    carl = await people(own.g2, "carl", "#room", caps=LOOKING)
    async with forgetting(own, alice, carl):
        await bob.send("QUIT :bye")
        await bob.expect_closed()
    await wait_until_gone(own.redis, ["bob"])
    await settle(alice, carl)
    for client in (alice, carl):
        assert len(since(client, "QUIT")) == 1
        assert await in_room(client, "#room") == {"@alice", "carl"}
    assert await roster(own.redis) == {"alice", "carl"}


@on_every_engine
async def test_accounts_that_were_lost(own: Chat, people: People) -> None:
    """Who has registered in the moment that is lost is told that it has no account; who has logged
    in only, is logged in."""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", "#room", caps=LOOKING)
    await do(alice, "REGISTER * * :sesame")
    guest = await people(own.g2, "guest", "#room", caps=(*LOOKING, "sasl"))
    async with forgetting(own, alice, bob, guest):
        await do(bob, "REGISTER * * :sesame")
        secret = "AGFsaWNlAHNlc2FtZQ=="  # \0alice\0sesame
        await guest.send("AUTHENTICATE PLAIN")
        await guest.expect(r"AUTHENTICATE \+")
        await guest.send(f"AUTHENTICATE {secret}")
        await guest.expect(" 903 ")
    assert since(alice, "ACCOUNT").count(":bob!~bob@127.0.0.1 ACCOUNT *") == 1
    whois = await do(alice, "WHOIS bob", "WHOIS guest")
    assert [line for line in whois if " 330 " in line] == [
        line for line in whois if " 330 alice guest alice " in line
    ]
    assert [line for line in whois if " 330 " in line]
    answers = await do(bob, "REGISTER * * :sesame")
    assert [line for line in answers if "REGISTER SUCCESS bob" in line], answers
    await check_beliefs(own, alice, bob, guest)


async def test_access_lists_that_were_lost(own: Chat, people: People) -> None:
    """ "who was where, [...] with which prefix modes [...] is as all were told; bans, access lists
    [...] of that moment have to be done again" (docs/operations.md)"""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", caps=LOOKING)
    carl = await people(own.g1, "carl", "#room", caps=LOOKING)
    dora = await people(own.g2, "dora", "#room", caps=LOOKING)
    for client in (alice, bob, carl, dora):
        await do(client, "REGISTER * * :sesame")
    await do(alice, "ROOM REGISTER #room", "ROOM ACCESS #room ADD bob op")
    await join(bob, "#room")
    async with forgetting(own, alice, bob, carl, dora):
        await do(alice, "ROOM ACCESS #room REMOVE bob", "ROOM ACCESS #room ADD carl banned")
        await do(alice, "ROOM ACCESS #room ADD dora voice", "ROOM BAN #room x!*@* 1w")
    for client in (alice, bob, dora):
        assert since(client, *NEWS) == []
        assert await in_room(client, "#room") == {"~@alice", "bob", "+dora"}
    rows = await do(alice, "ROOM ACCESS #room LIST", "MODE #room b")
    assert [row for row in rows if " ACCESS #room bob op " in row]  # it has to be removed again
    assert not [row for row in rows if " ACCESS #room carl " in row or " 367 " in row]
    assert [row for row in await do(carl, "JOIN #room") if " JOIN " in row]
    await check_beliefs(own, alice, bob, carl, dora)
    await wait_until_consistent(own.redis)


async def test_a_second_rollback(own: Chat, people: People) -> None:
    """What is made good is found and made good again when that is lost, too."""
    alice = await people(own.g1, "alice", "#room", caps=LOOKING)
    bob = await people(own.g2, "bob", caps=LOOKING)
    async with forgetting(own, alice, bob):
        await join(bob, "#room")
        await do(bob, "NICK robert")
    for client in (alice, bob):
        _marks[client] = len(client.log)
    await own.redis.roll_back()
    for client in (alice, bob):
        await client.fence(20)
    await settle(alice, bob)
    for client in (alice, bob):
        assert since(client, "JOIN", "PART", "QUIT") == []
        assert await in_room(client, "#room") == {"@alice", "robert"}
    await check_beliefs(own, alice, bob)


async def test_a_link_that_is_cut_is_no_rollback(own: Chat, people: People) -> None:
    alice = await people(own.g1, "alice", "#room", caps=(*LOOKING_CAPS, "account-notify"))
    bob = await people(own.g2, "bob", "#room", caps=LOOKING)
    await deliver(bob, "#room", "before")
    before = await ask(own.redis, "XLEN", "chat:room:{#room}:log")
    for _ in range(3):
        await own.redis.stop()
        await own.redis.start()
        for client in (alice, bob):
            await client.fence(20)
    await settle(alice, bob)

    async def connected() -> bool:
        return str(await ask(own.redis, "CLIENT", "LIST")).count("name=chatd-") == 2

    await wait_until(connected, "both gateways are connected")
    assert heard(alice, "NOTICE") == heard(bob, "NOTICE") == []
    assert await ask(own.redis, "XLEN", "chat:room:{#room}:log") == before
    await check_beliefs(own, alice, bob)
