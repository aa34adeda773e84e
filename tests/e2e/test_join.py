"""JOIN: who gets in. Sentences are of https://modern.ircdocs.horse/#join-message unless said."""

from __future__ import annotations

import pytest

from tests.conftest import Gateways
from tests.e2e.asking import ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def test_what_comes_after_a_join(connect: Connect) -> None:
    """ "1. A JOIN message [...] 2. The channel's topic [...], and no message if the channel does
    not have a topic. 3. A list of users currently joined" """
    alice, bob = await connect("alice"), await connect("bob")
    assert await join(alice, "#Room") == [
        "alice JOIN #Room",
        "353 alice = #Room :@alice",
        "366 alice #Room :End of /NAMES list",
    ]
    await ask(alice, "TOPIC #room :tea")
    first, topic, who, names, end = await join(bob, "#rOOM")
    assert first == "bob JOIN #Room"
    assert topic == "332 bob #Room :tea"
    assert who.startswith("333 bob #Room alice!~alice@127.0.0.1 1")
    assert names in ("353 bob = #Room :@alice bob", "353 bob = #Room :bob @alice")
    assert end == "366 bob #Room :End of /NAMES list"
    assert await heard(alice) == ["bob JOIN #Room"]


async def locked(connect: Connect, mode: str) -> tuple[IrcClient, IrcClient]:
    """An operator in #room with these modes, and somebody outside."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room")
    await ask(alice, f"MODE #room {mode}")
    return alice, bob


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("+l 1", "471 bob #room :Cannot join channel (+l)"),
        ("+i", "473 bob #room :Cannot join channel (+i)"),
        ("+b bob", "474 bob #room :Cannot join channel (+b)"),
        ("+k key", "475 bob #room :Cannot join channel (+k)"),
        ("+R", "477 bob #room :Cannot join channel (+R): log in to an account first"),
    ],
)
async def test_who_is_kept_out(connect: Connect, mode: str, error: str) -> None:
    alice, bob = await locked(connect, mode)
    assert await ask(bob, "JOIN #Room") == [error]
    assert await heard(alice) == []
    letter = mode.split()[0][1]
    await ask(alice, f"MODE #room -{letter} {mode.partition(' ')[2]}")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"


async def test_keys(connect: Connect) -> None:
    """ "with the first <key> being used for the first <channel>, the second <key> being used for
    the second <channel>, etc." """
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#one", "#two", "#open")
    await ask(alice, "MODE #one +k red", "MODE #two +k Blue")
    assert await ask(bob, "JOIN #one blue") == ["475 bob #one :Cannot join channel (+k)"]
    lines = await ask(bob, "JOIN #open,#one,#two,#three x,red,blue")
    assert [line for line in lines if " JOIN " in line or line.startswith("4")] == [
        "bob JOIN #open",
        "bob JOIN #one",
        "475 bob #two :Cannot join channel (+k)",
        "bob JOIN #three",
    ]
    assert (await ask(bob, "JOIN #two Blue"))[0] == "bob JOIN #two"


async def test_registered_only(connect: Connect) -> None:
    await locked(connect, "+R")
    carol = await registered(connect, "carol")
    assert (await ask(carol, "JOIN #room"))[0] == "carol JOIN #room"


async def test_bad_names(connect: Connect) -> None:
    alice = await connect("alice")
    assert await ask(alice, "JOIN room") == ["403 alice room :No such channel"]
    assert await ask(alice, "JOIN #") == ["403 alice # :No such channel"]
    assert await ask(alice, "JOIN") == ["461 alice JOIN :Not enough parameters"]


async def test_join_0(connect: Connect) -> None:
    """ "requests that the sending client leave all channels they are currently connected to" """
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#one", "#two")
    await join(bob, "#one")
    await alice.fence()
    assert sorted(await ask(alice, "JOIN 0")) == ["alice PART #one", "alice PART #two"]
    assert await heard(bob) == ["alice PART #one"]


async def test_a_second_join_says_nothing(connect: Connect) -> None:
    alice = await connect("alice")
    await join(alice, "#room")
    assert await ask(alice, "JOIN #ROOM") == []


async def test_as_many_rooms_as_are_allowed(gateways: Gateways) -> None:
    """ "they will receive an ERR_TOOMANYCHANNELS reply and the command will fail" """
    [gateway] = await gateways(1, "--max-rooms-per-user", "2")
    async with await IrcClient.connect(gateway.host, gateway.port) as alice:
        await alice.register("alice")
        lines = await join(alice, "#one", "#two", "#three")
        assert lines[-1] == "405 alice #three :You have joined too many channels"
        assert (await ask(alice, "PART #one", "JOIN #three"))[1] == "alice JOIN #three"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (":x y", "*"),
        (":", "*"),
        (",", "*"),
        ("::x", "*"),
        ("nowhere", "nowhere"),
        ("#none", "#none"),
    ],
)
async def test_names_of_what_is_no_room_end_all_the_same(
    connect: Connect, asked: str, shown: str
) -> None:
    """ "If the channel name is invalid or the channel does not exist, one RPL_ENDOFNAMES numeric
    containing the given channel name should be returned." Issue 8: "`NAMES :x y` gets no 366." """
    alice = await connect("alice")
    await alice.send(f"NAMES {asked}")
    (line,) = await alice.fence()
    assert (line.command, line.params[1]) == ("366", shown)
