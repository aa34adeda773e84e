"""What was said before, as ``chat`` shows it, from real gateways on a real Redis."""

from __future__ import annotations

import re

import pytest

from tests.cli.programs import Programs
from tests.cli.test_real import at
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

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
            await anna.shows("line 59")
            await anna.shows("2 in #global")
            assert "new since" not in anna.painted
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
