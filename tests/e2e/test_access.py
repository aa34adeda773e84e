"""What accounts are in a registered room. Sentences are of docs/extensions.md unless said."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join
from tests.e2e.conftest import Connect
from tests.e2e.test_room_registration import owner
from tests.support.irc import IrcClient

RACES = 20


async def registered_room(connect: Connect) -> IrcClient:
    """The founder of #room, in it."""
    alice = await owner(connect)
    await join(alice, "#room")
    await ask(alice, "ROOM REGISTER #room")
    return alice


async def test_who_is_what_at_join(connect: Connect) -> None:
    """`ADD` says what an account is: its prefix is given at each JOIN, on every gateway."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    assert await ask(alice, "ROOM ACCESS #room ADD BOB op") == [
        "NOTE ROOM ACCESS_ADDED #room bob op :bob is op there now"
    ]
    lines = await join(bob, "#room")
    assert lines[:2] == ["bob JOIN #room", "MODE #room +o bob"]
    assert lines[2] in ("353 bob = #room :~alice @bob", "353 bob = #room :@bob ~alice")
    assert await heard(alice) == ["bob JOIN #room", "MODE #room +o bob"]
    # the account, not the nick; and the room stays when nobody is in it
    await ask(bob, "PART #room", "NICK robert")
    await ask(alice, "PART #room")
    assert (await join(bob, "#room"))[1] == "MODE #room +o robert"


@pytest.mark.parametrize(
    ("level", "prefix"), [("admin", "a"), ("op", "o"), ("halfop", "h"), ("voice", "v")]
)
async def test_who_is_inside_has_it_at_once(connect: Connect, level: str, prefix: str) -> None:
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    await join(bob, "#room")
    await heard(alice)
    given = await ask(alice, f"ROOM ACCESS #room ADD bob {level}")
    assert given[0] == f"alice MODE #room +{prefix} bob"
    assert await heard(bob) == [f"alice MODE #room +{prefix} bob"]
    # another level takes the mode of the one before, and only that
    await ask(alice, "MODE #room +v bob")
    changed = await ask(alice, "ROOM ACCESS #room ADD bob allowed")
    assert changed[0] == f"alice MODE #room -{prefix} bob"
    assert await ask(alice, "ROOM ACCESS #room REMOVE bob") == [
        "NOTE ROOM ACCESS_REMOVED #room bob :bob is not in the list any more"
    ]
    assert (await ask(alice, "ROOM ACCESS #room LIST"))[-1] == (
        "NOTE ROOM ACCESS_END #room 0 :0 accounts are in the list"
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("op", "", ["MODE #room -o bob"]),
        ("op", "voice", ["MODE #room -o+v bob bob"]),
        ("op", "op", []),
        ("allowed", "", []),
        ("voice", "banned", ["KICK #room bob :The account is kept out"]),
        ("founder", "", ["MODE #room -q bob"]),
        ("founder", "op", ["MODE #room -q+o bob bob"]),
    ],
)
async def test_who_leaves_its_account_for_another(
    connect: Connect, before: str, after: str, told: list[str]
) -> None:
    """... and no more what the account had that it leaves."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    carl = await owner(connect, "carl")
    await carl.send("QUIT")
    await carl.expect("ERROR")
    given = {"bob": before, "carl": after}
    levels = [(name, level) for name, level in given.items() if level not in ("", "founder")]
    await ask(alice, *(f"ROOM ACCESS #room ADD {name} {level}" for name, level in levels))
    if before == "founder":
        await ask(alice, "ROOM TRANSFER #room bob")
    await join(bob, "#room")
    await heard(alice)
    await ask(bob, f"NS IDENTIFY carl {PASSWORD}")
    lines = await heard(alice)
    assert [line for line in lines if line[:4] in ("KICK", "MODE")] == told


async def test_who_deletes_its_account_is_a_guest_there(connect: Connect) -> None:
    """ "another level, or none, takes it away": of an account that is no more there is none. What
    `MODE` has given is the member's, and stays until it leaves.
    """
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    await ask(alice, "ROOM ACCESS #room ADD bob op")
    await join(bob, "#room")
    await ask(alice, "MODE #room +v bob")
    await ask(bob, f"ACCOUNT DELETE {PASSWORD}")
    assert "bob MODE #room -o bob" in await heard(alice)
    assert (await ask(bob, "MODE #room +t"))[0].startswith("482 bob #room")
    assert "+bob" in " ".join(await ask(alice, "NAMES #room"))


async def test_who_logs_in_while_inside(connect: Connect) -> None:
    """A guest who logs in to an account has what that is, from then on."""
    alice = await registered_room(connect)
    for name in ("bob", "carl"):
        client = await owner(connect, name)
        await client.send("QUIT")
        await client.expect("ERROR")
    await ask(alice, "ROOM ACCESS #room ADD bob voice", "ROOM ACCESS #room ADD carl banned")
    guest, other = await connect("one"), await connect("two")
    for client in (guest, other):
        await join(client, "#room")
    await heard(alice)
    await guest.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    await guest.expect("AUTHENTICATE ")
    await guest.send("AUTHENTICATE AGJvYgBzZXNhbWU=")  # bob
    await guest.expect(" 903 ")
    await guest.fence()
    assert await heard(alice) == ["MODE #room +v one"]
    await other.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    await other.expect("AUTHENTICATE ")
    await other.send("AUTHENTICATE AGNhcmwAc2VzYW1l")  # carl
    await other.expect(" KICK #room two ")
    await other.expect(" 903 ")
    assert await heard(alice) == ["KICK #room two :The account is kept out"]
    assert await ask(other, "JOIN #room") == ["474 two #room :Cannot join channel (+b)"]


@pytest.mark.parametrize(
    ("level", "enters"),
    [("op", "bikRl"), ("halfop", "bikRl"), ("voice", "ikRl"), ("allowed", "ikRl"), ("", "")],
)
async def test_in_spite_of_which_modes_one_enters(
    connect: Connect, level: str, enters: str
) -> None:
    """Who is listed enters in spite of `+i`, `+k` and `+l`; operators in spite of `+b`, too."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    if level:
        await ask(alice, f"ROOM ACCESS #room ADD bob {level}")
    for letter, param in (("b", "bob"), ("i", ""), ("k", "key"), ("l", "1")):
        await ask(alice, f"MODE #room +{letter} {param}")
        first = (await ask(bob, "JOIN #room"))[0]
        assert (first == "bob JOIN #room") is (letter in enters), (letter, first)
        await ask(bob, "PART #room")
        await ask(alice, f"MODE #room -{letter} {param}")


async def test_who_is_kept_out_is_put_out(connect: Connect) -> None:
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    second = await connect("bobby", sasl=("bob", PASSWORD))
    for client in (bob, second):
        await join(client, "#room")
    await heard(alice)
    lines = await ask(alice, "ROOM ACCESS #room ADD bob banned")
    kicks = ["alice KICK #room bob :The account is kept out",
             "alice KICK #room bobby :The account is kept out"]  # fmt: skip
    assert sorted(lines[:2]) == kicks
    for client in (bob, second):
        await client.fence()
        # no invitation helps
        await ask(alice, f"INVITE {client.nick} #room")
        assert (await ask(client, "JOIN #room"))[-1] == (
            f"474 {client.nick} #room :Cannot join channel (+b)"
        )
    await ask(alice, "ROOM ACCESS #room REMOVE bob")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"


async def test_the_list(connect: Connect) -> None:
    alice = await registered_room(connect)
    bob, carl = await owner(connect, "Bob"), await owner(connect, "carl")
    await ask(alice, "ROOM ACCESS #room ADD bob halfop", "ROOM ACCESS #room ADD carl allowed")
    await join(bob, "#room")
    first, second, end = await ask(bob, "ROOM ACCESS #room LIST")
    assert first.startswith("NOTE ROOM ACCESS #room Bob halfop alice 1")
    assert first.endswith(" :Bob is halfop, as alice has said")
    assert second.startswith("NOTE ROOM ACCESS #room carl allowed alice 1")
    assert end == "NOTE ROOM ACCESS_END #room 2 :2 accounts are in the list"
    assert await ask(carl, "ROOM ACCESS #room LIST") == [
        "FAIL ROOM NOT_OPERATOR ACCESS #room :Only an operator of the room can do this"
    ]


async def test_who_may_give_what(connect: Connect) -> None:
    """Full operators give what they are, and not more; the founder everything."""
    alice = await registered_room(connect)
    bob, carl, eve = (
        await owner(connect, "bob"), await owner(connect, "carl"), await owner(connect, "eve")
    )  # fmt: skip
    await ask(alice, "ROOM ACCESS #room ADD bob op", "ROOM ACCESS #room ADD carl admin")

    async def code(client: IrcClient, line: str) -> str:
        words = (await ask(client, f"ROOM ACCESS #room {line}"))[-1].split()
        assert words[1] == "ROOM"
        return words[2]

    # bob need not be there: his account is what it is
    assert await code(bob, "ADD eve op") == "ACCESS_ADDED"
    assert await code(bob, "ADD eve admin") == "TOO_STRONG"
    assert await code(bob, "REMOVE carl") == "TOO_STRONG"
    assert await code(bob, "ADD carl voice") == "TOO_STRONG"
    assert await code(bob, "ADD alice banned") == "TOO_STRONG"
    assert await code(carl, "ADD bob halfop") == "ACCESS_ADDED"
    assert await code(bob, "ADD eve voice") == "NOT_OPERATOR"
    assert await code(eve, "REMOVE eve") == "ACCESS_REMOVED"  # one may leave
    assert await code(eve, "REMOVE eve") == "NOT_OPERATOR"
    assert await code(alice, "REMOVE eve") == "NOT_LISTED"
    assert await code(alice, "ADD nobody op") == "NO_SUCH_ACCOUNT"
    assert await code(alice, "ADD alice op") == "TOO_STRONG"
    assert await code(alice, "ADD bob owner") == "INVALID_LEVEL"
    assert await code(alice, "PUT bob op") == "UNKNOWN_ACTION"
    await join(bob, "#free")
    [line] = await ask(bob, "ROOM ACCESS #free ADD eve op")
    assert line == "FAIL ROOM NOT_REGISTERED ACCESS #free :Register the room first"
    [line] = await ask(bob, "ROOM ACCESS #none ADD eve op")
    assert line.startswith("FAIL ROOM NO_SUCH_ROOM ACCESS #none ")
    assert await ask(alice, "ROOM ACCESS #room ADD bob") == [
        "461 alice ROOM :Not enough parameters"
    ]


async def test_a_stronger_member_is_not_put_out(connect: Connect) -> None:
    alice = await registered_room(connect)
    bob, carl = await owner(connect, "bob"), await owner(connect, "carl")
    await join(carl, "#room")
    await ask(alice, "ROOM ACCESS #room ADD bob op", "MODE #room +a carl")
    [line] = await ask(bob, "ROOM ACCESS #room ADD carl banned")
    assert line.startswith("FAIL ROOM TOO_STRONG ACCESS #room ")


async def test_who_has_access_changes_modes(connect: Connect) -> None:
    """Who has access to a room may change its modes, whatever its prefix is just now."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    await ask(alice, "ROOM ACCESS #room ADD bob op")
    await join(bob, "#room")
    await ask(alice, "MODE #room -o bob")
    await bob.fence()
    assert await ask(bob, "MODE #room +o bob") == ["bob MODE #room +o bob"]
    await ask(alice, "ROOM ACCESS #room REMOVE bob")
    await bob.fence()
    assert await ask(bob, "MODE #room +o bob") == ["482 bob #room :You're not channel operator"]


async def test_plain_modes_do_not_last(connect: Connect) -> None:
    """MODE +o is for as long as its holder is in the room; lists of masks of the room stay."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    await join(bob, "#room")
    await ask(alice, "MODE #room +ob bob a:eve")
    await ask(bob, "PART #room")
    await ask(alice, "PART #room")
    assert "MODE" not in " ".join(await join(bob, "#room"))
    assert (await ask(bob, "MODE #room b"))[0].startswith("367 bob #room a:eve ")


async def test_it_follows_the_room(connect: Connect) -> None:
    """The list goes along when the room is renamed or given away, and ends with DROP."""
    alice = await registered_room(connect)
    bob, carl = await owner(connect, "bob"), await owner(connect, "carl")
    await ask(alice, "ROOM ACCESS #room ADD bob voice", "ROOM ACCESS #room ADD carl op")
    await ask(alice, "RENAME #room #other", "ROOM TRANSFER #other carl")
    assert (await join(bob, "#other"))[1] == "MODE #other +v bob"
    rows = await ask(carl, "ROOM ACCESS #other LIST")
    assert [row.split()[4] for row in rows[:-1]] == ["bob"]  # the founder needs no entry
    await ask(carl, "ROOM DROP #other")
    await ask(bob, "PART #other")
    assert "MODE" not in " ".join(await join(bob, "#other"))


async def test_kept_out_while_the_account_enters(connect: Connect) -> None:
    """Whoever comes first: the account is not in the room afterwards."""
    alice = await registered_room(connect)
    bob = await owner(connect, "bob")
    for _ in range(RACES):
        await asyncio.gather(bob.send("JOIN #room"), alice.send("ROOM ACCESS #room ADD bob banned"))
        await asyncio.gather(alice.expect(" ACCESS_ADDED "), bob.fence())
        names = [line for line in await ask(alice, "NAMES #room") if line.startswith("353")]
        assert names == ["353 alice = #room :~alice"]
        await bob.fence()
        assert (await ask(bob, "JOIN #room"))[-1] == "474 bob #room :Cannot join channel (+b)"
        await ask(alice, "ROOM ACCESS #room REMOVE bob")


async def test_removed_while_it_changes_modes(connect: Connect) -> None:
    """All see the operator's changes in front of the MODE that takes the rank, and none behind."""
    alice, carl = await registered_room(connect), await connect("carl")
    bob = await owner(connect, "bob")
    await join(carl, "#room")
    await join(bob, "#room")
    for _ in range(RACES):
        await ask(alice, "ROOM ACCESS #room ADD bob op")
        await bob.fence()
        await heard(carl)
        changes = [f"MODE #room {'+-'[number % 2]}v carl" for number in range(10)]
        await asyncio.gather(bob.send(*changes), alice.send("ROOM ACCESS #room REMOVE bob"))
        await asyncio.gather(bob.fence(), alice.expect(" ACCESS_REMOVED "))
        lines = await heard(carl)
        modes = [line for line in lines if " MODE " in line]
        assert modes.count("alice MODE #room -o bob") == 1
        behind = modes[modes.index("alice MODE #room -o bob") + 1 :]
        assert behind == []
        await ask(alice, "MODE #room -v carl")


async def test_two_operators_at_once(connect: Connect) -> None:
    """Two say different things of one account at once: all see the same end."""
    alice = await registered_room(connect)
    bob, eve = await owner(connect, "bob"), await owner(connect, "eve")
    await ask(alice, "ROOM ACCESS #room ADD bob op")
    await join(eve, "#room")
    for _ in range(RACES):
        await asyncio.gather(
            alice.send("ROOM ACCESS #room ADD eve halfop"),
            bob.send("ROOM ACCESS #room ADD eve voice"),
        )
        await asyncio.gather(alice.expect(" ACCESS_ADDED "), bob.expect(" ACCESS_ADDED "))
        row = next(line for line in await ask(alice, "ROOM ACCESS #room") if " eve " in line)
        names = next(line for line in await ask(eve, "NAMES #room") if line.startswith("353"))
        symbol = {"halfop": "%", "voice": "+"}[row.split()[5]]
        assert f"{symbol}eve" in names.split(":")[-1].split()
