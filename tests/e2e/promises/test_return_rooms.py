"""Issue 8, "Coming back": what sessions held when they were lost "is given back whole; what is not
given back is told to the client in the protocol's own words (PART, MODE, NOTE)".

The first gateway is stopped until its lease is over and its users were removed, then it goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.e2e.promises.absence import (
    LOOKING_CAPS,
    believe,
    check_beliefs,
    do,
    in_room,
    lost,
    settle,
    stored_members,
    view,
    wait_until_back,
)
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, join, roster, texts
from tests.support.irc import IrcClient

CAPS = (*LOOKING_CAPS, "draft/metadata-2", "draft/channel-rename", "draft/chathistory")
TEN = [f"#ten{number}" for number in range(10)]


@asynccontextmanager
async def trying(client: IrcClient, line: str) -> AsyncIterator[None]:
    """Send a line all the time."""

    async def again() -> None:
        while True:
            await client.send(line)
            await client.fence()

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def den(chat: Chat, people: People) -> tuple[IrcClient, IrcClient, IrcClient]:
    """A room that is nobody's but for three people on the first gateway."""
    boss, amy, max_ = [
        await people(chat.g1, nick, "#den", caps=CAPS) for nick in ("boss", "amy", "max")
    ]
    answers = await do(
        boss,
        "TOPIC #den :of us",
        "MODE #den +iskml key 20",
        "MODE #den +beI eve!*@* adam!*@* ida!*@*",
        "MODE #den +vh amy max",
        "METADATA #den SET url :https://example.org/",
    )
    assert not [line for line in answers if " FAIL " in line or " 4" in line[:30]], answers
    await settle(boss, amy, max_)
    return boss, amy, max_


async def test_a_room_all_of_whose_members_were_lost(mortal: Chat, people: People) -> None:
    """ "All members on it, room `+iskm`, banned eve: afterwards modes are `nt`, topic, key, bans
    are gone, somebody else is operator, eve is in and listens." """
    boss, amy, max_ = await den(mortal, people)
    before = await view(boss, "#den")
    eve = await people(mortal.g2, "eve", caps=CAPS)
    async with trying(eve, "JOIN #den key"):
        async with lost(mortal, "boss", "amy", "max"):
            pass
        await wait_until_back(mortal, boss, amy, max_)
    assert await view(boss, "#den") == before
    assert await in_room(amy, "#den") == {"@boss", "+amy", "%max"}
    await do(boss, "PRIVMSG #den :only for us")
    await settle(boss, amy, max_, eve)
    assert heard(eve, "JOIN") == heard(eve, "PRIVMSG") == []
    await check_beliefs(mortal, boss, amy, max_, eve)


async def test_who_enters_an_open_room_meanwhile_is_no_operator(
    mortal: Chat, people: People
) -> None:
    """ "somebody else is operator": the room is as its members left it, also for who enters."""
    boss = await people(mortal.g1, "boss", "#hall", caps=CAPS)
    amy = await people(mortal.g1, "amy", "#hall", caps=CAPS)
    await do(boss, "TOPIC #hall :welcome", "MODE #hall +v amy")
    zoe = await people(mortal.g2, "zoe", caps=CAPS)
    async with lost(mortal, "boss", "amy"):
        await join(zoe, "#hall")
        assert believe(zoe).rooms["#hall"].members == {"zoe": ""}
        assert believe(zoe).rooms["#hall"].topic == "welcome"
    await wait_until_back(mortal, boss, amy)
    for client in (boss, amy, zoe):
        assert await in_room(client, "#hall") == {"@boss", "+amy", "zoe"}
    await check_beliefs(mortal, boss, amy, zoe)


async def test_prefix_modes_where_one_member_was_elsewhere(mortal: Chat, people: People) -> None:
    """ "With one member elsewhere: nobody is operator any more, untold." """
    boss, amy, max_ = await den(mortal, people)
    bob = await people(mortal.g2, "bob", caps=CAPS)
    await do(boss, "INVITE bob #den")
    await do(bob, "JOIN #den")
    mark = len(bob.log)
    before = await view(bob, "#den")
    async with lost(mortal, "boss", "amy", "max"):
        await settle(bob)
        assert believe(bob).rooms["#den"].members == {"bob": ""}
    await wait_until_back(mortal, boss, amy, max_)
    for client in (boss, amy, max_, bob):
        assert await in_room(client, "#den") == {"@boss", "+amy", "%max", "bob"}
    assert await view(bob, "#den") == before
    # "told to the client in the protocol's own words": JOIN, then MODE
    after = bob.log[mark:]
    joined = [line.nick for line in after if line.command == "JOIN"]
    assert sorted(joined) == ["amy", "boss", "max"]
    (told,) = [line for line in after if line.command == "MODE" and "boss" in line.params]
    join_of_boss = next(line for line in after if line.command == "JOIN" and line.nick == "boss")
    assert after.index(told) > after.index(join_of_boss)
    await check_beliefs(mortal, boss, amy, max_, bob)


@pytest.mark.parametrize("when", ["lease over", "link cut", "lease held"])
async def test_who_was_kicked_meanwhile_stays_out(mortal: Chat, people: People, when: str) -> None:
    """ "KICK and MODE +i meanwhile: the kicked user is back inside 10 of 10 rooms." """
    carl = await people(mortal.g1, "carl", "#safe", caps=CAPS)
    olga = await people(mortal.g2, "olga", *TEN, "#safe", caps=CAPS)
    for room in TEN:
        await join(carl, room)
    await settle(olga)
    mortal.g1.pause()
    await kick(olga, "carl")
    if when == "lease held":
        mortal.g1.resume()
    else:
        async with lost(mortal, "carl", cut=when == "link cut"):
            await do(olga, *(f"PRIVMSG {room} :without carl" for room in TEN))
    await wait_until_back(mortal, carl, olga)
    await do(olga, *(f"PRIVMSG {room} :still without carl" for room in TEN))
    await do(olga, "PRIVMSG #safe :hello carl")
    await settle(carl)
    for room in TEN:
        assert await stored_members(mortal.redis, room) == {"olga"}, room
        assert await in_room(olga, room) == {"@olga"}
    left = [line.params[0] for line in (*heard(carl, "KICK"), *heard(carl, "PART"))]
    assert sorted(left) == sorted(TEN), "told once for each room"
    assert texts(heard(carl, "PRIVMSG")) == ["hello carl"]
    await check_beliefs(mortal, carl, olga)


async def kick(olga: IrcClient, nick: str) -> None:
    for room in TEN:
        answers = await do(olga, f"KICK {room} {nick} :out", f"MODE {room} +i")
        assert any(" KICK " in line for line in answers), answers


@pytest.mark.parametrize("cut", [False, True], ids=["link up", "link cut"])
async def test_who_was_banned_after_the_loss_stays_out(
    mortal: Chat, people: People, cut: bool
) -> None:
    """The same with MODE +b when his gateway was already taken for dead."""
    carl = await people(mortal.g1, "carl", "#safe", caps=CAPS)
    olga = await people(mortal.g2, "olga", *TEN, "#safe", caps=CAPS)
    for room in TEN:
        await join(carl, room)
    async with lost(mortal, "carl", cut=cut):
        for room in TEN:
            await do(olga, f"MODE {room} +ib carl!*@*", f"PRIVMSG {room} :without carl")
    await wait_until_back(mortal, carl, olga)
    await do(olga, *(f"PRIVMSG {room} :still without carl" for room in TEN))
    await settle(carl)
    for room in TEN:
        assert await stored_members(mortal.redis, room) == {"olga"}, room
    assert sorted(line.params[0] for line in heard(carl, "PART")) == sorted(TEN)
    assert not [text for text in texts(heard(carl, "PRIVMSG")) if "still" in text]
    await check_beliefs(mortal, carl, olga)


LINES = {
    "nicky": ["NICK nicola"],
    "jo": ["JOIN #new"],
    "party": ["PART #one"],
    "tom": ["PRIVMSG #one :good morning"],
    "quinn": ["QUIT :enough"],
    "mix": ["NICK mixed", "JOIN #new", "PRIVMSG #new :and I", "PART #two", "TOPIC #new :new"],
    "busy": ["PART #one", "JOIN #one", "NICK bizzy", "NICK busy", "PRIVMSG #two :here"],
}


@pytest.mark.parametrize("length", ["reaped", "link cut", "short"])
async def test_lines_that_are_sent_during_the_return(
    mortal: Chat, people: People, length: str
) -> None:
    """ "NICK sent during the return: the user is out of a room in Redis, untold, and goes on
    hearing it." The lines are in the sockets before the gateway goes on."""
    olga = await people(mortal.g2, "olga", "#one", "#two", caps=CAPS)
    sleepers = {nick: await people(mortal.g1, nick, "#one", "#two", caps=CAPS) for nick in LINES}
    await settle(olga)
    mortal.g1.pause()
    for nick, client in sleepers.items():
        await client.send(*LINES[nick])
    if length == "short":
        mortal.g1.resume()
    else:
        async with lost(mortal, *sleepers, cut=length == "link cut"):
            pass
    await sleepers.pop("quinn").expect_closed()
    await settle(*sleepers.values())
    for client in sleepers.values():
        client.nick = believe(client).nick
    await wait_until_back(mortal, *sleepers.values())
    online = {client.nick for client in (olga, *sleepers.values())}
    assert online == await roster(mortal.redis)
    await check_beliefs(mortal, olga, *sleepers.values())
    # a line was carried out, or its sender was told to send it again
    done = [] if refused(sleepers["tom"]) else ["good morning"]
    for client in (olga, *sleepers.values()):
        if "#one" in believe(client).rooms:
            from_tom = [line for line in heard(client, "PRIVMSG", "#one") if line.nick == "tom"]
            assert texts(from_tom) == done, client.nick
    for nick, new in (("nicky", "nicola"), ("mix", "mixed")):
        assert sleepers[nick].nick == (nick if refused(sleepers[nick]) else new)
    assert ("#one" in believe(sleepers["party"]).rooms) == bool(refused(sleepers["party"]))
    assert ("#new" in believe(sleepers["jo"]).rooms) != bool(refused(sleepers["jo"]))
    await do(olga, "PRIVMSG #one :to all who are left", "PRIVMSG #two :to them too")
    await check_beliefs(mortal, olga, *sleepers.values())


def refused(client: IrcClient) -> list[str]:
    """The answers that ask to try again."""
    return [line.raw for line in client.log if line.command in {"400", "FAIL"}]


@pytest.mark.parametrize("cut", [False, True], ids=["link up", "link cut"])
async def test_what_was_said_meanwhile_comes_once_and_in_order(
    mortal: Chat, people: People, cut: bool
) -> None:
    """ "No acknowledged message was lost, doubled or disordered" - in rooms that are given back."""
    amy = await people(mortal.g1, "amy", "#open", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#open", "#priv", "#out", caps=CAPS)
    await do(bob, "INVITE amy #priv", "MODE #priv +i")
    await join(amy, "#priv")
    await join(amy, "#out")
    await do(bob, "MODE #out +i")
    mortal.g1.pause()
    for number in range(3):
        await do(bob, f"PRIVMSG #open :{number}", f"PRIVMSG #priv :{number}")
    async with lost(mortal, "amy", cut=cut):
        await do(bob, "MODE #out +b amy!*@*")
        for number in range(3, 6):
            rooms = ("#open", "#priv", "#out")
            await do(bob, *(f"PRIVMSG {room} :{number}" for room in rooms))
    await wait_until_back(mortal, amy)
    await do(bob, *(f"PRIVMSG {room} :6" for room in ("#open", "#priv", "#out")))
    await settle(amy)
    for room in ("#open", "#priv"):
        assert texts(heard(amy, "PRIVMSG", room)) == [str(number) for number in range(7)], room
    assert heard(amy, "PRIVMSG", "#out") == []
    await check_beliefs(mortal, amy, bob)


@pytest.mark.parametrize("account", [False, True], ids=["guest", "account"])
async def test_the_history_of_a_renamed_room(mortal: Chat, people: People, account: bool) -> None:
    """ "RENAME forgets `:lost`, so the history of a renamed invite-only room is deleted for the
    member who comes back." """
    amy = await people(mortal.g1, "amy", caps=CAPS)
    if account:
        await do(amy, "REGISTER * * :sesame")
    await join(amy, "#old")
    await do(amy, "MODE #old +i", "PRIVMSG #old :before")
    await do(amy, "RENAME #old #new", "PRIVMSG #new :after")
    zoe = await people(mortal.g2, "zoe", caps=CAPS)
    async with lost(mortal, "amy"):
        await do(zoe, "JOIN #old")
    await wait_until_back(mortal, amy)
    await check_beliefs(mortal, amy)
    assert await history(amy, "#new") == ["before", "after"]
    assert await history(zoe, "#old") == [], "a new room under the old name"


async def history(client: IrcClient, target: str) -> list[str]:
    """Texts of the last messages."""
    await client.fence()
    await client.send(f"CHATHISTORY LATEST {target} * 50")
    return [line.text for line in await client.fence() if line.command == "PRIVMSG"]
