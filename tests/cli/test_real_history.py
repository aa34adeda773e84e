"""What was said before, as ``chat`` shows it, from real gateways on a real Redis."""

from __future__ import annotations

import asyncio
import json
import re
import signal

import pytest

from tests.cli.programs import Programs
from tests.cli.test_real import at
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import PATIENCE_S

pytestmark = pytest.mark.slow


async def test_who_comes_back_sees_what_was_said_meanwhile(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """'at login the last screenful and "N new since you were here"', on another gateway too"""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global")
        async with await chat.terminal("login", "anna") as anna:
            await anna.shows("2 in #global: anna, bob")
            await bob.send("PRIVMSG #global :before")
            await anna.shows("bob: before")
            anna.type("seen\r")
            await anna.shows("anna: seen")
            anna.type("\x04")
            assert await anna.ended() == 0
        await bob.send(*(f"PRIVMSG #global :line {number}" for number in range(60)))
        await bob.fence()

        # The file with the place is the name's, whichever address it comes by.
        chat.environ["CHAT_SERVER"] = at(second, first)
        async with await chat.terminal("login") as anna:
            await anna.shows("60 new since you were here: 60 in #global .the last 23 shown")
            await anna.shows("line 37")
            await anna.shows("line 59")
            await anna.shows("2 in #global")
            assert "line 36" not in anna.painted
            anna.type("\x04")
            assert await anna.ended() == 0
        async with await chat.terminal("login") as anna:
            # not all of it was shown, so the server knows it as unread still
            await anna.shows("60 new since you were here: 60 in #global .the last 23 shown")
            await anna.shows("line 59")
            await anna.shows("2 in #global")
            said = re.findall(r"bob: line (\d+)", anna.painted)
            assert said == [str(number) for number in range(37, 60)]


async def test_the_line_filter_shows_the_past_when_asked(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global", *(f"PRIVMSG #global :line {at}" for at in range(5)))
        await bob.fence()
        async with await chat.start("login", "anna", "--history", "3") as anna:
            await anna.line("2 in #global")
            said = [line[6:] for line in anna.seen if "line" in line]
            assert said == ["bob: line 2", "bob: line 3", "bob: line 4"]
        async with await chat.start("login", "anna") as anna:
            await anna.line("2 in #global")
            assert not [line for line in anna.seen if "line" in line]


async def test_who_is_in_the_room_does_not_leave_it_for_asking(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """A room is entered for the question "unless the user is in it already", on another device."""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global", "PRIVMSG #global :before")
        await bob.fence()
        async with await chat.start("login", "anna") as anna:
            await anna.line("2 in #global")
            await bob.lines_until("JOIN #global")
            for _ in range(3):
                async with await chat.start("history", "--as", "anna") as asking:
                    await asking.line("bob: before")
                    assert (await asking.ended()).code == 0
            heard = [line for line in await bob.fence() if line.nick == "anna"]
            assert not [line.raw for line in heard if line.command in ("JOIN", "PART", "QUIT")]


async def test_tail_goes_on_over_a_killed_gateway(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """'last N lines and then goes on as they come, over lost links, each once, in order'"""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #dev", *(f"PRIVMSG #dev :line {number}" for number in range(5)))
        await bob.fence()
        command = ("tail", "--as", "anna", "--room", "#dev", "--json", "-n", "3")
        async with await chat.start(*command) as tail:
            await tail.line("line 4")
            await bob.send("PRIVMSG #dev :line 5", "PRIVMSG anna :not in the room")
            await tail.line("line 5")
            first.kill9()
            await bob.send(*(f"PRIVMSG #dev :line {number}" for number in range(6, 50)))
            await tail.line("line 49")
            tail.process.send_signal(signal.SIGINT)
            ended = await tail.ended()
        assert ended.code == 130
        assert "Traceback" not in ended.err
        rows = [json.loads(row) for row in ended.out.splitlines()]
        assert [row["text"] for row in rows] == [f"line {number}" for number in range(2, 50)]
        assert {row["room"] for row in rows} == {"#dev"}

        history = await chat.run("history", "--as", "anna", "--room", "#dev", "--all", "--json")
        assert (history.code, history.err) == (0, "")
        assert [json.loads(row) for row in history.out.splitlines()][2:] == rows


async def test_tail_into_a_pipe_that_ends(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global")
        async with await chat.start("tail", "--as", "anna", "-n", "0") as tail:
            await bob.expect(r":anna!\S+ JOIN")
            await bob.send("PRIVMSG #global :one")
            await tail.line("#global bob: one")
            assert tail.process.stdout is not None
            tail.process.stdout._transport.close()  # type: ignore[attr-defined]
            await bob.send("PRIVMSG #global :two")
            async with asyncio.timeout(PATIENCE_S):
                assert await tail.process.wait() == 141
