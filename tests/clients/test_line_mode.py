"""The line mode of `chat` in a terminal that has rows and columns, and a shell that stops jobs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret
from tests.clients.terminal import Tmux
from tests.support.wait import wait_until

TYPED = "one two three four five six seven eight nine ten eleven twelve"


def rows(text: str, columns: int) -> str:
    """Return how a text that is longer than a row stands on the screen."""
    cut = [text[at : at + columns].rstrip() for at in range(0, len(text), columns)]
    return "\n".join(cut)


async def test_only_the_prompt_is_drawn_anew(tmux: Tmux, tmp_path: Path) -> None:
    """At other widths, and after Ctrl+Z and what the shell writes meanwhile."""
    async with FakeServer() as server:
        keep_secret(Programs(tmp_path), server, "anna")
        places = f"CHAT_STATE_DIR={tmp_path}", f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}"
        window = tmux.start("env", *places, "PS1=sh> ", "bash", "--norc", "--noprofile", "-i")
        window.types(f"{sys.executable} -m cli login --plain --history 0 anna -s {server.address}")
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await window.shows("[#global]")
        window.presses(TYPED)
        for columns in (100, 50, 30, 70, 72, 36, 100, 36, 90):
            window.resize(columns)
            await window.shows(rows(f"[#global] {TYPED}", columns), once="[#global]")
            assert "2 in #global: anna, bob" in window.screen()

        window.presses("", "C-z")
        await window.shows("Stopped")
        assert "[#global]" not in window.screen()
        window.types("fg")
        await window.shows(f"[#global] {TYPED}")
        window.types(" thirteen")
        await peer.expects(f"@label=<l>;chatd/id=<i> PRIVMSG #global :{TYPED} thirteen")

        window.types("/nosuch left here")
        await window.shows("[#global] /nosuch left here")
        window.presses("", "C-c")
        window.types("/quit")
        await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :hi")
        await peer.expects("QUIT")
        await peer.closes()
        window.types("stty | grep -c -e -icanon -e -echo")
        await wait_until(lambda: window.screen().rstrip().endswith("\n0\nsh>"), "it is as before")


async def test_the_prompt_stands_once_after_a_stop_without_a_shell(
    tmux: Tmux, tmp_path: Path
) -> None:
    async with FakeServer() as server:
        keep_secret(Programs(tmp_path), server, "anna")
        places = f"CHAT_STATE_DIR={tmp_path}", f"PYTHONPATH={os.environ.get('PYTHONPATH', '')}"
        chat = "-m", "cli", "login", "--plain", "--history", "0", "anna", "-s", server.address
        window = tmux.start(*places, sys.executable, *chat)
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept")
        await window.shows("[#global]")
        window.presses("half a line")
        await window.shows("[#global] half a line")
        window.stops_for_a_moment()
        for text in ("meanwhile", "and later"):
            await peer.sends(f":bob!u@h PRIVMSG #global :{text}")
            await window.shows(f"{text}\n[#global] half a line", once="half a line")
