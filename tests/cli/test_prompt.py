"""The chat on a terminal, with keys that are pressed."""

from __future__ import annotations

import base64
import signal
from collections.abc import AsyncIterator

import pytest

from cli.client.connection import Server
from cli.config import Credential, State
from tests.cli.fake_server import CAPS, FakeServer, Peer
from tests.cli.programs import Programs, Terminal, keep_secret
from tests.cli.test_halt import refuses


@pytest.fixture
async def terminal(server: FakeServer, chat: Programs) -> AsyncIterator[Terminal]:
    state = State(chat.state, [Server.parse(server.address)])
    state.keep("anna", Credential("s3cret", generated=True))
    async with await chat.terminal("login", "anna", "--server", server.address) as one:
        yield one


@pytest.fixture
async def peer(server: FakeServer, terminal: Terminal) -> Peer:
    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="kept")
    await peer.tells_the_past()
    await terminal.shows("2 in #global: anna, bob")
    await terminal.shows(r"\[#global\]")
    return peer


async def test_the_line_being_typed_survives_incoming_text(terminal: Terminal, peer: Peer) -> None:
    terminal.type("hel")
    await terminal.shows("hel")
    await peer.sends("@time=2025-11-22T12:03:00.000Z :bob!u@h PRIVMSG #global :am I in your way?")
    await terminal.shows(r"12:03 bob: am I in your way\?")
    await terminal.shows(r"\[#global\] hel")
    terminal.type("lo\r")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :hello")


async def test_tab_completes_names_and_commands(terminal: Terminal, peer: Peer) -> None:
    terminal.type("bo\t")
    await terminal.shows("bob:")
    terminal.type("hi\r")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :bob: hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :bob: hi")
    terminal.type("/top\t")
    await terminal.shows("/topic")
    terminal.type("plans\r")
    await peer.expects("@label=<t> TOPIC #global plans")


async def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(terminal: Terminal, peer: Peer) -> None:
    terminal.type("not this")
    await terminal.shows("not this")
    terminal.type("\x03but this\r")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :but this")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :but this")
    await terminal.shows("anna: but this")
    terminal.type("\x04")
    await peer.expects("QUIT")
    await peer.closes()
    assert await terminal.ended() == 0


async def test_to_chooses_whom_the_next_lines_go_to(terminal: Terminal, peer: Peer) -> None:
    """'`/to NAME` or `/to #room` (choose whom to talk to, then write)'"""
    terminal.type("/to bob\r")
    await terminal.shows(r"bob\]")
    terminal.type("psst\r")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :psst")
    await peer.sends(
        "@label=<l>;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h PRIVMSG bob :psst"
    )
    await terminal.shows(r"12:03 \(private\) to bob: psst")
    terminal.type("/to #dev\r")
    await terminal.shows(r"#dev\]")
    await peer.expects("JOIN #dev")


async def test_several_pasted_lines_are_several_messages(terminal: Terminal, peer: Peer) -> None:
    terminal.type("\x1b[200~one\ntwo\x1b[201~")
    await terminal.shows("two")
    terminal.type("\r")
    for number, text in ((1, "one"), (2, "two")):
        await peer.expects(f"@label=<l{number}>;chatd/id=<i{number}> PRIVMSG #global :{text}")
        await peer.sends(f"@label=<l{number}>;msgid=m{number} :anna!u@h PRIVMSG #global :{text}")


async def test_a_broken_connection_is_said_and_the_line_is_sent_later(
    terminal: Terminal, peer: Peer, server: FakeServer
) -> None:
    """'If the connection breaks it says so, reconnects with back-off'"""
    await server.stops_listening()
    await peer.closes()
    await terminal.shows("lost .*: connecting again")
    await terminal.shows(r"offline\]")
    terminal.type("typed meanwhile\r")
    await terminal.shows("as soon as the connection is back: typed meanwhile")
    await server.opens()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="kept", caps="sasl echo-message labeled-response")
    await peer.expects("@label=<l> PRIVMSG #global :typed meanwhile")
    await terminal.shows("connected again")


async def test_help_lists_every_command(terminal: Terminal, peer: Peer) -> None:
    terminal.type("/help\r")
    await terminal.shows("Anything else is said to the one whom you write to")
    for name in ("to", "msg", "who", "join", "part", "me", "away", "help", "quit"):
        assert f"  /{name} " in terminal.painted


async def test_a_login_shows_the_last_screenful_and_what_is_new_in_it(
    server: FakeServer, chat: Programs
) -> None:
    """'at login the last screenful and "N new since you were here"'"""
    state = State(chat.state, [Server.parse(server.address)])
    state.keep("anna", Credential("s3cret", generated=True))
    said = "@msgid=m{0};time=2025-11-{1} :bob!u@h PRIVMSG #global :line {0}"
    past = (
        said.format(1, "21T23:58:00.000Z"),
        said.format(2, "22T11:58:00.000Z"),
        said.format(3, "22T12:01:00.000Z"),
    )
    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await peer.tells_the_past(*past[:2])
        await terminal.shows(r"Friday, 21 November 2025\s+23:58 bob: line 1")
        await terminal.shows(r"Saturday, 22 November 2025\s+11:58 bob: line 2")
        assert "new since" not in terminal.painted
        await terminal.shows(r"\[#global\]")
        terminal.type("\x04")
        await peer.expects("QUIT")
        await peer.closes()
        assert await terminal.ended() == 0
    assert state.here("anna") == 1763812800.0  # the login, which the server said was at noon

    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await peer.tells_the_past(*past)
        await terminal.shows(r"11:58 bob: line 2\s+1 new since you were here\s+12:01 bob")
        await terminal.shows(r"\[#global\]")
        # Who hears it by another message, and closes the window, has not read that one.
        await peer.sends("@msgid=m4;time=2025-11-22T12:05:00.000Z :bob!u@h PRIVMSG #global :four")
        await terminal.shows("four")
        terminal.process.terminate()
        await peer.expects("QUIT")
        await peer.closes()
    assert state.here("anna") == 1763812860.0


async def test_who_types_has_read_what_is_on_the_screen(server: FakeServer, chat: Programs) -> None:
    """ "signals to the server that the last message read by the user, to the best knowledge of the
    client, has the specified timestamp" """
    state = State(chat.state, [Server.parse(server.address)])
    state.keep("anna", Credential("s3cret", generated=True))
    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept", caps=f"{CAPS} draft/read-marker")
        await peer.tells_the_past()
        await terminal.shows("2 in #global")
        for at, text in ((3, "one"), (4, "two")):
            time = f"2025-11-22T12:0{at}:00.000Z"
            await peer.sends(f"@msgid=m{at};time={time} :bob!u@h PRIVMSG #global :{text}")
            await terminal.shows(text)
        terminal.type("/help\r")
        await peer.expects("MARKREAD #global timestamp=2025-11-22T12:04:00.000Z")


async def test_private_messages_crowds_and_what_is_refused(terminal: Terminal, peer: Peer) -> None:
    """'private messages look like public ones and get answered in public'"""
    await peer.sends("@time=2025-11-22T12:03:00.000Z :bob!u@h PRIVMSG anna :psst")
    await terminal.shows(r"12:03 \(private\) bob: psst")
    await terminal.shows(r"\[#global; new: private from bob\]")
    terminal.type("/r yes?\r")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :yes?")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :yes?")
    await terminal.shows(r"\(private\) to bob: yes\?")
    await terminal.shows(r"\[#global\]")

    await peer.sends(*(f":n{at}!u@h JOIN #global" for at in range(500)))
    await terminal.shows("500 came to #global: n0, n1, n2, n3, n4 and 495 more")

    terminal.type("/nosuch thing\r")
    await terminal.shows(r"/nosuch is no command")
    await terminal.shows(r"\[#global\] /nosuch thing")
    terminal.type("\x03\x1b[200~/etc/hosts\tis mine\x1b[201~\r")
    await peer.expects("@label=<l2>;chatd/id=<i2> PRIVMSG #global :/etc/hosts\tis mine")
    await peer.sends("@label=<l2>;msgid=m2 :anna!u@h PRIVMSG #global :/etc/hosts\tis mine")
    await terminal.shows("anna: /etc/hosts    is mine")
    terminal.type("\x1b[200~" + "many\n" * 30 + "\x1b[201~")
    await terminal.shows(r"\[#global\]\s+many")
    terminal.type("\r")
    await terminal.shows(
        r"\[30 lines: Enter sends each as a message of its own, Esc does not yet\]"
    )


async def test_a_terminal_without_escapes_gets_none(server: FakeServer, chat: Programs) -> None:
    keep_secret(chat, server, "anna")
    arguments = "login", "--history", "0", "anna", "--server", server.address
    async with await chat.screen(*arguments, term="dumb", columns=60) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await terminal.shows("2 in #global: anna, bob")
        terminal.type("helo\x7flo wor")
        await terminal.shows("#global: helo\b \blo wor")
        await peer.sends("@time=2025-11-22T12:03:00.000Z :bob!u@h PRIVMSG anna :" + "anna! " * 12)
        await terminal.shows(r"12:03 \(private\) bob: (anna! )+anna!\r\n      (anna! ?)+\r\n")
        await terminal.shows("#global: hello wor")
        terminal.type("ld\r")
        await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :hello world")
        terminal.type("/to bob\rpsst")
        await terminal.shows("private to bob: psst")
        terminal.process.terminate()
        await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :hello world")
        await peer.expects("QUIT")
        await peer.closes()
        assert await terminal.ended() == 0
    assert b"\x1b" not in terminal.raw


async def test_a_password_that_is_wanted_again_is_asked_for_beside_the_text(
    terminal: Terminal, peer: Peer, server: FakeServer
) -> None:
    """'eats what is typed'"""
    terminal.type("half a thought")
    await terminal.shows("half a thought")
    await peer.closes()
    await refuses(server, "")
    kept = base64.b64decode(server.words.pop("any")).decode()
    await terminal.shows("/password asks you for it")
    await terminal.shows(r"\[#global not let in\] half a thought")
    terminal.type("\r/password\r")
    await terminal.shows(r"\[password, not shown\]")
    terminal.type("other\r")
    await refuses(server, "")
    given = base64.b64decode(server.words["any"]).decode()
    assert (kept.split("\0")[-1], given.split("\0")[-1]) == ("s3cret", "other")
    assert "other" not in terminal.painted
    terminal.process.send_signal(signal.SIGHUP)
    assert await terminal.ended() == 6  # the thought is not sent


async def test_a_terminal_that_is_gone_ends_the_chat(server: FakeServer, chat: Programs) -> None:
    """One sentence, for whoever hears it, and an exit code."""
    keep_secret(chat, server, "anna")
    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await terminal.shows("connected to")
        terminal.hang_up()
        await peer.expects("CHATHISTORY LATEST #global * 23", "CHATHISTORY LATEST * * 200", "QUIT")
        await peer.closes()
        assert await terminal.ended() == 1
