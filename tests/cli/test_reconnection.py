"""Connections that break, and servers that cannot be reached."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client.errors import NotConnected, PasswordRefused, Refused
from cli.client.retry import MOST_REASONS, Retry
from cli.client.timing import Timing
from tests.cli.conftest import QUICK, Client, StoppedClock
from tests.cli.fake_server import CAPS, FakeServer

Make = Callable[..., Client]


async def test_the_next_server_is_tried_and_who_came_and_left_is_told(
    server: FakeServer, client: Make
) -> None:
    async with FakeServer() as other:
        anna = client(servers=(server, other))
        anna.run()
        peer = await server.accept()
        await peer.welcomes("anna", "#global")
        await peer.sends(":carl!u@h JOIN #global")
        await anna.next(ev.Members)
        await server.stops_listening()
        await peer.closes()
        assert (await anna.next(ev.Disconnected)).server == server.address

        peer = await other.accept()
        await peer.welcomes("anna", "#global", caps="batch server-time")
        assert await anna.next(ev.Connected) == ev.Connected(other.address, "anna", again=True)
        assert await anna.next(ev.Gap) == ev.Gap("*", None, "the server keeps no history")
        members = await anna.next(ev.Members)
        assert (members.came, members.left, members.again) == ((), ("carl",), True)


async def test_a_silent_server_is_asked_and_then_given_up(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    # only now: while it logs in, a short silence says nothing
    anna.is_to_wait(Timing(quiet=0.05, idle=0.05, answer=0.05, retry_first=0.01, goodbye=0.1))
    await peer.sends(":bob!u@h PRIVMSG #global :the last word")
    await peer.expects("PING <alive>")
    lost = await anna.next(ev.Disconnected)
    assert lost.reason == "it does not answer any more"
    await server.accept()


async def test_pings_of_the_server_are_answered(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends("PING :are you there")
    await peer.expects("PONG :are you there")


async def test_a_room_left_is_not_entered_again_and_one_entered_offline_is(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=("#global", "#dev"))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", "#dev")
    await anna.session.ready.wait()
    anna.session.part("#dev")
    await peer.expects("PART #dev")
    await peer.sends(":anna!u@h PART #dev")
    await anna.next(ev.Left)
    await peer.closes()
    await anna.next(ev.Disconnected)
    anna.session.join("#ops")
    with pytest.raises(Refused, match="not connected"):
        anna.session.command("WHO", "*")
    peer = await server.accept()
    await peer.welcomes("anna", "#global", "#ops", caps=CAPS)


async def test_all_servers_away_is_told_and_tried_again(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await server.stops_listening()
    await peer.closes()
    unreachable = await anna.next(ev.Unreachable)
    assert "connection refused" in unreachable.reason
    await server.opens()
    await (await server.accept()).welcomes("anna", "#global")
    await anna.next(ev.Connected)


async def test_no_server_at_the_start_is_an_error_with_each_reason(
    server: FakeServer, client: Make
) -> None:
    await server.stops_listening()
    with pytest.raises(NotConnected, match=rf"cannot reach {server.address}: connection refused"):
        await client(timing=QUICK).session.start()


async def test_a_login_refused_on_the_way_back_ends_the_session(
    server: FakeServer, client: Make
) -> None:
    """The password was changed elsewhere: trying for ever would help nobody."""
    anna = client(secret="s3cret", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await anna.session.ready.wait()
    await peer.closes()

    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl")
    await peer.expects("CAP REQ sasl")
    await peer.sends(":server CAP * ACK :sasl")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects("AUTHENTICATE <plain>")
    await peer.sends(":server 904 anna :SASL authentication failed")
    await peer.expects("CAP END")
    await peer.sends(":server 433 * anna :Nickname is already in use")
    assert anna.task is not None
    with pytest.raises(PasswordRefused, match="this is not the password of anna"):
        await anna.task


async def test_without_an_account_the_name_of_our_lost_session_is_waited_for(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", caps="")
    await peer.closes()
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :", ":server 433 * anna :Nickname is already in use")
    assert "somebody's name" in (await anna.next(ev.Unreachable)).reason
    await (await server.accept()).welcomes("anna", caps="")


async def test_a_server_that_closes_right_after_the_login_is_asked_after_growing_pauses(
    server: FakeServer, client: Make
) -> None:
    """'A server that closes right after the login gets 74 logins in 15 s: pauses grow'"""
    clock = StoppedClock()
    anna = client(clock=clock, timing=Timing(goodbye=0.05))
    anna.run()
    for _ in range(9):
        peer = await server.accept()
        await peer.lets_in("anna")
        await peer.closes()
    peer = await server.accept()
    longest = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0]
    assert len(clock.slept) == len(longest)
    for slept, most in zip(clock.slept, longest, strict=True):
        assert most * 0.7 <= slept <= most
    # The user hears of it once.
    why = f"{server.address} lets you in but does not keep you: the server closed the connection"
    assert [event for event in anna.told() if not isinstance(event, ev.Note)] == [
        ev.Connected(server.address, "anna", again=False),
        ev.Disconnected(server.address, "the server closed the connection"),
        ev.Connected(server.address, "anna", again=True),
        ev.Disconnected(server.address, "the server closed the connection"),
        ev.Unreachable(why, clock.slept[1]),
    ]

    # It keeps us at last, and the next break is a new one.
    await peer.welcomes("anna", "#global", caps="")
    await anna.session.ready.wait()
    assert not [event for event in anna.told() if isinstance(event, ev.Connected)]
    clock.time_passes()
    assert await anna.next(ev.Connected) == ev.Connected(server.address, "anna", again=True)
    await peer.closes()
    await anna.next(ev.Disconnected)
    peer = await server.accept()
    assert len(clock.slept) == len(longest)
    await peer.lets_in("anna", caps="")
    await peer.closes()
    await server.accept()
    assert clock.slept[-1] <= 0.5


async def test_a_connection_on_which_something_was_acknowledged_has_worked(
    server: FakeServer, client: Make
) -> None:
    """'pauses grow until something worked for a while'"""
    clock = StoppedClock()
    anna = client(clock=clock, rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna")
    anna.session.say("bob", "hi")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    await anna.next(ev.Said)
    await peer.closes()
    await server.accept()
    assert clock.slept == []


async def test_of_two_servers_the_second_is_asked_at_once_and_a_pause_follows_both(
    server: FakeServer, client: Make
) -> None:
    """'a kill of one gateway of two must still be unnoticed'"""
    clock = StoppedClock()
    async with FakeServer() as other:
        anna = client(servers=(server, other), clock=clock)
        anna.run()
        peer = await server.accept()
        await peer.lets_in("anna")
        await peer.closes()
        peer = await other.accept()
        assert clock.slept == []
        await peer.lets_in("anna")
        assert (await anna.next(ev.Connected)).server == server.address
        assert (await anna.next(ev.Connected)).server == other.address
        await peer.closes()
        for one in (server, other):
            peer = await one.accept()
            assert len(clock.slept) == 1
            await peer.lets_in("anna")
            await peer.closes()
        await server.accept()
        assert len(clock.slept) == 2
        told = await anna.next(ev.Unreachable)
        assert server.address in told.reason
        assert other.address in told.reason


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "the server closed the connection"),
        (":s 433 * anna :Nickname is already in use", "anna is somebody's name"),
        ("ERROR :The server is full", "The server is full"),
        ("ERROR :Closing link: you are banned", "you are banned"),
        ("silence", "does not answer the login"),
        ("reset", "the server closed the connection"),
    ],
)
async def test_a_server_that_does_not_let_us_in_is_asked_after_growing_pauses(
    server: FakeServer, client: Make, line: str, why: str
) -> None:
    """'closes during the handshake', 'refuses', 'accepts and says nothing', 'resets'"""
    clock = StoppedClock()
    timing = Timing(login=0.05 if line == "silence" else 15, goodbye=0.05)
    anna = client(clock=clock, rooms=(), timing=timing)
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna", caps="")
    await anna.next(ev.Connected)
    clock.time_passes()
    await peer.closes()
    for _ in range(5):
        peer = await server.accept()
        if line == "reset":
            await peer.resets()
            continue
        await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
        if line == "silence":
            await peer.is_left()
            continue
        if line:
            await peer.sends(":s CAP * LS :", line)
        await peer.closes()
    await server.accept()
    assert len(clock.slept) == 5
    assert clock.slept[-1] >= 8 * 0.7
    told = [event for event in anna.told() if isinstance(event, ev.Unreachable)]
    assert len(told) == 1
    assert why in told[0].reason


def test_reasons_that_a_server_invents_are_not_told_for_ever() -> None:
    retry = Retry((0.5, 20.0))
    told = [retry.failed(f"ERROR number {number}", 1).reason for number in range(100)]
    assert [bool(reason) for reason in told] == [True] * MOST_REASONS + [False] * 80


@pytest.mark.parametrize(
    ("options", "caps", "doubtful"),
    [
        ({"secret": "s"}, "sasl labeled-response echo-message chatd/id", False),
        ({"secret": "s"}, "sasl labeled-response echo-message", True),
        ({}, "labeled-response echo-message chatd/id", True),
    ],
)
async def test_a_message_that_may_be_doubled_by_a_reconnection_is_told(
    server: FakeServer, client: Make, options: dict[str, str], caps: str, *, doubtful: bool
) -> None:
    """'a retry may be doubled then, if and only if that is the case'"""
    anna = client(rooms=(), **options)
    anna.run()
    for number in range(2):
        peer = await server.accept()
        await peer.welcomes("anna", caps=caps, secret=options.get("secret", ""))
        if number == 0:
            anna.session.say("bob", "one")
            anna.session.say("bob", "two")
        key = ";chatd/id=<id>" if "chatd/id" in caps else ""
        await peer.expects(f"@label=<l>{key} PRIVMSG bob :one")
        if number == 0:
            await peer.closes()
    told = [event for event in anna.told() if isinstance(event, ev.MayArriveTwice)]
    assert told == ([ev.MayArriveTwice("bob", "one")] if doubtful else [])
    # What the server has answered on this connection is in no doubt.
    await peer.sends("@label=<l> FAIL PRIVMSG ID_REUSED <id> :Another text" if key else "PING x")
    if key:
        assert "was used before" in (await anna.next(ev.NotSent)).reason
        assert anna.session.delivery.pending == 1


def plain(name: str, secret: str) -> str:
    return base64.b64encode(f"\0{name}\0{secret}".encode()).decode()


async def test_a_session_comes_back_with_the_password_that_is_kept_by_then(
    server: FakeServer, client: Make
) -> None:
    """'sessions read the kept secret again ... before each reconnect'"""
    kept = ["old"]
    anna = client(secret="old", rooms=(), kept=lambda: kept)
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await anna.session.ready.wait()
    kept[:] = ["new"]
    await peer.closes()
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl", ":server 433 * anna :Nickname is in use")
    await peer.expects("CAP REQ sasl")
    await peer.sends(":server CAP * ACK :sasl")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects(f"AUTHENTICATE {plain('anna', 'new')}")


async def test_a_password_that_is_refused_is_read_again(server: FakeServer, client: Make) -> None:
    """'... when the server refuses the old one'; the change may be under way just then"""
    anna = client(secret="old", rooms=(), kept=lambda: ["old", "new"])
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await anna.session.ready.wait()
    await peer.closes()
    for secret in ("old", "new"):
        peer = await server.accept()
        await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
        await peer.sends(":server CAP * LS :sasl", ":server 433 * anna :Nickname is in use")
        await peer.expects("CAP REQ sasl")
        await peer.sends(":server CAP * ACK :sasl")
        await peer.expects("AUTHENTICATE PLAIN")
        await peer.sends("AUTHENTICATE +")
        await peer.expects(f"AUTHENTICATE {plain('anna', secret)}")
        if secret == "old":
            await peer.sends(":server 904 anna :SASL authentication failed")
    await peer.sends(":server 904 anna :SASL authentication failed")
    assert anna.task is not None
    with pytest.raises(PasswordRefused):
        await anna.task


async def test_a_room_that_another_command_of_the_user_leaves_is_kept_where_it_is_used(
    server: FakeServer, client: Make
) -> None:
    """Rooms are the user's: `chat send`, which had entered one, left it under who used it."""
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    leaves = "@+chatd/passing={0};+typing=done :anna!u@h TAGMSG anna", ":anna!u@h PART {0}"
    await peer.sends(*(line.format("#global") for line in leaves))
    await peer.expects("JOIN #global")
    await peer.sends(":anna!u@h JOIN #global", ":anna!u@h JOIN #dev")
    # of one that nobody here uses, of one where somebody else says so, and of one's own will
    await peer.sends(*(line.format("#dev") for line in leaves))
    await peer.sends("@+chatd/passing=#global :bob!u@h TAGMSG anna", ":anna!u@h PART #global")
    await peer.sends("PING :behind")
    await peer.expects("PONG behind")
    assert not anna.session.chat.rooms
