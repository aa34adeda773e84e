"""irssi, weechat and nc talk with ``chat`` users: typed keys in tmux, text read off the screen."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.clients import terminal
from tests.clients.terminal import Tmux, Window, need
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

pytestmark = pytest.mark.timeout(240)

CHECKOUT = Path(__file__).parents[2]


def chat(tmux: Tmux, name: str, gateway: Gateway, folder: Path) -> Window:
    """Log in with our own client."""
    return tmux.start(
        *(f"CHAT_STATE_DIR={folder}", f"PYTHONPATH={CHECKOUT}"),
        *(
            sys.executable,
            "-m",
            "cli",
            "-s",
            f"{gateway.host}:{gateway.port}",
            "login",
            "--plain",
            name,
        ),
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
    command = terminal.irssi(home)
    irssi = tmux.start(*command, "-c", second.host, "-p", str(second.port), "-n", "ines")
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
