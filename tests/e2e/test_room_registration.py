"""Rooms that belong to an account. Sentences are of docs/extensions.md unless said."""

from __future__ import annotations

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

CAPS = ("standard-replies",)


async def owner(connect: Connect, name: str = "alice") -> IrcClient:
    """A client with an account that understands NOTE and FAIL."""
    client = await connect(name, caps=CAPS)
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS", unless=" FAIL ")
    await client.fence()  # it is logged in
    await client.fence()
    return client


async def test_what_stays_when_nobody_is_there(connect: Connect) -> None:
    """Topic, modes, lists and founder of a registered room survive its last member."""
    alice, bob = await owner(connect), await connect("bob")
    await join(alice, "#Room")
    await ask(alice, "TOPIC #room :ours", "MODE #room +sklb-n key 9 eve")
    assert await ask(alice, "ROOM REGISTER #room") == [
        "MODE #Room +q alice",
        "NOTE ROOM REGISTERED #Room alice :The room belongs to the account alice now",
    ]
    await ask(alice, "PART #room")
    eve = await connect("eve")
    assert await ask(eve, "JOIN #room key") == ["474 eve #Room :Cannot join channel (+b)"]
    assert await ask(bob, "JOIN #room") == ["475 bob #Room :Cannot join channel (+k)"]
    # the first who comes is no operator of a room that is somebody's
    first, topic, _, names, _ = await ask(bob, "JOIN #room key")
    assert (first, topic) == ("bob JOIN #Room", "332 bob #Room :ours")
    assert names == "353 bob @ #Room :bob"
    assert (await ask(bob, "MODE #room"))[0] == "324 bob #Room +klst key 9"


async def test_the_founder_enters_always_and_is_the_founder(connect: Connect) -> None:
    alice, bob = await owner(connect), await connect("bob")
    await join(alice, "#room")
    await join(bob, "#room")
    await ask(alice, "ROOM REGISTER #room", "MODE #room +ib alice", "PART #room")
    await bob.fence()
    lines = await join(alice, "#room")
    assert lines[:2] == ["alice JOIN #room", "MODE #room +q alice"]
    assert "~alice" in lines[2]
    assert await heard(bob) == ["alice JOIN #room", "MODE #room +q alice"]
    # "has full moderation control over it"
    assert await ask(alice, "MODE #room +a bob") == ["alice MODE #room +a bob"]
    assert await ask(alice, "MODE #room -a bob") == ["alice MODE #room -a bob"]


async def test_nobody_kicks_or_deposes_the_founder(connect: Connect) -> None:
    """ "Users with this mode cannot be kicked" (protected), and founders stand above them."""
    alice, bob, carol = await owner(connect), await connect("bob"), await connect("carol")
    for client in (alice, bob, carol):
        await join(client, "#room")
    await ask(alice, "ROOM REGISTER #room", "MODE #room +oa bob carol")
    for client in (bob, carol):
        await client.fence()
        [line] = await ask(client, "KICK #room alice")
        assert line.startswith(f"482 {client.nick} #room :")
        [line] = await ask(client, "MODE #room -q alice")
        assert line.startswith(f"482 {client.nick} #room :")
    [line] = await ask(bob, "KICK #room carol")
    assert line.startswith("482 bob #room :")
    assert await ask(alice, "KICK #room carol :bye") == ["alice KICK #room carol :bye"]


async def test_transfer(connect: Connect) -> None:
    alice, bob = await owner(connect), await owner(connect, "bob")
    await join(alice, "#room")
    await join(bob, "#room")
    await ask(alice, "ROOM REGISTER #room")
    await bob.fence()
    lines = await ask(alice, "ROOM TRANSFER #room BOB")
    assert sorted(lines[:-1]) == ["MODE #room +q bob", "MODE #room -q alice"]
    assert lines[-1] == ("NOTE ROOM TRANSFERRED #room bob :The room belongs to the account bob now")
    assert sorted(await heard(bob)) == ["MODE #room +q bob", "MODE #room -q alice"]
    assert await ask(alice, "ROOM DROP #room") == [
        "FAIL ROOM NOT_FOUNDER DROP #room :The room does not belong to your account"
    ]


async def test_drop(connect: Connect) -> None:
    alice, bob = await owner(connect), await connect("bob")
    await join(alice, "#room")
    await ask(alice, "ROOM REGISTER #room", "MODE #room +s")
    assert await ask(alice, "ROOM DROP #room") == [
        "MODE #room -q alice",
        "NOTE ROOM DROPPED #room :The room is gone when the last member leaves",
    ]
    await ask(alice, "PART #room")
    assert (await join(bob, "#room"))[1] == "353 bob = #room :@bob"


async def test_info(connect: Connect) -> None:
    alice, bob = await owner(connect), await connect("bob", caps=CAPS)
    await join(alice, "#room")
    assert await ask(bob, "ROOM INFO #room") == [
        "NOTE ROOM NOT_REGISTERED #room :The room is not registered",
        "NOTE ROOM RETENTION #room 10000 0"
        " :The latest 10000 messages and events of a room are kept",
    ]
    await ask(alice, "ROOM REGISTER #room")
    line, _ = await ask(bob, "ROOM INFO #Room")
    assert line.startswith("NOTE ROOM INFO #room alice 1")
    assert line.endswith("by the account alice; 1 are in it")
    await ask(alice, "MODE #room +s")
    assert await ask(bob, "ROOM INFO #room") == [
        "FAIL ROOM NO_SUCH_ROOM INFO #room :There is no such room"
    ]


async def test_refusals(connect: Connect) -> None:
    alice, bob = await owner(connect), await connect("bob", caps=CAPS)
    await join(alice, "#room")
    await join(bob, "#room", "#mine")
    await alice.fence()
    for client, line, code in (
        (bob, "ROOM REGISTER #mine", "ACCOUNT_REQUIRED"),
        (bob, "ROOM REGISTER #room", "NOT_OPERATOR"),
        (bob, "ROOM REGISTER #none", "NO_SUCH_ROOM"),
        (bob, "ROOM REGISTER none", "NO_SUCH_ROOM"),
        (bob, "ROOM DROP #mine", "NOT_FOUNDER"),
        (bob, "ROOM KEEP #mine", "UNKNOWN_ACTION"),
        (alice, "ROOM TRANSFER #room bob", "NOT_FOUNDER"),
    ):
        [answer] = await ask(client, line)
        assert answer.startswith(f"FAIL ROOM {code} "), line
    await ask(alice, "ROOM REGISTER #room")
    for line, code in (
        ("ROOM REGISTER #room", "ALREADY_REGISTERED"),
        ("ROOM TRANSFER #room bob", "NO_SUCH_ACCOUNT"),
    ):
        [answer] = await ask(alice, line)
        assert answer.startswith(f"FAIL ROOM {code} "), line
    assert await ask(alice, "ROOM TRANSFER #room") == ["461 alice ROOM :Not enough parameters"]


async def test_who_has_the_account_is_the_founder_under_any_nick(connect: Connect) -> None:
    alice = await owner(connect)
    await join(alice, "#room")
    await ask(alice, "ROOM REGISTER #room", "PART #room", "NICK someone")
    assert (await join(alice, "#room"))[1] == "MODE #room +q someone"
    thief = await registered(connect, "mallory")
    assert "@mallory" not in " ".join(await join(thief, "#room"))
