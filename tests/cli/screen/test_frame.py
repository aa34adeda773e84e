"""The frame of the full screen: both sides, the lines above and below, and what opens what."""

from __future__ import annotations

import re

from cli.client import events as ev
from tests.cli.screen.stage import Stage

ROOM = (
    ":anna!a@x JOIN #global",
    ":s 332 anna #global :What we talk about",
    ":s 353 anna = #global :@bob anna +carl",
    ":s 366 anna #global :End",
)


async def test_a_room_is_shown_with_who_is_there() -> None:
    async with Stage().played() as stage:
        await stage.tells(ev.Connected("gw:6667", "anna", again=False))
        await stage.receives(*ROOM)
        stage.session.chat.rooms["#global"].members["bob"].away = True
        await stage.receives(":carl!c@x TOPIC #global :What we talk about")
        seen = stage.sees()
        assert "#global  What we talk about" in seen
        assert "3 here, 1 away" in seen
        assert seen.index("@bob") < seen.index("+carl") < seen.index(" anna")
        assert "anna | gw:6667" in seen


async def test_what_is_unread_elsewhere_is_counted() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM, ":anna!a@x JOIN #dev")
        await stage.receives(":bob!b@x PRIVMSG #dev :one", ":bob!b@x PRIVMSG #dev :anna: two")
        await stage.receives(":bob!b@x PRIVMSG anna :between us")
        seen = stage.sees()
        assert re.search(r"#dev +@1 2 ", seen)
        assert "3 unread elsewhere, 2 for you" in seen


async def test_what_is_typed_goes_to_what_is_shown() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.types("hello all")
        await stage.types("/to bob")
        assert "only bob and you see this" in stage.sees()
        await stage.types("hello bob")
        texts = [line.partition("PRIVMSG ")[2] for line in stage.sent if "PRIVMSG" in line]
        assert texts[0] == "#global :hello all"
