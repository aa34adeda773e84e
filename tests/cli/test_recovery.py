"""What was said while the connection was away, fetched over real sockets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.recovery import Recovery
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer

Make = Callable[..., Client]


async def test_missed_messages_come_once_in_order_and_before_what_is_said_now(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends(
        "@msgid=m1 :bob!u@h PRIVMSG #global :one", "@msgid=d1 :bob!u@h PRIVMSG anna :psst"
    )
    await anna.next(ev.Said)
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * msgid=d1 200")
    await peer.sends("@msgid=m3;time=2025-11-22T12:09:00.000Z :bob!u@h PRIVMSG #global :three")
    await peer.sends(
        ":server BATCH +a chathistory *",
        "@batch=a;msgid=d2;time=2025-11-22T12:08:30.000Z :carl!u@h PRIVMSG anna :still there?",
        ":server BATCH -a",
    )
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 200")
    await peer.sends("@msgid=m4;time=2025-11-22T12:10:00.000Z :bob!u@h PRIVMSG #global :four")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m2;time=2025-11-22T12:08:00.000Z :bob!u@h PRIVMSG #global :two",
        "@batch=b;msgid=m3;time=2025-11-22T12:09:00.000Z :bob!u@h PRIVMSG #global :three",
        ":server BATCH -b",
    )
    said = [await anna.next(ev.Said) for _ in range(4)]
    assert [one.text for one in said] == ["two", "still there?", "three", "four"]
    assert [one.missed for one in said] == [True, True, True, False]


async def test_history_is_paged_and_a_gap_is_told(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends(":server 005 anna CHATHISTORY=2 :are supported by this server")
    await peer.sends("@msgid=m1 :bob!u@h PRIVMSG #global :one")
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 2")
    await peer.sends("FAIL CHATHISTORY MESSAGE_ERROR AFTER * :Messages could not be retrieved")
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 2")
    await peer.sends(
        "NOTE CHATHISTORY GAP #global 12 :Messages could not be recovered",
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m14 :bob!u@h PRIVMSG #global :fourteen",
        "@batch=b;msgid=m15 :bob!u@h PRIVMSG #global :fifteen",
        ":server BATCH -b",
    )
    await peer.expects("CHATHISTORY AFTER #global msgid=m15 2")
    await peer.sends(
        ":server BATCH +c chathistory #global",
        "@batch=c;msgid=m16 :bob!u@h PRIVMSG #global :sixteen",
        ":server BATCH -c",
    )
    gaps = [await anna.next(ev.Gap), await anna.next(ev.Gap)]
    assert gaps == [
        ev.Gap("*", None, "Messages could not be retrieved"),
        ev.Gap("#global", 12),
    ]
    said = [await anna.next(ev.Said) for _ in range(3)]
    assert [one.text for one in said] == ["fourteen", "fifteen", "sixteen"]


async def test_a_second_break_during_the_recovery_loses_nothing(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends("@msgid=m1 :bob!u@h PRIVMSG #global :one")
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends("@msgid=m9 :bob!u@h PRIVMSG #global :nine")
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 200")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m8 :bob!u@h PRIVMSG #global :eight",
        "@batch=b;msgid=m9 :bob!u@h PRIVMSG #global :nine",
        ":server BATCH -b",
    )
    assert [(await anna.next(ev.Said)).text for _ in range(2)] == ["eight", "nine"]


async def test_history_that_is_away_just_now_is_asked_for_again(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna")
    await anna.session.ready.wait()
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends("FAIL CHATHISTORY TEMPORARILY_UNAVAILABLE AFTER * :Try again")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(
        ":server BATCH +a chathistory *",
        "@batch=a;msgid=d1 :bob!u@h PRIVMSG anna :psst",
        ":server BATCH -a",
    )
    assert (await anna.next(ev.Said)).text == "psst"


def said(msgid: str, text: str = "hi") -> ev.Said:
    return ev.Said(5.0, "bob", "#global", text, msgid=msgid)


def test_what_is_not_shown_counts_for_the_page() -> None:
    """A page that is full of coming and going, or of whom the user ignores, is not the last."""
    recovery = Recovery()
    recovery.start_of("#global", 1.0)
    recovery.begin()
    recovery.request(3)
    recovery.found(said("1"))
    for number in (2, 3):
        recovery.skipped(parse(f"@msgid={number} :bob!u@h JOIN #global".encode()))
    recovery.page_over()
    assert recovery.request(3) == b"CHATHISTORY AFTER #global msgid=3 3\r\n"
    recovery.page_over()
    assert recovery.request(3) is None


def test_a_page_that_the_server_has_cut_is_not_the_last() -> None:
    recovery = Recovery()
    recovery.start_of("#global", 1.0)
    recovery.begin()
    recovery.request()
    for number in range(20):
        recovery.found(said(str(number), "x" * 4000))
    recovery.page_over()
    assert recovery.request() == b"CHATHISTORY AFTER #global msgid=19 200\r\n"
    recovery.page_over()
    assert recovery.request() is None


def test_what_became_of_messages_is_told_behind_them() -> None:
    recovery = Recovery()
    recovery.start_of("#global", 1.0)
    recovery.begin()
    recovery.request()
    recovery.found(said("1"))
    recovery.meanwhile(ev.Reacted(9e9, "#global", "1", "bob", "ok"))
    recovery.page_over()
    assert [type(event) for event in recovery.finish()] == [ev.Said, ev.Reacted]


@pytest.mark.parametrize("account", ["", "anna"])
async def test_a_guest_whose_message_is_in_the_history_does_not_send_it_again(
    server: FakeServer, client: Make, account: str
) -> None:
    """'`chat` never loses or doubles a text': but another device of an account may have said it"""
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends("@msgid=m1 :bob!u@h PRIVMSG #global :hello")
    await anna.next(ev.Said)
    anna.session.say("#global", "one")
    anna.session.say("#global", "two")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :one")
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 200")
    tags = f"@batch=b;msgid=m2;account={account}" if account else "@batch=b;msgid=m2"
    await peer.sends(
        ":server BATCH +b chathistory #global",
        f"{tags} :anna!u@h PRIVMSG #global :one",
        ":server BATCH -b",
    )
    again = "one" if account else "two"
    await peer.expects(f"@label=<again>;chatd/id=<its> PRIVMSG #global :{again}")
    told = anna.told()
    sent = [event.msgid for event in told if isinstance(event, ev.SentAs)]
    assert sent == ([] if account else ["m2"])
    assert any(isinstance(event, ev.MayArriveTwice) for event in told) is bool(account)


def test_only_where_the_user_is_something_can_be_missed() -> None:
    """Not in a room that they have left, nor wherever a server says that somebody speaks."""
    recovery = Recovery()
    recovery.start_of("#a", 1.0)
    recovery.start_of("#b", 1.0)
    recovery.forget("#b")
    for room in ("#a", "#b", "#c"):
        recovery.live(ev.Said(2.0, "bob", room, "hi", msgid=f"m{room}"))
    recovery.begin()
    assert recovery.request() == b"CHATHISTORY AFTER #a msgid=m#a 200\r\n"
    recovery.failed("no")
    assert recovery.request() is None
