"""The whole client against a server that means harm; by hand, as long as one likes.

CHAT_FUZZ_SECONDS=120 CHAT_FUZZ_SEED=7 pytest tests/cli/test_hostile_programs.py
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import termios
from pathlib import Path

import pytest

from tests.cli.escapes import foreign, piles
from tests.cli.hostile import HostileServer
from tests.cli.programs import Programs, Terminal

SECONDS = float(os.environ.get("CHAT_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("CHAT_FUZZ_SEED", "1"))

MOST_MB = 150

KEYS = (
    "\x0b", "\x1b", "\x1b", "\x1b", "\r", "\r", "\t", "\t", "\x1b[A", "\x1b[B", "\x1b[5~",
    "\x1b[6~", "\x1b[1;5F", "\x1b[1;5H", "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~",
    "\x1b[17~", "\x1b[18~", "\x06", "\x1b[1;3B", "\x1b[1;3A", "\x1ba", "\x1bl", "\x1bp", "\x1b0",
    "\x1b1", "\x1b2", "\x1b\r", "bo", "b", "#", "@", "@b", ":sm", "hello ", "hi there\r",
    "/whois bob\r", "/list\r", "/names\r", "/topic\r", "/history\r", "/search x\r", "/who\r",
    "/to bob\r", "/r hi\r", "/msg bob hi\r", "/help\r", "/join #dev\r", "/part\r",
    "/ignore carl\r", "/nick anna\r", "\x1b[<0;10;5M\x1b[<0;10;5m", "\x1b[<2;5;5M\x1b[<2;5;5m",
    "\x1b[<0;75;5M\x1b[<0;75;5m", "\x1b[<64;30;10M", "\x1b[<35;40;10M",
)  # fmt: skip


@pytest.mark.skipif(not SECONDS, reason="takes as long as CHAT_FUZZ_SECONDS says")
@pytest.mark.parametrize("plain", [False, True], ids=["screen", "plain"])
async def test_minutes_of_harm(chat: Programs, tmp_path: Path, plain: bool) -> None:
    chance = random.Random(SEED)
    chat.environ |= {"EDITOR": "true", "BROWSER": "true"}
    async with HostileServer(SEED, pause=0.005) as server:
        arguments = ("--plain", "anna") if plain else ("anna",)
        command = ("-s", server.address, "login", *arguments)
        async with await chat.screen(*command, term="xterm-256color") as terminal:
            await terminal.shows("anna")
            loop = asyncio.get_running_loop()
            end = loop.time() + SECONDS
            while loop.time() < end:
                await asyncio.sleep(0.05)
                assert terminal.process.returncode is None, terminal.raw[-3000:]
                terminal.type(chance.choice(KEYS[3:] if plain else KEYS))
                if chance.random() < 0.02:
                    _resize(terminal, chance)
                if chance.random() < 0.02:
                    _assert_harmless(terminal, plain=plain)
            server.quiet = True
            _assert_harmless(terminal, plain=plain)
            terminal.process.terminate()
            await terminal.ended()
            assert b"Traceback" not in terminal.raw
    assert _crashes(tmp_path) == []


def _crashes(path: Path) -> list[str]:
    return [one.read_text(encoding="utf-8") for one in path.rglob("crashes/*")]


def _resize(terminal: Terminal, chance: random.Random) -> None:
    size = chance.choice((24, 8, 4, 60)), chance.choice((80, 20, 40, 200))
    termios.tcsetwinsize(terminal._handle, size)


def _assert_harmless(terminal: Terminal, *, plain: bool) -> None:
    """Look at what was painted since the last time, up to where a piece of it may be cut."""
    raw, _, rest = terminal.raw.rpartition(b"\x1b")
    assert foreign(raw) == []
    assert plain or piles(raw) == []
    assert b"Traceback" not in raw
    terminal.raw = b"\x1b" + rest
    terminal.painted, terminal._shown = "", 0
    status = Path(f"/proc/{terminal.process.pid}/status").read_text(encoding="ascii")
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    assert resident is not None
    assert int(resident[1]) / 1024 < MOST_MB
