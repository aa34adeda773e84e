"""What one client says to many in one breath: each message is judged as if it were alone.

"Those receivers of a call to whom everything may be said [...] asked for together; the others are
asked about one by one" (post.lua).
"""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

NAMES = ("plain", "fishing", "closed", "gone", "x{y}", "alice", "other")


async def breath(alice: IrcClient, text: str) -> list[str]:
    """Say it to everybody in one write; what she hears of it."""
    await alice.fence()
    await alice.send(*(f"PRIVMSG {name} :{text}" for name in NAMES), "PRIVMSG #room :to all")
    return [line.raw.split(" ", 1)[1] for line in await alice.fence()]


async def heard(client: IrcClient) -> list[str]:
    """Texts that have come."""
    return [line.text for line in await client.fence() if line.command == "PRIVMSG"]


@pytest.mark.parametrize("caps", [(), ("echo-message", "draft/account-registration")])
async def test_many_receivers(connect: Connect, caps: tuple[str, ...]) -> None:
    alice = await connect("alice", caps=caps)
    people = {name: await connect(name) for name in NAMES if name not in ("gone", "alice")}
    fishing, closed = people["fishing"], people["closed"]
    await alice.send("JOIN #room")
    await fishing.send("AWAY :at the lake")
    await closed.send("MODE closed +R")
    for client in (alice, fishing, closed):
        await client.fence()

    def answers(text: str, *refused: str) -> list[str]:
        """What alice hears, in the order in which she has spoken."""
        own = {"alice"} | (set(NAMES) | {"#room"} if caps else set())
        found = [*refused]
        echoes = [f"PRIVMSG {n} :{text}" for n in NAMES if n in own - silent]
        if caps:
            echoes += ["PRIVMSG alice :" + text, "PRIVMSG #room :to all"]
        return sorted(found + echoes)

    # "a user who hears only who is logged in to an account, +R"
    silent = {"gone", "closed"}
    refused = [
        "301 alice fishing :at the lake",
        "477 alice closed :Only who is logged in to an account may send to this user (+R)",
        "401 alice gone :No such nick/channel",
    ]
    got = await breath(alice, "one")
    assert sorted(got) == answers("one", *refused)
    assert [line for line in got if line[:3].isdigit()] == refused  # in the order of asking
    for name in ("plain", "fishing", "x{y}", "other"):
        assert await heard(people[name]) == ["one"], name
    assert await heard(closed) == []

    # all three have changed, and one whom nothing was to be said about has left
    await fishing.send("AWAY")
    await closed.send("MODE closed -R")
    await people["plain"].send("AWAY :now too")
    await people["other"].send("NICK gone")
    for client in people.values():
        await client.fence()
    silent = {"other"}
    refused = ["301 alice plain :now too", "401 alice other :No such nick/channel"]
    got = await breath(alice, "two")
    assert sorted(got) == answers("two", *refused)
    for name in ("plain", "fishing", "closed", "x{y}", "other"):
        assert await heard(people[name]) == ["two"], name


async def test_who_is_logged_in_is_heard_by_all(connect: Connect) -> None:
    """Accounts keep a copy of what they say, the longer path of the script."""
    alice = await registered(connect, "alice")
    also = await connect("alice", sasl=("alice", PASSWORD))
    people = {name: await connect(name) for name in ("bob", "carol", "dave")}
    await people["carol"].send("MODE carol +R")
    await people["dave"].send("AWAY :out")
    for client in people.values():
        await client.fence()
    await also.fence()
    await alice.send(*(f"PRIVMSG {name} :hello" for name in (*people, *people)))
    assert [line.raw for line in await alice.fence()] == [
        ":chat.internal 301 alice dave :out",
        ":chat.internal 301 alice dave :out",
    ]
    for name, client in people.items():
        assert await heard(client) == ["hello", "hello"], name
    assert [line.params for line in await also.fence()] == [
        [name, "hello"] for name in (*people, *people)
    ]
