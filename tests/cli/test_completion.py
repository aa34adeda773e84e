"""``chat completion``: what a shell is told, and what bash makes of it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.client.connection import Server
from cli.completion import Bash, Fish, Zsh, _open_quote, register
from cli.config import Credential, State
from cli.shell.group import COMMANDS
from cli.shell.group import chat as command
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret
from tests.support.wait import PATIENCE_S


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two names are kept for a server that is not there."""
    kept = State(tmp_path, [Server.parse("127.0.0.1:1")])
    for name in ("Anna", "Größe"):
        kept.keep(name, Credential("s", generated=True))
    monkeypatch.setenv("CHAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CHAT_SERVER", "127.0.0.1:1")
    register()
    return tmp_path


def offered(line: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setenv("_CHAT_LINE", line)
    shell = Bash(command, {}, "chat", "_CHAT_COMPLETE")
    return [(item.type, item.value) for item in shell.get_completions(*shell.get_completion_args())]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("chat se", ["send", "search", "sessions"]),
        ("chat send --t", ["--to", "--timeout"]),
        ("chat login ", ["anna", "größe"]),
        ("chat login A", ["anna"]),
        ("chat send --as=gr", ["größe"]),
        ("chat logout 'a", ["anna"]),
        ("chat sessions ", ["list", "end", "forget"]),
        ("chat send --to ", []),  # nobody answers
        ("chat who \\#", []),
        ("chat who -s : \\#", []),
        ("chat send --id ", []),
    ],
)
def test_what_is_offered(
    state: Path, monkeypatch: pytest.MonkeyPatch, line: str, found: list[str]
) -> None:
    assert [value for _, value in offered(line, monkeypatch)] == found


def test_all_commands_are_offered(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [value for _, value in offered("chat ", monkeypatch)] == list(COMMANDS)
    assert offered("chat send --password-file ", monkeypatch)[0][0] == "file"


@pytest.mark.parametrize(
    ("line", "quote"),
    [("a 'b", "'"), ("a 'b'", ""), ('a "b\\"', '"'), ("a \\'", ""), ("a 'b\"", "'"), ("a", "")],
)
def test_an_open_quote(line: str, quote: str) -> None:
    assert _open_quote(line) == quote


@pytest.mark.parametrize("kind", [Zsh, Fish])
def test_a_whole_word_is_put_in_its_place(
    state: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Zsh] | type[Fish]
) -> None:
    shell = kind(command, {}, "chat", "_CHAT_COMPLETE")
    assert [item.value for item in shell.get_completions(["send"], "--as=a")] == ["--as=anna"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one(shell: str) -> None:
    script = CliRunner().invoke(command, ["completion", shell]).output
    assert "_CHAT_COMPLETE" in script
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


async def test_bash_quotes_what_others_have_chosen(
    server: FakeServer, chat: Programs, tmp_path: Path
) -> None:
    """Who is online has chosen their own name: nothing of it is carried out."""
    program = tmp_path / "chat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n')
    program.chmod(0o755)
    keep_secret(chat, server, "anna").logged_in("anna")
    script = """eval "$(chat completion bash)"
        for COMP_LINE in 'chat send --to ' "chat send --to '"; do
            COMP_POINT=${#COMP_LINE}
            _chat_completion chat
            printf '<%s>' "${COMPREPLY[@]}"
        done"""
    path = f"{tmp_path}:{chat.environment()['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=chat.environment() | {"PATH": path, "CHAT_SERVER": server.address},
    )  # fmt: skip
    for _ in range(2):
        peer = await server.accept()
        await peer.expects("ROSTER")
        await peer.sends("ROSTER a;reboot H 0 :", "ROSTER it's H 0 :", "ROSTER END 2")
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert (out.decode(), err.decode()) == (r"<a\;reboot><it\'s><a;reboot>", "")
