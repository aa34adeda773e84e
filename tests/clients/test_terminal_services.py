"""What a person types to NickServ and ChanServ in irssi and weechat, in tmux."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.terminal import Tmux, need
from tests.clients.test_terminal_features import IRSSI, WEECHAT, Program
from tests.support.servers import Gateway

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("program", [IRSSI, WEECHAT], ids=lambda program: program.name)
async def test_what_people_type(
    tmux: Tmux, two_gateways: tuple[Gateway, Gateway], tmp_path: Path, program: Program
) -> None:
    """ "`/msg NickServ help`, `ChanServ`": an account is made, and its sessions are shown."""
    need(program.name)
    window = tmux.start(*program.command(tmp_path / program.name, two_gateways[1]))
    await window.shows("Welcome to the")
    window.types("/query NickServ")
    window.types("/msg NickServ help")
    await window.shows("NickServ is about your account")
    window.types("/msg NickServ regster sesame")
    await window.shows("That is no word that NickServ knows")
    window.types("/msg NickServ register sesame")
    await window.shows("Account created; you are")
    window.types("/msg nickserv sessions")
    await window.shows("Sessions: 1; other")
    window.types("/msg NickServ ghost ines")
    await window.shows("You have this nick")
