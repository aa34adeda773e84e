"""What users type or pass, in any bytes: an answer in words, and only well-formed lines."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit, Talk
from cli.config import Credential, State
from cli.render import Renderer
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs
from tests.cli.talks import talk_of
from tests.support.wait import PATIENCE_S

MAX_TAGS = 4096

ODD = [
    *("", " ", "   ", "\r", "\n", "\r\n", "\0", "\x01", "\x1b[31m", "\x7f", "\x85", "\u2028"),
    *("a\rb", "a\0b", ":", ":a", "a b", "a,b", "#", "#a", "#a b", "#:a", "#a,b", "*", "@", "//"),
    *("\udcff", "a\ud800b", "#\udcff", "x" * 600, "ж" * 400, "#" + "x" * 63, "#☕", "0", "é", "ß"),
    *("word " * 200, "\u0300" * 50, "\u202e", "\ufdfa" * 20, "bob", "#global", "=", "%s", "{}"),
]
"""Pieces of what people and their programs write."""


def assert_well_formed(line: bytes) -> None:
    """One line: ended by CR LF, no other CR, LF or NUL, at most 512 bytes without its tags."""
    assert line.endswith(b"\r\n")
    assert not {b"\r"[0], b"\n"[0], 0} & set(line[:-2]), line
    line.decode()
    tags, body = b"", line
    if line.startswith(b"@"):
        tags, _, body = line.partition(b" ")
    assert len(tags) < MAX_TAGS
    assert len(body) <= 512, line
    assert re.match(rb"[A-Z]+( |\r\n)", body), line


class Wire:
    """A connection that keeps what is sent."""

    def __init__(self) -> None:
        self.server = Server("127.0.0.1")
        self.lines: list[bytes] = []

    def send(self, *lines: bytes) -> None:
        for line in lines:
            self.lines += re.findall(rb".*?\r\n|.+$", line, re.DOTALL)

    def attend(self) -> float:
        return 0.0

    def drop(self) -> None:
        pass

    async def receive(self) -> list[object]:
        raise TimeoutError

    async def leave(self, line: bytes, seconds: float) -> None:
        self.send(line)

    async def close(self) -> None:
        pass


def connected(name: str = "anna") -> tuple[Talk, Wire, list[ev.Event]]:
    """Return a talk whose session has a connection, without a server."""
    events: list[ev.Event] = []
    session = Session(Login(name), [Server("127.0.0.1")], events.append)
    wire = Wire()
    session._connection = wire  # type: ignore[assignment]
    session.delivery.connected(session._send, set())
    return talk_of(session, events.append), wire, events


def pieces(most: int = 3) -> st.SearchStrategy[str]:
    any_text = st.text(st.characters(codec=None), max_size=20)
    return st.lists(st.sampled_from(ODD) | any_text, max_size=most).map(" ".join)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("quit", "a\rb", True)
@example("away", "a\nb", False)
@example("topic", "x" * 600, True)
@example("who", "#a b", True)
@example("to", "\udcff", True)
@given(st.sampled_from(sorted(COMMANDS)), pieces(), st.booleans())
def test_every_slash_command_with_anything_behind_it(name: str, rest: str, online: bool) -> None:
    """'What a user types or passes in any bytes never is [a traceback]'"""

    async def run() -> None:
        talk, wire, events = connected()
        session = talk.session
        if not online:
            session._connection = None
            session.delivery.disconnected()
        farewell = ""
        try:
            talk.type(f"/{name} {rest}")
            talk.type(rest)
        except Quit as leaving:
            farewell = str(leaving)
        session._connection = wire  # type: ignore[assignment]
        session._arrival.begin(wire.send, set(), 0.0, again=True)
        session.delivery.connected(session._send, set())
        await session.close(farewell)
        for line in wire.lines:
            assert_well_formed(line)
        view = Renderer(talk.target)
        for event in events:
            for shown in view.lines(event):
                assert not {*map(chr, range(32)), "\x7f", "\ud800"} & set(str(shown))

    asyncio.run(run())


async def test_a_farewell_in_two_lines_is_one(server: FakeServer, chat: Programs) -> None:
    r"""'`/quit a\rb` is a traceback'"""
    State(chat.state, [Server.parse(server.address)]).keep("anna", Credential("s", generated=True))
    login = asyncio.create_task(
        chat.run("login", "anna", "-s", server.address, stdin="/quit a\rb\0c\n")
    )
    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="kept")
    await peer.expects("QUIT :a b c")
    await peer.closes()
    ended = await login
    assert ended.code == 0
    assert "Traceback" not in ended.err


BYTES = [text.encode("utf-8", "surrogateescape") for text in ODD if "\ud800" not in text]
ARGUMENTS = [data for data in BYTES if b"\0" not in data]


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "text"),
    [
        ([b"send", b"--as", b"anna", b"--to", b"\xff", b"\xfe"], {}, 2, "A name is UTF-8 text"),
        ([b"send", b"--as", b"\xff", b"--to", b"bob", b"x"], {}, 2, "cannot be a name"),
        ([b"login", b"\xff"], {}, 2, "cannot be a name"),
        ([b"send", b"--as", b"anna", b"--to", b"bob", b"--id", b"\xff", b"x"], {}, 2, "UTF-8"),
        ([b"send", b"--as", b"anna", b"--to", b"bob", b"--id", b"a\nb", b"x"], {}, 2, "control"),
        ([b"send", b"--as", b"anna", b"--to", b"bob", b"--id", b"", b"x"], {}, 2, "empty"),
        ([b"send", b"--as", b"anna", b"--to", b"bob", b" "], {}, 1, "nothing to send"),
        ([b"who", b"--server", b"\xff"], {}, 2, "no server address"),
        ([b"who", b"--server", b"a..b:1"], {}, 4, "no host name"),
        ([b"who", b"--server", b"a:" + b"9" * 5000], {}, 2, "is no port"),
        ([b"who", b"--server", b"x" * 300], {}, 2, "no server address"),
        ([b"who", b"--timeout", b"nan"], {}, 2, "seconds"),
        ([b"who", b"--timeout", b"-1"], {}, 2, "seconds"),
        ([b"login", b"anna"], {b"CHAT_PASSWORD": b"\xff"}, 2, "CHAT_PASSWORD is not valid UTF-8"),
        ([b"login", b"anna"], {b"CHAT_PASSWORD": b"a\nb"}, 2, "line break"),
        ([b"login", b"anna"], {b"CHAT_PASSWORD": b"x" * 400}, 2, "at most 300 bytes"),
        ([b"who"], {b"CHAT_SERVER_PASSWORD": b"a\rb"}, 2, "CHAT_SERVER_PASSWORD cannot"),
        ([b"passwd", b"anna"], {b"CHAT_NEW_PASSWORD": b"\xfe"}, 2, "CHAT_NEW_PASSWORD"),
        ([b"who"], {b"CHAT_SERVER": b"\xff:\xfe"}, 2, "no server address"),
        ([b"logout", b"anna"], {b"CHAT_STATE_DIR": b"/dev/null"}, 1, "nothing is kept"),
    ],
)
async def test_arguments_and_variables_in_any_bytes(
    chat: Programs, arguments: list[bytes], environ: dict[bytes, bytes], code: int, text: str
) -> None:
    """'One clear sentence and the right exit code'"""
    process = await asyncio.create_subprocess_exec(
        *[os.fsencode(sys.executable), b"-m", b"cli", *arguments],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={os.fsencode(key): os.fsencode(value) for key, value in chat.environment().items()}
        | environ,
    )
    out, err = await process.communicate()
    assert text in err.decode(), err
    assert process.returncode == code
    assert b"Traceback" not in err
    assert out == b""


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"secret": "\\ud800", "generated": true}',
        '{"secret": "a\\nb", "generated": true}',
        "[]",
        "\0",
    ],
)
async def test_a_broken_file_of_the_state_is_a_sentence(
    server: FakeServer, chat: Programs, text: str
) -> None:
    state = State(chat.state, [Server.parse(server.address)])
    state.keep("anna", Credential("s", generated=True))
    (path,) = (chat.state / "credentials").glob("*/anna")
    path.write_text(text, encoding="utf-8")
    ended = await chat.run("login", "anna", "--server", server.address)
    assert ended.code == 1
    assert "what is kept for anna cannot be read" in ended.err
    assert "Traceback" not in ended.err


class Recorder:
    """A server that lets everybody in, acknowledges everything, and keeps all lines."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nick = "anna"
        while line := await reader.readline():
            self.lines.append(line)
            head, _, rest = line.decode("utf-8", "replace").rstrip("\r\n").rpartition(" PRIVMSG ")
            words = line.decode("utf-8", "replace").split()
            if words[0] == "CAP" and words[1] == "LS":
                answer = ":s CAP * LS :labeled-response echo-message chatd/id"
            elif words[0] == "CAP" and words[1] == "REQ":
                answer = f":s CAP * ACK {line.decode().partition('REQ ')[2].strip()}"
            elif words[0] == "NICK":
                nick = words[1].lstrip(":")
                continue
            elif words[:2] == ["CAP", "END"]:
                answer = f":s 001 {nick} :Welcome"
            elif words[0] == "JOIN":
                answer = f":{nick}!u@h JOIN {words[1]}"
            elif words[0] == "PING":
                answer = f":s PONG s {words[1]}"
            elif words[0] == "ROSTER":
                answer = "ROSTER END 0"
            elif head.startswith("@"):
                label = re.search("label=([^; ]*)", head)
                assert label is not None
                answer = f"@label={label[1]};msgid=m :{nick}!u@h PRIVMSG {rest}"
            elif words[0] == "QUIT":
                break
            else:
                continue
            writer.write(answer.encode() + b"\r\n")
        writer.close()


async def the_others_end() -> None:
    """Wait for all other tasks of this loop."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


@pytest.mark.parametrize("seed", range(4))
def test_the_commands_with_anything_as_their_arguments(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """'over the click commands ... fails on any exception other than those shown as a sentence'"""
    import threading

    from click.testing import CliRunner

    from cli.shell.group import chat

    recorder = Recorder()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(recorder.serve, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    chance = random.Random(seed)
    runner = CliRunner()
    own = ["--server", f"127.0.0.1:{port}", "--state-dir", str(tmp_path)]

    def odd() -> str:
        return "".join(chance.sample(ODD, chance.choice((1, 1, 1, 2)))).replace("\0", "")

    def usual(text: str) -> str:
        return chance.choice((text, text, odd()))

    def value() -> str:
        return odd().replace("\ud800", "\udcff")  # no byte is this one

    try:
        for _ in range(40):
            command = chance.choice(("who", "send", "send", "send", "logout", "passwd"))
            arguments = [command, *own]
            if command == "send":
                arguments += ["--as", usual("anna"), "--to", usual("bob"), "--timeout", "3"]
                arguments += chance.choice(([], ["--id", usual("K")], ["--json"]))
                arguments += chance.choice(([], ["--", usual("hi")]))
            elif command == "passwd":
                arguments += ["--timeout", "0.2", "--", usual("anna")]
            elif command == "logout":
                arguments += ["--", usual("anna")]
            elif chance.random() < 0.3:
                arguments += ["--timeout", odd()]
            environ = {"CHAT_PASSWORD": value()} if chance.random() < 0.2 else {}
            if command == "passwd":
                environ["CHAT_NEW_PASSWORD"] = chance.choice((value(), "x" * 400, "a\rb"))
            stdin = b"\n".join(chance.sample(BYTES, 3))
            result = runner.invoke(chat, arguments, input=stdin, env=environ)
            what = f"seed {seed}: {arguments!r} {environ!r} {stdin!r}\n{result.output}"
            assert result.exception is None or isinstance(result.exception, SystemExit), what
            assert result.exit_code in range(8), what
            assert "Traceback" not in result.output, what
        assert recorder.lines
        for line in recorder.lines:
            assert_well_formed(line)
    finally:
        asyncio.run_coroutine_threadsafe(the_others_end(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


def test_a_text_of_many_megabytes_is_cut_in_time_that_grows_with_it() -> None:
    from cli.client.outgoing import split

    text = "word " * 1_000_000
    found = split(text, "anna", "#global")
    assert sum(len(piece.split()) for piece in found) == 1_000_000
