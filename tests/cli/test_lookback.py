"""What was said before the login: the last lines, and where the new ones begin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client.conversation import read_time
from cli.client.lookback import Lookback
from tests.cli.conftest import Client
from tests.cli.fake_server import CAPS, FakeServer, Peer

Make = Callable[..., Client]

MARKERS = f"{CAPS} draft/read-marker"


def noon(minute: int, second: int = 0) -> float:
    at = read_time(f"2025-11-22T12:{minute:02}:{second:02}.000Z")
    assert at is not None
    return at


def line(minute: int, msgid: str, text: str, target: str = "#global", nick: str = "bob") -> str:
    tags = f"@batch=b;msgid={msgid};time=2025-11-22T12:{minute:02}:00.000Z"
    return f"{tags} :{nick}!u@h PRIVMSG {target} :{text}"


async def answers(peer: Peer, target: str, *lines: str) -> None:
    await peer.sends(f":server BATCH +b chathistory {target}", *lines, ":server BATCH -b")


async def told(anna: Client) -> list[str | ev.NewSince]:
    """What was said up to now, with the place where the new begins."""
    await anna.session.ready.wait()
    events = anna.told()
    kept = [event for event in events if isinstance(event, ev.Said | ev.NewSince)]
    return [event.text if isinstance(event, ev.Said) else event for event in kept]


async def test_the_last_lines_come_first_and_what_is_said_meanwhile_after_them(
    server: FakeServer, client: Make
) -> None:
    """ "This is useful for retrieving the latest conversation when first joining a channel" """
    anna = client(lookback=Lookback(5, noon(1)))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY LATEST #global * 5", "CHATHISTORY LATEST * * 200")
    await peer.sends("@msgid=m4;time=2025-11-22T12:04:00.000Z :bob!u@h PRIVMSG #global :four")
    await answers(
        peer,
        "#global",
        line(1, "m1", "one"),
        line(2, "m2", "mine", nick="anna"),
        line(3, "m3", "three"),
        line(4, "m4", "four"),
    )
    await answers(peer, "*", line(0, "d0", "old", "anna", "carl"))
    login = read_time("2025-11-22T12:00:00.000Z")
    assert login is not None
    new = ev.NewSince(login, (ev.NewIn("#global", 2),))
    assert await told(anna) == ["one", "mine", new, "three", "four"]
    await peer.sends("@msgid=m5;time=2025-11-22T12:05:00.000Z :bob!u@h PRIVMSG #global :five")
    assert (await anna.next(ev.Said)).text == "five"


async def test_who_was_never_here_is_told_of_private_messages_only(
    server: FakeServer, client: Make
) -> None:
    anna = client(lookback=Lookback(5))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY LATEST #global * 5", "CHATHISTORY LATEST * * 200")
    await answers(peer, "#global", line(1, "m1", "one"), line(3, "m3", "three"))
    await answers(peer, "*", line(2, "d0", "for you", "anna"))
    one, new, *rest = await told(anna)
    assert (one, rest) == ("one", ["for you", "three"])
    assert isinstance(new, ev.NewSince)
    assert new.places == (ev.NewIn("bob", 1),)


async def test_the_read_marker_of_the_account_counts_where_there_is_one(
    server: FakeServer, client: Make
) -> None:
    """ "after the server sends a server JOIN command to the client for a corresponding channel, the
    server MUST send a MARKREAD command for that channel"; "except for user targets where they have
    to request the initial read timestamp by sending a MARKREAD client get command"
    """
    anna = client(lookback=Lookback(5, noon(0)))
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna", caps=MARKERS)
    await peer.expects("JOIN #global")
    await peer.sends(
        ":anna!u@h JOIN #global",
        ":server MARKREAD #global timestamp=2025-11-22T12:03:00.000Z",
        ":server 353 anna = #global :anna bob",
        ":server 366 anna #global :End of /NAMES list",
    )
    await peer.passes_the_fence()
    await peer.expects("CHATHISTORY LATEST #global * 5", "CHATHISTORY LATEST * * 200")
    await answers(peer, "#global", line(3, "m3", "read"), line(4, "m4", "unread"))
    await answers(
        peer,
        "*",
        line(1, "d1", "from carl, read", "anna", "carl"),
        line(2, "d2", "to dora", "dora", "anna"),
        line(5, "d5", "from dora", "anna", "dora"),
    )
    await peer.expects("MARKREAD dora", "MARKREAD carl")
    await peer.sends(
        ":server MARKREAD dora *",
        ":server MARKREAD carl timestamp=2025-11-22T12:01:00.000Z",
    )
    said = await told(anna)
    new = said.pop(2)
    assert said == ["to dora", "read", "unread", "from dora"]
    assert isinstance(new, ev.NewSince)
    assert new.places == (ev.NewIn("#global", 1), ev.NewIn("dora", 1))

    anna.session.mark_read("#global", noon(4))
    await peer.expects("MARKREAD #global timestamp=2025-11-22T12:04:00.000Z")
    await peer.sends("FAIL MARKREAD INTERNAL_ERROR #global :The read timestamp could not be set")
    await peer.sends("@msgid=m6 :bob!u@h PRIVMSG #global :six")
    assert isinstance(await anna.events.get(), ev.Said)


async def test_more_than_a_screenful_is_counted(server: FakeServer, client: Make) -> None:
    anna = client(lookback=Lookback(2, noon(1)))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY LATEST #global * 2", "CHATHISTORY LATEST * * 200")
    await answers(peer, "#global", line(4, "m4", "four"), line(5, "m5", "five"))
    await answers(peer, "*")
    await peer.expects("CHATHISTORY LATEST #global timestamp=2025-11-22T12:01:00.000Z 200")
    counted = [line(minute, f"m{minute}", "x") for minute in (2, 3, 4, 5)]
    await answers(peer, "#global", *counted)
    new, *rest = await told(anna)
    assert isinstance(new, ev.NewSince)
    assert new.places == (ev.NewIn("#global", 4, hidden=2),)
    assert rest == ["four", "five"]


async def test_a_link_that_breaks_meanwhile_costs_nothing(server: FakeServer, client: Make) -> None:
    anna = client(lookback=Lookback(5, noon(1)))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY LATEST #global * 5", "CHATHISTORY LATEST * * 200")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        line(1, "m1", "one"),
        "@msgid=m2 :bob!u@h PRIVMSG #global :two",
        ":carl!u@h JOIN #global",
    )
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY LATEST #global * 5", "CHATHISTORY LATEST * * 200")
    await answers(peer, "#global", line(1, "m1", "one"), line(2, "m2", "two"))
    await answers(peer, "*", line(0, "d0", "read long ago", "anna"))
    assert [event for event in await told(anna) if isinstance(event, str)] == ["one", "two"]
    await peer.sends("@msgid=m3 :bob!u@h PRIVMSG #global :three")
    assert (await anna.next(ev.Said)).text == "three"

    # What was looked at and is not shown is not missed either.
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * msgid=d0 200")
    await answers(peer, "*")
    await peer.expects("CHATHISTORY AFTER #global msgid=m3 200")


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("INVALID_TARGET LATEST", ""),
        ("MESSAGE_ERROR LATEST", "some of what was said before is missing: no history today"),
        ("TEMPORARILY_UNAVAILABLE", "some of what was said before is missing: no history today"),
    ],
)
async def test_a_refusal_is_told_once_and_the_rest_is_shown(
    server: FakeServer, client: Make, reply: str, problem: str
) -> None:
    anna = client(lookback=Lookback(5), rooms=("#global", "#dev", "#ops"))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", "#dev", "#ops")
    for room in ("#global", "#dev", "#ops"):
        await peer.expects(f"CHATHISTORY LATEST {room} * 5")
    await peer.sends(f"FAIL CHATHISTORY {reply} #global :no history today")
    await peer.sends(f"FAIL CHATHISTORY {reply} #dev :no history today")
    await answers(peer, "#ops", line(1, "m1", "one", "#ops"))
    await answers(peer, "*")
    await anna.session.ready.wait()
    events = anna.told()
    assert [one.text for one in events if isinstance(one, ev.Said)] == ["one"]
    assert [one.text for one in events if isinstance(one, ev.Problem)] == [problem] * bool(problem)


async def test_many_rooms_do_not_cost_a_round_trip_each(server: FakeServer, client: Make) -> None:
    rooms = tuple(f"#r{at:02}" for at in range(40))
    anna = client(lookback=Lookback(5), rooms=rooms)
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna")
    for room in rooms:
        await peer.expects(f"JOIN {room}")
        await peer.sends(f":anna!u@h JOIN {room}")
    await peer.passes_the_fence()
    asked = [f"CHATHISTORY LATEST {room} * 5" for room in rooms]
    await peer.expects(*asked[:16])
    await answers(peer, "#r00", line(1, "m0", "in 0", "#r00"))
    await peer.expects(asked[16])
    for at in range(1, 40):
        await answers(peer, rooms[at], line(1, f"m{at}", f"in {at}", rooms[at]))
        await peer.expects(*asked[at + 16 : at + 17])
    await peer.expects("CHATHISTORY LATEST * * 200")
    await answers(peer, "*")
    said = [event for event in await told(anna) if isinstance(event, str)]
    assert said == [f"in {at}" for at in range(40)]


async def test_a_server_without_history_is_as_before(server: FakeServer, client: Make) -> None:
    anna = client(lookback=Lookback(5))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", caps="batch server-time")
    assert (await anna.next(ev.Members)).names == ("anna", "bob")
    assert not [event for event in anna.told() if isinstance(event, ev.Problem)]
