"""ROOM BAN, MUTE, UNBAN, UNMUTE. Sentences are of docs/extensions.md unless said."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect
from tests.e2e.test_access import registered_room
from tests.e2e.test_room_registration import CAPS, owner
from tests.support.irc import IrcClient

RACES = 20


async def founder(connect: Connect) -> IrcClient:
    """The operator of #room, who understands NOTE and FAIL."""
    alice = await connect("alice", caps=CAPS)
    await join(alice, "#room")
    return alice


async def test_a_ban_of_a_nick_is_one_of_the_account(connect: Connect) -> None:
    """Of a nick it is a ban of the account, which stays the same under every nick and host."""
    alice, bob = await founder(connect), await owner(connect, "Bob")
    await join(bob, "#room")
    await heard(alice)
    assert await ask(alice, "ROOM BAN #room bob :go away") == [
        "alice MODE #room +b a:Bob",
        "alice KICK #room Bob :go away",
        "NOTE ROOM BANNED #room a:Bob * :a:Bob is banned until it is lifted",
    ]
    assert await heard(bob) == ["alice MODE #room +b a:Bob", "alice KICK #room Bob :go away"]
    await ask(bob, "NICK other")
    assert await ask(bob, "JOIN #room") == ["474 other #room :Cannot join channel (+b)"]
    assert await ask(alice, "ROOM UNBAN #room other") == [
        "alice MODE #room -b a:Bob",
        "NOTE ROOM UNBANNED #room a:Bob :a:Bob is in the list no more",
    ]
    assert (await ask(bob, "JOIN #room"))[0] == "other JOIN #room"


@pytest.mark.parametrize("asked", ["a:bob", "a:Bob", "account:BOB", "$a:bob", "bob"])
async def test_an_account_that_a_mask_names_is_put_out(connect: Connect, asked: str) -> None:
    """... puts out who is meant."""
    alice, bob = await founder(connect), await owner(connect, "Bob")
    await ask(bob, "NICK other" if asked != "bob" else "NICK bob")
    await join(bob, "#room")
    await heard(alice)
    assert (await ask(alice, f"ROOM BAN #room {asked}"))[1].startswith("alice KICK #room ")


@pytest.mark.parametrize(
    "asked",
    [
        "\u039d\u0399\u039a\u039f\u03a3",
        "a:\u03bd\u03b9\u03ba\u03bf\u03c2",
        "a:\u039d\u0399\u039a\u039f\u03a3",
    ],
)
async def test_an_account_with_a_sigma_at_its_end(connect: Connect, asked: str) -> None:
    """In masks both sigmas are one letter; names have two."""
    alice, nikos = await founder(connect), await owner(connect, "\u03bd\u03b9\u03ba\u03bf\u03c2")
    await join(nikos, "#room")
    await heard(alice)
    lines = await ask(alice, f"ROOM BAN #room {asked}")
    assert lines[1] == "alice KICK #room \u03bd\u03b9\u03ba\u03bf\u03c2 :Banned"
    await nikos.fence()
    assert (await ask(nikos, "JOIN #room"))[0].startswith("474 ")


async def test_a_ban_of_a_guest_is_one_of_the_host(connect: Connect) -> None:
    """... or, of a guest, of the host that others see."""
    alice, eve = await founder(connect), await connect("eve")
    await join(eve, "#room")
    lines = await ask(alice, "ROOM BAN #room EVE")
    assert lines[-3:] == [
        "alice MODE #room +b *!*@127.0.0.1",
        "alice KICK #room eve :Banned",
        "NOTE ROOM BANNED #room *!*@127.0.0.1 * :*!*@127.0.0.1 is banned until it is lifted",
    ]
    assert await ask(eve, "JOIN #room") == ["474 eve #room :Cannot join channel (+b)"]


async def test_who_is_offline(connect: Connect) -> None:
    alice, bob = await founder(connect), await owner(connect, "Bob")
    await bob.send("QUIT")
    await bob.expect("ERROR")
    assert (await ask(alice, "ROOM BAN #room bob"))[0] == "alice MODE #room +b a:Bob"
    assert (await ask(alice, "ROOM UNBAN #room BOB"))[0] == "alice MODE #room -b a:Bob"
    assert await ask(alice, "ROOM BAN #room nobody") == [
        "FAIL ROOM NO_SUCH_NICK BAN #room nobody :Nobody is called so; give a mask"
    ]
    assert await ask(alice, "ROOM UNBAN #room nobody") == [
        "FAIL ROOM NOT_BANNED UNBAN #room nobody :There is no such ban"
    ]


async def test_a_mute(connect: Connect) -> None:
    alice, eve = await founder(connect), await connect("eve")
    await join(eve, "#room")
    await heard(alice)
    assert (await ask(alice, "ROOM MUTE #room eve"))[0] == "alice MODE #room +b m:*!*@127.0.0.1"
    await eve.fence()
    assert await ask(eve, "PRIVMSG #room :a") == [
        "404 eve #room :Cannot send to channel (+b): you are muted here"
    ]
    # what is a ban stays
    await ask(alice, "ROOM BAN #room *!*@192.0.2.0/24", "MODE #room +b eve")
    assert await ask(alice, "ROOM UNMUTE #room eve") == [
        "alice MODE #room -b m:*!*@127.0.0.1",
        "NOTE ROOM UNMUTED #room m:*!*@127.0.0.1 :m:*!*@127.0.0.1 is in the list no more",
    ]
    listed = [line.split()[3] for line in await ask(alice, "MODE #room b") if line[:3] == "367"]
    assert sorted(listed) == ["*!*@192.0.2.0/24", "eve!*@*"]


@pytest.mark.parametrize("action", ["BAN", "MUTE"])
async def test_it_ends_by_itself(connect: Connect, action: str) -> None:
    """A time says when it ends; within some seconds the server lifts it, and all see that."""
    alice, eve = await founder(connect), await connect("eve")
    mask = "eve!*@*" if action == "BAN" else "m:eve!*@*"
    *_, note = await ask(alice, f"ROOM {action} #room eve!*@* 1s")
    assert re.fullmatch(rf"NOTE ROOM \w+ #room {re.escape(mask)} 1\d{{9}} :.* for 1 s", note)
    refused = "JOIN #room" if action == "BAN" else "PRIVMSG #room :a"
    if action == "MUTE":
        await join(eve, "#room")
    first = (await ask(eve, refused))[0]
    assert first[:3] in ("474", "404")
    line = await alice.expect(rf"^:\S+ MODE #room -b {re.escape(mask)}$")
    assert "!" not in line.raw.split(" ")[0]
    await eve.fence()
    assert (await ask(eve, refused))[:1] in (["eve JOIN #room"], [])
    assert (await ask(alice, "MODE #room b")) == ["368 alice #room :End of channel ban list"]


async def test_the_time_is_changed(connect: Connect) -> None:
    """Said again it has another end, or none; what is set and lifted by MODE has none."""
    alice = await founder(connect)
    first = (await ask(alice, "ROOM BAN #room x!*@* 1w"))[-1].split()[5]
    second = (await ask(alice, "ROOM BAN #room x!*@* 60"))[-1].split()[5]
    assert int(first) - int(second) in range(604_800 - 3_600 - 30, 604_800 - 3_600 + 1)
    assert (await ask(alice, "ROOM BAN #room x!*@*"))[-1].split()[5] == "*"
    await ask(alice, "ROOM BAN #room x!*@* 1s", "MODE #room -b+b x!*@* x!*@*")
    await ask(alice, "ROOM BAN #room y!*@* 2s")
    await alice.expect(r" MODE #room -b y!\*@\*$")
    assert (await ask(alice, "MODE #room b"))[0].startswith("367 alice #room x!*@* ")


async def test_the_list_with_the_ends(connect: Connect) -> None:
    """ "`ROOM BANS #room` lists the bans with their ends, to who may know of the room." """
    alice, eve = await founder(connect), await connect("eve", caps=CAPS)
    ends = (await ask(alice, "ROOM BAN #room c!*@* 1d"))[-1].split()[5]
    await ask(alice, "MODE #room +b m:y")
    first, second, end = await ask(eve, "ROOM BANS #room")
    by = r"alice!~alice@127\.0\.0\.1 1\d{9}"
    assert re.match(rf"NOTE ROOM BAN #room c!\*@\* {by} {ends} :c!\*@\* until 20\d\d-", first)
    assert re.match(
        rf"NOTE ROOM BAN #room m:y!\*@\* {by} \* :m:y!\*@\* until it is lifted, as ", second
    )
    assert end == "NOTE ROOM BANS_END #room 2 :2 masks are in the list"
    await ask(alice, "MODE #room +s")
    assert (await ask(eve, "ROOM BANS #room"))[0].startswith("FAIL ROOM NO_SUCH_ROOM BANS #room ")


async def test_refusals(connect: Connect) -> None:
    alice, bob = await founder(connect), await connect("bob", caps=CAPS)
    await join(bob, "#room")
    await ask(alice, "MODE #room +h bob")
    carl = await connect("carl", caps=CAPS)
    await join(carl, "#room")
    for client, line, code in (
        (carl, "BAN #room bob", "NOT_OPERATOR"),
        (bob, "BAN #room alice", "TOO_STRONG"),
        (bob, "BAN #none alice", "NO_SUCH_ROOM"),
        (bob, "BAN #room a,b*", "INVALID_MASK"),
        (bob, "BAN #room carl 0", "INVALID_TIME"),
        (bob, "BAN #room carl 999999d", "INVALID_TIME"),
        (bob, "BAN #room carl 9999999999m", "INVALID_TIME"),  # were reasons of bans without end
        (bob, "MUTE #room carl 2y", "INVALID_TIME"),
        (bob, "BAN #room carl 1h30m :go", "INVALID_TIME"),
        (bob, "UNBAN #room x!*@*", "NOT_BANNED"),
    ):
        answer = (await ask(client, f"ROOM {line}"))[-1]
        assert answer.startswith(f"FAIL ROOM {code} "), answer
    assert await ask(bob, "ROOM BAN #room") == ["461 bob ROOM :Not enough parameters"]
    assert (await ask(bob, "ROOM BAN #room carl"))[-2] == "bob KICK #room carl :Banned"


async def test_by_account_from_outside(connect: Connect) -> None:
    """Who has access to a registered room need not be in it, nor is kept out by a mask."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    await ask(alice, "ROOM ACCESS #room ADD bob op", "MODE #room +b bob")
    assert (await ask(bob, "ROOM UNBAN #room bob"))[-1].startswith("NOTE ROOM UNBANNED #room bob!")
    await ask(alice, "ROOM ACCESS #room REMOVE bob")
    assert (await ask(bob, "ROOM BAN #room eve!*@*"))[-1].startswith("FAIL ROOM NOT_OPERATOR ")


async def test_the_lists_have_an_end(connect: Connect) -> None:
    """MAXLIST counts these too."""
    alice = await founder(connect)
    for start in range(0, 96, 12):
        names = " ".join(f"n{number}" for number in range(start, start + 12))
        await ask(alice, f"MODE #room +{'b' * 12} {names}")
    for name in "wxyz":
        await ask(alice, f"ROOM BAN #room {name}!*@* 1d")
    [line] = await ask(alice, "ROOM MUTE #room v!*@*")
    assert line == "FAIL ROOM LIST_FULL MUTE #room v!*@* :The lists of the room are full"


async def test_a_ban_while_the_account_enters_under_many_nicks(connect: Connect) -> None:
    """All nicks of the account are outside afterwards, whoever came first."""
    alice, bob = await founder(connect), await owner(connect, "bob")
    others = [await connect(f"bob{number}", sasl=("bob", "sesame")) for number in range(3)]
    for _ in range(RACES):
        await asyncio.gather(
            *(client.send("JOIN #room") for client in (bob, *others)),
            alice.send("ROOM BAN #room bob"),
        )
        await asyncio.gather(alice.expect(" BANNED "), *(one.fence() for one in (bob, *others)))
        names = [line for line in await ask(alice, "NAMES #room") if line.startswith("353")]
        assert names == ["353 alice = #room :@alice"]
        await ask(alice, "ROOM UNBAN #room bob")
