"""Issue 8, "Coming back": "nothing of a stream that belongs to a name's new owner is ever handed to
the old one", and what a user held besides rooms.
"""

from __future__ import annotations

import pytest

from tests.e2e.promises.absence import (
    LOOKING_CAPS,
    check_beliefs,
    do,
    in_room,
    lost,
    settle,
    wait_until_back,
)
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, join, texts, wait_for_roster
from tests.support.irc import IrcClient

CAPS = (*LOOKING_CAPS, "away-notify", "draft/metadata-2", "account-notify")
SECRETS = [f"secret {number}" for number in range(10)]
cut_or_not = pytest.mark.parametrize("cut", [False, True], ids=["link up", "link cut"])


async def whisper(bob: IrcClient, nick: str) -> None:
    """Ten private messages for whoever has a name."""
    await do(bob, *(f"PRIVMSG {nick} :{text}" for text in SECRETS))


@cut_or_not
async def test_a_name_that_was_taken(mortal: Chat, people: People, cut: bool) -> None:
    """ "The name was taken meanwhile: the old session hears ten private messages of the new owner
    before it is told." """
    old = await people(mortal.g1, "alice", "#one", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#one", caps=CAPS)
    async with lost(mortal, "alice", cut=cut):
        new = await people(mortal.g2, "alice", "#one", caps=CAPS)
        await whisper(bob, "alice")
    last = (await old.expect_closed())[-1]
    assert last.command == "ERROR"
    assert "name was taken" in last.text
    assert heard(old, "PRIVMSG") == []
    await settle(new, bob)
    assert texts(heard(new, "PRIVMSG")) == SECRETS
    assert await in_room(bob, "#one") == {"bob", "alice"}
    await wait_for_roster(mortal.redis, {"alice", "bob"})


@pytest.mark.parametrize("how", ["QUIT", "NICK carol"])
@cut_or_not
async def test_a_name_that_was_taken_and_left_again(
    mortal: Chat, people: People, how: str, cut: bool
) -> None:
    """The same where the new owner has gone, or goes by another name, when the old one returns."""
    old = await people(mortal.g1, "alice", "#one", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#one", caps=CAPS)
    async with lost(mortal, "alice", cut=cut):
        new = await people(mortal.g2, "alice", "#one", caps=CAPS)
        await whisper(bob, "alice")
        await new.send(how)
        if how == "QUIT":
            await new.expect_closed()
        else:
            new.nick = "carol"
            await settle(new)
    await wait_until_back(mortal, old)
    await do(bob, "PRIVMSG alice :for the old one")
    await settle(old, bob)
    assert texts(heard(old, "PRIVMSG")) == ["for the old one"]
    clients = [old, bob, new] if new.nick == "carol" else [old, bob]
    if new.nick == "carol":
        assert texts(heard(new, "PRIVMSG")) == SECRETS
    await check_beliefs(mortal, *clients)


@cut_or_not
async def test_a_name_that_was_taken_by_nick(mortal: Chat, people: People, cut: bool) -> None:
    """The same where somebody who was online already takes the name."""
    old = await people(mortal.g1, "alice", "#one", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#one", caps=CAPS)
    carol = await people(mortal.g2, "carol", "#one", caps=CAPS)
    async with lost(mortal, "alice", cut=cut):
        await do(carol, "NICK alice")
        carol.nick = "alice"
        await whisper(bob, "alice")
    assert "name was taken" in (await old.expect_closed())[-1].text
    assert heard(old, "PRIVMSG") == []
    await check_beliefs(mortal, bob, carol)
    assert texts(heard(carol, "PRIVMSG")) == SECRETS


async def told(client: IrcClient, question: str) -> list[str]:
    """The answer to a question, without batches: each has a name of its own."""
    return [line for line in await do(client, question) if " BATCH " not in line]


@cut_or_not
async def test_what_a_user_held_besides_rooms(mortal: Chat, people: People, cut: bool) -> None:
    """ "What sessions held when they were lost (rooms with prefix modes, invitations, user modes,
    METADATA, away, monitors)" is "given back whole"."""
    amy = await people(mortal.g1, "amy", "#one", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#one", "#inv", caps=CAPS)
    eve = await people(mortal.g2, "eve", "#one", caps=CAPS)
    await do(bob, "MODE #inv +i", "INVITE amy #inv")
    await do(
        amy,
        "MODE amy +iwR",
        "AWAY :at lunch",
        "METADATA * SET url :https://example.org/",
        "ACCEPT bob",
        "MONITOR + bob,zoe",
    )
    questions = ("MODE amy", "METADATA amy LIST", "ACCEPT", "MONITOR L", "INVITE")
    before = [await told(amy, question) for question in questions]
    async with lost(mortal, "amy", cut=cut):
        pass
    await wait_until_back(mortal, amy, bob, eve)
    after = [await told(amy, question) for question in questions]
    assert after == before
    answers = await do(bob, "PRIVMSG amy :are you there?")
    assert [line for line in answers if " 301 bob amy :at lunch" in line], answers
    answers = await do(eve, "PRIVMSG amy :let me in")
    assert [line for line in answers if " 477 eve amy " in line], answers
    await settle(amy)
    assert texts(heard(amy, "PRIVMSG")) == ["are you there?"]
    await people(mortal.g2, "zoe")
    await amy.fence()
    assert [line.text for line in heard(amy, "730")][-1].startswith("zoe!")
    await join(amy, "#inv")
    await check_beliefs(mortal, amy, bob, eve)


async def test_what_an_observer_hears_of_a_return(mortal: Chat, people: People) -> None:
    """One QUIT, then one JOIN, then AWAY: "this message [AWAY] is also sent when a user joins a
    channel, if that user is away". https://ircv3.net/specs/extensions/away-notify"""
    amy = await people(mortal.g1, "amy", "#one", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#one", caps=CAPS)
    monitor = await people(mortal.g2, "monitor", caps=CAPS)
    await do(monitor, "MONITOR + amy")
    await do(amy, "AWAY :at lunch")
    await settle(bob)
    bob.log.clear()
    monitor.log.clear()
    async with lost(mortal, "amy"):
        pass
    await wait_until_back(mortal, amy, bob, monitor)
    acts = [(line.command, line.text) for line in bob.log if line.nick == "amy"]
    assert [kind for kind, _ in acts] == ["QUIT", "JOIN", "AWAY"], acts
    assert acts[2] == ("AWAY", "at lunch")
    assert [line.command for line in monitor.log if line.command in {"730", "731"}] == [
        "731", "730"
    ]  # fmt: skip
