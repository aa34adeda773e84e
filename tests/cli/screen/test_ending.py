"""How the screen ends: by the user, by a signal, with its terminal, and by what nobody expected."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from functools import partial
from pathlib import Path

import pytest

from cli.client import events as ev
from cli.client.errors import ChatError, LoginRefused
from cli.screen.showing import show
from tests.cli.programs import Programs
from tests.cli.screen.stage import Stage
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until


def without_terminal(stage: Stage) -> None:
    run = partial(stage.app.run_async, headless=True, size=(80, 24))
    stage.app.run_async = lambda **options: run()  # type: ignore[method-assign]


async def test_what_nobody_expected_is_a_sentence_and_a_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()
    without_terminal(stage)
    stage.session.run = asyncio.Event().wait  # type: ignore[assignment,method-assign]
    stage.events.put_nowait("this is no event")  # type: ignore[arg-type]
    stage.app.buffers.take = lambda event: 1 / 0  # type: ignore[assignment,method-assign]
    with pytest.raises(ChatError, match=r"^the screen failed \(ZeroDivisionError\): what is known"):
        await show(stage.session, stage.app, tmp_path)
    (details,) = (tmp_path / "crashes").iterdir()
    assert "ZeroDivisionError: division by zero" in details.read_text()
    assert details.stat().st_mode & 0o077 == 0
    out = capfd.readouterr()
    assert "Traceback" not in out.out + out.err


async def test_a_login_that_is_refused_later_is_told_after_the_screen(tmp_path: Path) -> None:
    stage = Stage()
    without_terminal(stage)

    async def run() -> None:
        raise LoginRefused("you are banned")

    stage.session.run = run  # type: ignore[method-assign]
    with pytest.raises(LoginRefused, match="you are banned"):
        await show(stage.session, stage.app, tmp_path)


async def test_why_nobody_is_let_in_is_plain_to_see_and_a_password_is_asked_for() -> None:
    async with Stage(connected=False).played(120) as stage:
        stopped = ev.Stopped("the password was changed", password=True)
        await stage.tells(stopped)
        assert (
            "not connected: /password asks for the new one: the password was changed"
            in stage.sees()
        )
        given: list[str] = []
        stage.session.give_password = given.append  # type: ignore[assignment,method-assign]
        assert stage.app.does("password")
        await stage.presses(*"secret")
        assert "secret" not in stage.sees()
        await stage.presses("enter")
        assert given == ["secret"]


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


@pytest.mark.slow
async def test_a_day_in_a_real_terminal(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """The whole: 80 x 24, suspended and back, left and come back to, and its terminal torn away."""
    gateway = two_gateways[0]
    chat.environ |= {"CHAT_SERVER": f"{gateway.host}:{gateway.port}", "CHAT_CONFIG": "/nowhere"}
    async with await IrcClient.connect(gateway.host, gateway.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global")
        async with await chat.screen("login", "anna") as anna:
            await anna.shows("rite to #global")
            assert "\x1b]11;?" in anna.painted
            anna.type("\x1b]11;rgb:ffff/ffff/ffff\x1b\\")  # as a light terminal answers
            await wait_until(lambda: b";107m" in anna.raw, "its ground is white")
            await bob.send("PRIVMSG #global :hello anna")
            await anna.shows("hello anna")
            anna.type("good morning\r")
            await bob.expect("PRIVMSG #global :good morning")
            anna.type("\x0bbob\r")  # Ctrl+K
            await anna.shows("only bob and you see this")
            anna.type("between us\r")
            await bob.expect("PRIVMSG anna :between us|PRIVMSG bob :between us")
            anna.type("\x1a")
            pid = anna.process.pid
            await wait_until(lambda: state(pid) == "T", "it is stopped")
            await bob.send("PRIVMSG anna :are you back?")
            anna.forget()
            before = len(anna.painted)
            os.kill(pid, signal.SIGCONT)
            # the terminal is the screen's again by then, and what has not changed is painted, too
            await wait_until(lambda: "are you back" in anna.painted[before:], "it is told")
            await wait_until(lambda: "rite to bob" in anna.painted[before:], "all is painted")
            anna.type("\x11")  # Ctrl+Q
            assert await anna.ended() == 0
        async with await chat.screen("login") as anna:
            await anna.shows("only bob and you see this")
            await anna.shows("between us")
            anna.hang_up()
            assert await anna.ended() == 0
        assert not re.search("Traceback", anna.painted)
