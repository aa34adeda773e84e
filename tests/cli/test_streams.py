"""Standard streams that are closed, full, narrow, or carry anything."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli import stdin
from cli.client.connection import Server
from cli.config import Credential, State
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret
from tests.support.wait import PATIENCE_S


async def shell(chat: Programs, command: str) -> tuple[int | None, str, str]:
    """Run a line of the shell in which ``$CHAT`` is the program."""
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=chat.environment() | {"CHAT": f"{sys.executable} -m cli"},
    )
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    return process.returncode, out.decode("utf-8", "replace"), err.decode()


@pytest.mark.parametrize(
    ("redirection", "code", "says"),
    [
        (">/dev/full", 1, "No space left on device"),
        (">&-", 0, ""),
        ("<&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
    ],
)
async def test_who_with_streams_that_cannot_be_used(
    server: FakeServer, chat: Programs, redirection: str, code: int, says: str
) -> None:
    asking = asyncio.create_task(shell(chat, f"$CHAT who -s {server.address} {redirection}"))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends("ROSTER Аня H 0 :", "ROSTER END 1")
    ended, _, err = await asking
    assert (ended, "Traceback" in err, says in err) == (code, False, True)
    assert err.count("\n") == bool(says)


async def test_a_name_that_the_output_cannot_write_is_shown_otherwise(
    server: FakeServer, chat: Programs
) -> None:
    chat.environ["PYTHONIOENCODING"] = "latin-1"
    asking = asyncio.create_task(chat.run("who", "-s", server.address))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends("ROSTER Аня H 0 :", "ROSTER END 1")
    ended = await asking
    assert (ended.code, ended.out, ended.err) == (0, "\\u0410\\u043d\\u044f\n", "")


async def test_the_line_filter_takes_any_bytes(server: FakeServer, chat: Programs) -> None:
    keep_secret(chat, server, "anna")
    async with await chat.start("login", "anna", "-s", server.address) as program:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        assert program.process.stdin is not None
        program.process.stdin.write(b"/topic a\xff\rb\nx\xff\0y\r\n/msg \xff z\n" + b"w" * 2**21)
        program.process.stdin.close()
        await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :x\ufffdy")
        await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :x")
        await peer.expects("QUIT")
        await peer.closes()
        ended = await program.ended()
    assert ended.code == 1
    assert "cannot be sent: write it in one line" in ended.err
    assert ended.err.endswith("chat: a line of stdin has more than 1048576 bytes: it is not sent\n")
    assert "Traceback" not in ended.err


async def test_a_pipe_is_sent_in_order_each_line_once(server: FakeServer, chat: Programs) -> None:
    """A path is no command, a blank line no message; what is refused is told, and counted."""
    keep_secret(chat, server, "anna")
    async with await chat.start("login", "anna", "-s", server.address) as program:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        texts = ["/etc/hosts", "\tone  two ", *map(str, range(250)), "the end"]
        program.write("\n\n".join([*texts[:9], "/nosuch", *texts[9:]]))
        assert program.process.stdin is not None
        program.process.stdin.close()
        for at, text in enumerate(texts):
            await peer.expects(f"@label=<l{at}>;chatd/id=<i{at}> PRIVMSG #global :{text}")
            await peer.sends(f"@label=<l{at}>;msgid=m{at} :anna!u@h PRIVMSG #global :{text}")
        await peer.expects("QUIT")
        await peer.closes()
        ended = await program.ended()
    assert [line[6:] for line in ended.out.splitlines() if "anna: " in line] == [
        f"anna: {text.replace(chr(9), '    ')}" for text in texts
    ]
    assert "/nosuch is no command" in ended.err
    assert ended.err.endswith("chat: 1 line of stdin was not carried out\n")
    assert ended.code == 1


async def test_the_prompt_takes_any_bytes(server: FakeServer, chat: Programs) -> None:
    state = State(chat.state, [Server.parse(server.address)])
    state.keep("anna", Credential("s3cret", generated=True))
    async with await chat.terminal("login", "anna", "--server", server.address) as terminal:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await peer.tells_the_past()
        await terminal.shows(r"\[#global\]")
        os.write(terminal._handle, b"a\xff\xfe\x00\x07b\r")
        await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :<said>")
        terminal.type("/to #dev\r")
        await terminal.shows(r"dev\]")
        terminal.type("\x04")
        await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :x")
        await peer.expects("JOIN #dev", "QUIT")
        await peer.closes()
        assert await terminal.ended() == 0
        assert "Traceback" not in terminal.painted


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["send", "--help"]])
def test_output_that_nobody_takes(arguments: list[str]) -> None:
    """'`who >/dev/full` is a traceback': so was the help of all commands."""
    reader, gone = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    sentence = b"chat: the system refuses: No space left on device\n"
    for handle, code, says in ((full, 1, sentence), (gone, 141, b"")):
        command = [sys.executable, "-m", "cli", *arguments]
        done = subprocess.run(command, stdout=handle, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (code, says)
        os.close(handle)


def test_a_wrong_use_of_which_nobody_can_be_told_is_one_all_the_same() -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "cli", "nonsense"]
        assert subprocess.run(command, stderr=full, check=False).returncode == 2


def test_a_pipe_that_does_not_wait_is_not_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that has the same pipe may have set it so."""
    waited: list[list[int]] = []
    found: Iterator[bytes | OSError] = iter([BlockingIOError(), b"late", OSError(), b""])

    def read(handle: int, count: int) -> bytes:
        one = next(found)
        if isinstance(one, OSError):
            raise one
        return one

    with monkeypatch.context() as patched:
        patched.setattr("cli.stdin.os.read", read)
        patched.setattr("cli.stdin.select.select", lambda reads, *_: waited.append(reads))
        assert [stdin._read() for _ in range(3)] == [b"late", b"", b""]
    assert waited == [[0]]
