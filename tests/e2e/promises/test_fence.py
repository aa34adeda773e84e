"""Promise 1: PONG is a fence.

"It leaves after the session's earlier commands have taken effect in Redis, and after everything
that any gateway had acknowledged before the PING arrived has been written to this session."
"A reply that reads shared state never overtakes an event that it already reflects."
"""

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, say, texts
from tests.support.irc import IrcClient, Line

ROUNDS = 200


async def test_what_was_acknowledged_is_there_before_the_pong(
    every_engine: Chat, people: People
) -> None:
    """ "everything that any gateway had acknowledged before the PING arrived" """
    chat = every_engine
    alice = await people(chat.g1, "alice", "#fence")
    bob = await people(chat.g2, "bob", "#fence")
    for number in range(ROUNDS):
        target = "#fence" if number % 2 else "bob"
        await say(alice, target, f"round {number}")
        before_the_pong = await bob.fence()
        assert f"round {number}" in texts(before_the_pong)


async def test_the_fence_holds_under_load(shared: Chat, people: People) -> None:
    """The same while others fill the room from both gateways."""
    alice = await people(shared.g1, "alice", "#crowd")
    bob = await people(shared.g2, "bob", "#crowd")
    noise = [await people(gateway, f"noise-{gateway.id}", "#crowd", caps=())
             for gateway in (shared.g1, shared.g2)]  # fmt: skip
    stop = asyncio.Event()

    async def shout(client: IrcClient) -> None:
        while not stop.is_set():
            await client.send(*("PRIVMSG #crowd :noise" for _ in range(50)))
            await client.fence()

    shouting = [asyncio.create_task(shout(client)) for client in noise]
    for number in range(50):
        await say(alice, "#crowd", f"round {number}")
        assert f"round {number}" in texts(await bob.fence())
    stop.set()
    await asyncio.gather(*shouting)


async def test_the_own_commands_have_taken_effect(shared: Chat, people: People) -> None:
    """ "after the session's earlier commands have taken effect in Redis" """
    alice = await people(shared.g1, "alice", caps=())  # no echo: nothing says "done" but the PONG
    bob = await people(shared.g2, "bob", "#effect")
    await alice.send("JOIN #effect", "PRIVMSG #effect :I am here", "PART #effect")
    await alice.fence()
    lines = await bob.fence()
    assert [line.command for line in lines if line.nick == "alice"] == ["JOIN", "PRIVMSG", "PART"]


async def test_names_knows_an_acknowledged_join_and_part(
    every_engine: Chat, people: People
) -> None:
    """ "A reply that reads shared state never overtakes an event that it already reflects": the
    names that g2 shows are those of the events that g2 has shown."""
    chat = every_engine
    alice = await people(chat.g1, "alice")
    bob = await people(chat.g2, "bob", "#names")
    for _ in range(ROUNDS // 4):
        for command, inside in (("JOIN", True), ("PART", False)):
            await alice.send(f"{command} #names")
            await alice.expect(rf":alice!\S+ {command} #names")
            await bob.send("NAMES #names")
            lines = await bob.lines_until(" 366 ")
            events = [line.command for line in lines if line.nick == "alice"]
            assert events == [command], "the event stands before the answer that reflects it"
            assert ("alice" in _names(lines)) is inside


async def test_names_agrees_with_events_while_people_come_and_go(
    shared: Chat, people: People
) -> None:
    """The same without waiting for anybody: each answer is the sum of the events before it."""
    bob = await people(shared.g2, "bob", "#flow")
    walkers = [await people(shared.g1, f"walker{i}", caps=()) for i in range(3)]

    enough = asyncio.Event()

    async def walk(client: IrcClient) -> int:
        rounds = 0
        while not enough.is_set():
            await client.send(*("JOIN #flow", "PART #flow") * 10)
            await client.fence()
            rounds += 10
        return rounds

    walking = [asyncio.create_task(walk(client)) for client in walkers]
    while len(heard(bob, "JOIN")) < 120 or len(heard(bob, "366")) < 40:
        await bob.send("NAMES #flow")
        await bob.expect(" 366 ")
    enough.set()
    rounds = sum(await asyncio.gather(*walking))
    await bob.fence()
    inside = {"bob"}
    start = next(i for i, line in enumerate(bob.log) if line.command == "366")
    for line in bob.log[start + 1 :]:
        if line.command == "JOIN":
            inside.add(line.nick)
        elif line.command == "PART":
            inside.remove(line.nick)
        elif line.command == "353":
            assert _names([line]) == inside
    assert len(heard(bob, "JOIN")) == 1 + rounds


def _names(lines: list[Line]) -> set[str]:
    return {
        name.lstrip("~&@%+")
        for line in lines
        if line.command == "353"
        for name in line.text.split()
    }
