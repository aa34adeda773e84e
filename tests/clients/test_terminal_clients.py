"""irssi, weechat and nc talk with ``chat`` users: typed keys in tmux, text read off the screen."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CHECKOUT = Path(__file__).parents[2]
SECONDS = 20.0
"""A client of another project may take its time to start."""


class Tmux:
    """One tmux server of its own; each window runs one program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = str(folder / "tmux")
        self._windows = 0

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start(self, *program: str) -> Window:
        """Run a program in a new window of 100 x 30 characters."""
        self._windows += 1
        name = f"w{self._windows}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHAT", "TMUX"))}
        environ = kept | {"HOME": str(self._folder), "TERM": "screen-256color", "LANG": "C.UTF-8"}
        assigned = [f"{key}={environ[key]}" for key in ("HOME", "TERM", "LANG", "PATH")]
        self._run(
            *("new-session", "-d", "-s", name, "-x", "100", "-y", "30", "env"), *assigned, *program
        )
        return Window(self, name)

    def send(self, name: str, *keys: str) -> None:
        self._run("send-keys", "-t", name, *keys)

    def screen(self, name: str) -> str:
        return self._run("capture-pane", "-p", "-t", name)

    def end(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False)


class Window:
    """A terminal with a program in it."""

    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux = tmux
        self._name = name

    def types(self, text: str) -> None:
        """Type a line and press Enter."""
        self._tmux.send(self._name, "-l", text)
        self._tmux.send(self._name, "Enter")

    async def shows(self, text: str) -> None:
        """Wait until the screen shows a text."""
        try:
            await wait_until(
                lambda: text in self._tmux.screen(self._name), f"{text!r} on the screen", SECONDS
            )
        except AssertionError:
            raise AssertionError(f"no {text!r} on:\n{self._tmux.screen(self._name)}") from None


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """Run tmux, or skip where it is not installed."""
    need("tmux")
    made = Tmux(tmp_path_factory.mktemp("t"))
    yield made
    made.end()


def need(program: str) -> None:
    """Skip the test when a program of the distribution is not there."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed; on Debian: apt-get install {program}")


def chat(tmux: Tmux, name: str, gateway: Gateway, folder: Path) -> Window:
    """Log in with our own client."""
    return tmux.start(
        *(f"CHAT_STATE_DIR={folder}", f"PYTHONPATH={CHECKOUT}"),
        *(sys.executable, "-m", "cli", "-s", f"{gateway.host}:{gateway.port}", "login", name),
    )


async def talk(user: Window, chatter: Window, name: str) -> None:
    """A room message and a private one each way between the client and anna in ``chat``."""
    await chatter.shows(f"{name} came")
    chatter.types(f"welcome {name}")
    await user.shows(f"welcome {name}")
    user.types("Grüße from outside")
    await chatter.shows(f"{name}: Grüße from outside")
    user.types("/msg anna between us")
    await chatter.shows("between us")
    chatter.types(f"/msg {name} yes, privately")
    user.types("/query anna")  # both clients keep who talks privately in a window of its own
    await user.shows("yes, privately")


async def test_irssi_talks_with_chat(
    tmux: Tmux, two_gateways: tuple[Gateway, Gateway], tmp_path: Path
) -> None:
    """ "`irssi` ... from the distribution (in tmux) ... talk with `chat` users"."""
    need("irssi")
    first, second = two_gateways
    anna = chat(tmux, "anna", first, tmp_path / "anna")
    await anna.shows("you are in #global")
    home = tmp_path / "irssi"
    irssi = tmux.start(
        *("irssi", f"--home={home}", "-c", second.host, "-p", str(second.port), "-n", "ines")
    )
    await irssi.shows("Welcome to the")
    irssi.types("/join #global")
    await irssi.shows("anna")
    await talk(irssi, anna, "ines")
    irssi.types("/quit enough")
    await anna.shows("ines went offline")


async def test_weechat_talks_with_chat(
    tmux: Tmux, two_gateways: tuple[Gateway, Gateway], tmp_path: Path
) -> None:
    """ "`weechat` from the distribution (in tmux) ... talk with `chat` users"."""
    need("weechat")
    first, second = two_gateways
    anna = chat(tmux, "anna", first, tmp_path / "anna")
    await anna.shows("you are in #global")
    home = tmp_path / "weechat"
    weechat = tmux.start(
        "weechat", "-d", str(home),
        "-r", "/set irc.server_default.nicks wera",
        "-r", f"/server add t {second.host}/{second.port}",
        "-r", "/connect t",
    )  # fmt: skip
    await weechat.shows("Welcome to the")
    weechat.types("/join #global")
    await weechat.shows("anna")
    await talk(weechat, anna, "wera")
    weechat.types("/quit enough")
    await anna.shows("wera went offline")


async def test_a_terminal_with_nc_is_enough(
    two_gateways: tuple[Gateway, Gateway], tmp_path: Path
) -> None:
    """ "plain `nc` talk[s] with `chat` users": lines in, lines out, nothing else."""
    need("nc")
    first, second = two_gateways
    async with await IrcClient.connect(first.host, first.port) as anna:
        await anna.register("anna")
        await anna.send("JOIN #global")
        await anna.expect(" 366 ")
        script = (
            "NICK nico\r\nUSER nico 0 * :Nico\r\nJOIN #global\r\n"
            "PRIVMSG #global :from a pipe\r\nPRIVMSG anna :and to you\r\nPING over\r\n"
        )
        nc = await asyncio.create_subprocess_exec(
            *("nc", "-N", second.host, str(second.port)), stdin=PIPE, stdout=PIPE
        )
        out, _ = await nc.communicate(script.encode())
        lines = out.decode().splitlines()
        assert any(" 001 nico " in line for line in lines), lines
        assert any(line.endswith(" over") and " PONG " in line for line in lines), lines
        await anna.expect(r"^:nico!\S+ PRIVMSG #global :from a pipe")
        await anna.expect(r"^:nico!\S+ PRIVMSG anna :and to you")
        await anna.expect(r"^:nico!\S+ QUIT ")
