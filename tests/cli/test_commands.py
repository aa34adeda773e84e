"""The commands as they are called from a shell, against a written server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.client.connection import Server
from cli.config import Credential, State
from cli.shell.group import chat as command
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret

ROSTER = (
    "ROSTER bob G 1763812980000 :out for \x1b[31mlunch",
    "ROSTER Аня H 1763812980123 :",
    "ROSTER END 2",
)


async def test_who_prints_one_name_on_a_line(server: FakeServer, chat: Programs) -> None:
    who = asyncio.create_task(chat.run("who", "--server", server.address))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends(*ROSTER)
    ended = await who
    assert (ended.code, ended.out, ended.err) == (0, "bob\nАня\n", "")


@pytest.mark.parametrize("before", [True, False])
async def test_a_server_that_was_typed_wins_over_the_environment(
    server: FakeServer, chat: Programs, *, before: bool
) -> None:
    chat.environ["CHAT_SERVER"] = "127.0.0.1:1"
    typed = ("--server", server.address)
    who = asyncio.create_task(chat.run(*(*typed, "who") if before else ("who", *typed)))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends(*ROSTER)
    assert (await who).code == 0


async def test_who_json_is_an_array_of_objects(server: FakeServer, chat: Programs) -> None:
    chat.environ["CHAT_SERVER_PASSWORD"] = "open sesame"
    who = asyncio.create_task(chat.run("--server", server.address, "who", "--json"))
    peer = await server.accept()
    await peer.expects("CAP LS 302")
    await peer.sends(":s CAP * LS * :sasl", ":s CAP * LS :batch")
    await peer.expects("PASS :open sesame", "ROSTER")
    await peer.sends(*ROSTER)
    ended = await who
    assert json.loads(ended.out) == [
        {"name": "bob", "away": "out for \x1b[31mlunch", "since": "2025-11-22T12:03:00.000Z"},
        {"name": "Аня", "away": None, "since": "2025-11-22T12:03:00.123Z"},
    ]
    assert "\x1b" not in ended.out


async def test_who_on_a_terminal_is_a_table(server: FakeServer, chat: Programs) -> None:
    """'a table with name, away, since on a terminal'"""
    async with await chat.terminal("who", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.expects("ROSTER")
        await peer.sends(*ROSTER)
        await terminal.shows(r"NAME +AWAY +SINCE")
        await terminal.shows(r"bob +out for \^\[\[31mlunch +2025-11-22 12:03")
        await terminal.shows(r"Аня +2025-11-22 12:03")
        await terminal.shows("2 online")
        assert await terminal.ended() == 0


async def test_the_next_server_is_asked_when_one_is_away(
    server: FakeServer, chat: Programs
) -> None:
    async with FakeServer() as gone:
        await gone.stops_listening()
        chat.environ["CHAT_SERVER"] = f"{gone.address},{server.address}"
        who = asyncio.create_task(chat.run("who"))
        peer = await server.accept()
        await peer.expects("ROSTER")
        await peer.sends("ROSTER END 0")
        assert (await who).code == 0


@pytest.mark.parametrize("command", [["who"], ["send", "--to", "bob", "--as", "anna", "hi"]])
async def test_no_server_is_one_line_and_exit_code_4(
    server: FakeServer, chat: Programs, command: list[str]
) -> None:
    await server.stops_listening()
    ended = await chat.run(*command, "--server", server.address)
    assert ended.code == 4
    assert ended.err == f"chat: cannot reach {server.address}: connection refused\n"
    assert ended.out == ""


async def test_a_first_login_claims_the_name_and_speaks_lines(
    server: FakeServer, chat: Programs
) -> None:
    """'When stdin or stdout is no terminal it is a clean line filter.'"""
    async with await chat.start("login", "anna", "--server", server.address) as program:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", claims=True)
        await program.line("anna is yours now")
        await program.line("2 in #global: anna, bob")
        await peer.sends(
            "@time=2025-11-22T12:03:00.000Z :bob!u@h PRIVMSG #global :hello \x1b[31mred"
        )
        assert await program.line("bob") == "12:03 bob: hello ^[[31mred"
        program.write("hi there\n")
        await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :hi there")
        await peer.sends(
            "@label=<l>;msgid=m1;time=2025-11-22T12:04:00.000Z :anna!u@h PRIVMSG #global :hi there"
        )
        assert await program.line("anna:") == "12:04 anna: hi there"
        program.write("/to bob\npsst\n/quit see you")
        assert program.process.stdin is not None
        program.process.stdin.close()
        await peer.expects("@label=<l2>;chatd/id=<id2> PRIVMSG bob :psst")
        await peer.sends("@label=<l2>;msgid=m2 :anna!u@h PRIVMSG bob :psst")
        await peer.expects("QUIT :see you")
        await peer.closes()
        ended = await program.ended()
    assert ended.code == 0
    assert "connected to" in ended.err
    kept = State(chat.state, [Server.parse(server.address)])
    assert kept.last == "anna"
    assert kept.credential("anna") == Credential(server.words["secret"], generated=True)


async def test_what_is_not_acknowledged_at_the_end_of_stdin_is_waited_for(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    login = asyncio.create_task(chat.run("login", "anna", "-s", server.address, stdin="a\nb"))
    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="kept")
    for text in ("a", "b"):
        await peer.expects(f"@label=<l{text}>;chatd/id=<id{text}> PRIVMSG #global :{text}")
        await peer.sends(f"@label=<l{text}>;msgid={text} :anna!u@h PRIVMSG #global :{text}")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await login
    assert ended.code == 0
    assert [line[6:] for line in ended.out.splitlines()[-2:]] == ["anna: a", "anna: b"]


async def test_a_taken_name_with_nobody_to_ask_is_exit_code_7(
    server: FakeServer, chat: Programs
) -> None:
    login = asyncio.create_task(chat.run("login", "anna", "--server", server.address))
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl", ":server 433 * anna :Nickname is already in use")
    ended = await login
    assert ended.code == 7
    assert "CHAT_PASSWORD" in ended.err
    assert ended.err.count("\n") == 1
    assert State(chat.state, [Server.parse(server.address)]).credential("anna") is None


async def test_a_claimed_name_asks_for_the_password_on_a_terminal(
    server: FakeServer, chat: Programs
) -> None:
    """'`chat login` of a claimed name asks for the password'"""
    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
        await peer.sends(":server CAP * LS :sasl", ":server 433 * anna :Nickname is in use")
        await peer.is_left()
        await terminal.shows("Password of anna:")
        terminal.type("hunter2\r")
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="typed")
        await peer.tells_the_past()
        await terminal.shows(r"\[#global\]")
        terminal.type("\x04")
        await peer.expects("QUIT")
        await peer.closes()
        assert await terminal.ended() == 0
        assert "hunter2" not in terminal.painted
    kept = State(chat.state, [Server.parse(server.address)])
    assert kept.credential("anna") == Credential("hunter2", generated=False)


async def test_passwd_sets_and_keeps_the_new_password(server: FakeServer, chat: Programs) -> None:
    state = keep_secret(chat, server, "anna")
    state.logged_in("anna")
    chat.environ["CHAT_NEW_PASSWORD"] = "correct horse"
    changing = asyncio.create_task(chat.run("passwd", "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("PASSWD :correct horse")
    # Whichever of the two it is when another session comes back now.
    assert state.secrets("anna") == ["secret-of-anna", "correct horse"]
    await peer.sends("NOTE PASSWD CHANGED :The password is changed")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await changing
    assert (ended.code, ended.err) == (
        0,
        "The password of anna is changed, and kept on this machine.\n",
    )
    assert state.credential("anna") == Credential("correct horse", generated=False)


async def test_passwd_that_is_refused_keeps_the_old_one(server: FakeServer, chat: Programs) -> None:
    state = keep_secret(chat, server, "anna")
    chat.environ["CHAT_NEW_PASSWORD"] = "x"
    changing = asyncio.create_task(chat.run("passwd", "anna", "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("PASSWD x")
    await peer.sends("FAIL PASSWD WEAK_PASSWORD :Too short")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await changing
    assert (ended.code, ended.err) == (5, "chat: the password was not changed: Too short\n")
    assert state.credential("anna") == Credential("secret-of-anna", generated=True)


async def test_logout_forgets_but_not_what_is_known_nowhere_else(
    server: FakeServer, chat: Programs
) -> None:
    state = keep_secret(chat, server, "anna")
    ended = await chat.run("logout", "anna", "--server", server.address)
    assert ended.code == 1
    assert "known nowhere else" in ended.err
    assert state.credential("anna") is not None
    assert (await chat.run("logout", "anna", "--force", "--server", server.address)).code == 0
    assert state.credential("anna") is None

    keep_secret(chat, server, "anna", generated=False)
    ended = await chat.run("logout", "anna", "--server", server.address)
    assert (ended.code, ended.err) == (0, "What was kept for anna is forgotten.\n")
    assert state.credential("anna") is None


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["send", "--to", "bob", "hi"], 2, "say who you are with --as"),
        (["login"], 2, "say who you are with NAME"),
        (["login", "#global"], 2, "#global is a room, not a name"),
        (["login", "an na"], 2, "cannot be a name"),
        (["send", "--as", "anna", "--to", "b b", "hi"], 2, "A nick cannot contain spaces"),
        (["send", "--as", "anna", "--to", "bob"], 1, "nothing to send"),
        (["send", "--as", "anna", "--to", "bob", "--id", "x" * 65, "hi"], 2, "id is too long"),
        (["who", "--server", "a:b"], 2, "'b' is no port"),
        (["who", "--server", "a:70000"], 2, "'70000' is no port"),
        (["-s", "[::1", "who"], 2, "is no server address"),
        (["who", "-s", ""], 2, "there is no address in it"),
        (["who", "--state-dir", ""], 2, "it is empty"),
        (["login", ""], 2, "it is empty"),
        (["logout", ""], 2, "it is empty"),
        (["passwd", ""], 2, "it is empty"),
        (["send", "--as", "", "--to", "bob", "hi"], 2, "'--as': it is empty"),
        (["send", "--to", "", "hi"], 2, "'--to': it is empty"),
        (["send", "--to", "bob", "--id", "", "hi"], 2, "'--id': it is empty"),
        (["history", "--with", ""], 2, "'--with': it is empty"),
        (["history", "--room", "dev"], 2, "dev is no room"),
        (["history", "--before", ""], 2, "'--before': it is empty"),
        (["search", "--in", ""], 2, "'--in': it is empty"),
        (["export", "--in", "b b"], 2, "A nick cannot contain spaces"),
        (["tail", "--room", ""], 2, "'--room': it is empty"),
        (["keywords", "add", ""], 2, "it is empty"),
        (["sessions", "end", ""], 2, "it is empty"),
        (["login", "--invite", ""], 2, "that is no token"),
        (["logout", "anna"], 1, "nothing is kept for anna"),
    ],
)
def test_wrong_use_is_a_sentence(
    tmp_path: Path, arguments: list[str], code: int, text: str
) -> None:
    """'wrong use of the command': nothing is sent, and nothing is guessed for an empty text."""
    environ = {"CHAT_STATE_DIR": str(tmp_path)}
    ended = CliRunner().invoke(command, arguments, env=environ)
    assert (ended.exit_code, ended.exception.__class__) == (code, SystemExit)
    assert text in ended.stderr
    assert ended.stdout == ""
