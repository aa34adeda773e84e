"""One order for everybody, the sender too: what has a label stands where it stands for others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import count

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient, Line

CAPS = ("batch", "labeled-response", "message-tags", "echo-message")
ROOM = "#room"
TOLD = {"PRIVMSG", "JOIN", "PART", "TOPIC", "MODE", "NICK"}

Told = tuple[str, ...]


def told(lines: Iterable[Line]) -> list[Told]:
    """What happened, in the order in which a client was told: who, what, words."""
    return [(line.nick, line.command, *line.params) for line in lines if line.command in TOLD]


def labels(lines: Iterable[Line]) -> list[str]:
    """The labels of answers, in their order."""
    return [line.tags["label"] for line in lines if "label" in line.tags]


async def in_room(*clients: IrcClient) -> None:
    """All enter, the first as operator, and forget what they heard of it."""
    for client in clients:
        await client.send(f"JOIN {ROOM}")
        await client.fence()
    for client in clients:
        await client.fence()
        client.log.clear()


async def talk(client: IrcClient, over: asyncio.Event) -> None:
    """Speak all the time, three lines at once."""
    for number in count():
        if over.is_set():
            return
        await client.send(*(f"PRIVMSG {ROOM} :{client.nick} {number} {part}" for part in "abc"))
        await client.fence()


async def come_and_go(client: IrcClient, over: asyncio.Event) -> None:
    """Enter and leave all the time."""
    while not over.is_set():
        await client.send(f"JOIN {ROOM}")
        await client.fence()
        await client.send(f"PART {ROOM} :bye")
        await client.fence()


async def test_a_labelled_message_and_an_unlabelled_one_behind_it(connect: Connect) -> None:
    """Issue 8: "A labelled message and an unlabelled one behind it: the sender hears the second
    first (69 of 100 rounds) ... One order for everybody, the sender too." """
    alice, bob, carol, witness = [
        await connect(nick, CAPS) for nick in ("alice", "bob", "carol", "witness")
    ]
    await in_room(witness, alice, bob, carol)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for speaker in (bob, carol):
            group.create_task(talk(speaker, over))
        for number in range(100):
            await alice.send(
                f"@label=a{number} PRIVMSG {ROOM} :first {number}",
                f"PRIVMSG {ROOM} :second {number}",
                f"@label=b{number} PRIVMSG {ROOM} :third {number}",
            )
            await alice.fence()
        over.set()
    for client in (alice, bob, carol, witness):
        await client.fence()
    assert told(alice.log) == told(witness.log)
    assert told(bob.log) == told(witness.log)
    assert labels(alice.log) == [f"{what}{number}" for number in range(100) for what in "ab"]
    assert not any(line.command == "BATCH" for line in alice.log), "an echo is one line"


async def test_entering_and_leaving_with_a_label(connect: Connect) -> None:
    """Issue 8: "After a labelled PART the room's messages follow the own PART; after a labelled
    JOIN, NAMES has people whose JOIN follows." """
    nicks = ("alice", "bob", "carol", "dave", "erin", "witness")
    alice, bob, carol, dave, erin, witness = [await connect(nick, CAPS) for nick in nicks]
    await in_room(witness, bob)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(talk(bob, over))
        for client in (carol, dave, erin):
            group.create_task(come_and_go(client, over))
        for number in range(40):
            await alice.send(f"@label=j{number} JOIN {ROOM}")
            await alice.expect(" 366 ")
            await alice.send(f"@label=p{number} PART {ROOM} :bye")
            await alice.fence()
        over.set()
    for client in (alice, witness):
        await client.fence()
    assert labels(alice.log) == [f"{what}{number}" for number in range(40) for what in "jp"]
    everything = told(witness.log)
    stays = [
        position
        for position, (nick, command, *_) in enumerate(everything)
        if nick == "alice" and command == "JOIN"
    ]
    assert len(stays) == 40
    lines = iter(alice.log)
    for start in stays:
        end = everything.index(("alice", "PART", ROOM, "bye"), start)
        heard = until(lines, "353")
        names = {nick.lstrip("@") for nick in heard.pop().text.split()}
        before = told(heard)
        assert before == everything[start : start + len(before)]
        assert names == inside({"witness", "bob"}, everything[: start + len(before)])
        assert before + told(until(lines, "PART", "alice")) == everything[start : end + 1]
    assert not told(lines)


def until(lines: Iterable[Line], command: str, nick: str = "") -> list[Line]:
    """The lines up to one."""
    found = []
    for line in lines:
        found.append(line)
        if line.command == command and nick in ("", line.nick):
            break
    return found


def inside(names: set[str], happened: Iterable[Told]) -> set[str]:
    """Who is in the room after all this."""
    for nick, command, *_ in happened:
        if command == "JOIN":
            names = names | {nick}
        elif command == "PART":
            names = names - {nick}
    return names


async def test_what_changes_a_room_or_a_name_has_its_place(connect: Connect) -> None:
    """ "One order for everybody, the sender too": whatever the labelled command is."""
    alice, bob, carol, witness = [
        await connect(nick, CAPS) for nick in ("alice", "bob", "carol", "witness")
    ]
    await in_room(alice, bob, carol, witness)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for speaker in (bob, carol):
            group.create_task(talk(speaker, over))
        for number in range(25):
            await alice.send(
                f"@label=t{number} TOPIC {ROOM} :{number}",
                f"@label=m{number} PRIVMSG {ROOM} :{number}",
                f"@label=n{number} NICK alice{number}",
                f"@label=o{number} MODE {ROOM} {'-+'[number % 2]}t",
                f"@label=w{number} WHOIS bob",
                f"PRIVMSG {ROOM} :unlabelled {number}",
            )
            await alice.fence()
        over.set()
    for client in (alice, witness):
        await client.fence()
    assert told(alice.log) == told(witness.log)
    assert labels(alice.log) == [f"{what}{number}" for number in range(25) for what in "tmnow"]


async def test_leaving_and_kicking_end_what_is_heard(connect: Connect) -> None:
    """A labelled KICK of oneself, and QUIT: all that was said before, nothing after."""
    alice, bob, witness = [await connect(nick, CAPS) for nick in ("alice", "bob", "witness")]
    await in_room(alice, bob, witness)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(talk(bob, over))
        await alice.lines_until(r"PRIVMSG #room :bob 3 c")
        await alice.send(f"@label=k KICK {ROOM} alice", "@label=q QUIT :bye")
        await alice.expect_closed()
        over.set()
    await witness.fence()
    heard = [line for line in alice.log if line.command in ("PRIVMSG", "KICK")]
    seen = [line for line in witness.log if line.command in ("PRIVMSG", "KICK")]
    assert [line.text for line in heard] == [line.text for line in seen][: len(heard)]
    assert heard[-1].command == "KICK"
    assert labels(alice.log) == ["k"]


async def test_an_echo_and_that_the_other_is_away_are_a_batch(connect: Connect) -> None:
    """ "If a response consists of more than one message, a batch MUST be used" """
    alice = await connect("alice", CAPS)
    bob = await connect("bob")
    await bob.send("AWAY :not here")
    await bob.fence()
    await alice.send("@label=x PRIVMSG bob :hi", "PRIVMSG alice :between")
    lines = await alice.fence()
    start = lines[0]
    assert (start.command, start.params[1], start.tags["label"]) == (
        "BATCH", "labeled-response", "x",
    )  # fmt: skip
    reference = start.params[0][1:]
    inner = [line for line in lines if line.tags.get("batch") == reference]
    assert [line.command for line in inner] == ["PRIVMSG", "301"]
    assert f"BATCH -{reference}" in [line.raw.partition(" ")[2] for line in lines]
