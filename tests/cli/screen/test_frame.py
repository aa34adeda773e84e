"""The frame of the full screen: both sides, the lines above and below, and what opens what."""

from __future__ import annotations

import re
import time
from pathlib import Path

from textual import events

from cli.client import events as ev
from cli.files import Files
from cli.screen import keys
from cli.screen.frame import Kept
from cli.settings import Preferences
from tests.cli.screen.look import styles
from tests.cli.screen.stage import Stage
from tests.support.wait import wait_until

ROOM = (
    ":anna!a@x JOIN #global",
    ":s 332 anna #global :What we talk about",
    ":s 353 anna = #global :@bob anna +carl",
    ":s 366 anna #global :End",
)


async def test_a_room_is_shown_with_who_is_there() -> None:
    async with Stage().played() as stage:
        await stage.tells(ev.Connected("gw:6667", "anna", again=False))
        await stage.receives(*ROOM, ":bob!b@x AWAY :lunch")
        seen = stage.sees()
        assert "#global  What we talk about" in seen
        assert "3 here, 1 away" in seen
        assert seen.index("@bob") < seen.index("+carl") < seen.index(" anna")
        assert "anna | gw:6667" in seen
        await stage.receives(":s 306 anna :You have been marked as being away")
        assert "anna (away) | gw:6667" in stage.sees()
        await stage.receives(":s 305 anna :You are no longer marked as being away")
        assert "anna | gw:6667" in stage.sees()


async def test_what_stands_in_the_empty_line_can_be_read_in_each_theme() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        for theme, style in {
            "dark": "#8b949e on #1b1f24",
            "contrast": "italic #ffffff on #000000",
            "none": "dim default on default",
        }.items():
            stage.app.preferences.change(theme=theme)
            await stage.settled()
            assert styles(stage.app, "rite to #global") == [style]


async def test_what_is_unread_elsewhere_is_counted() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM, ":anna!a@x JOIN #dev")
        await stage.receives(":bob!b@x PRIVMSG #dev :one", ":bob!b@x PRIVMSG #dev :anna: two")
        await stage.receives(":bob!b@x PRIVMSG anna :between us")
        seen = stage.sees()
        assert re.search(r"#dev +@1 2 ", seen)
        assert "3 unread elsewhere, 2 for you" in seen
        stage.app.reading.focused = False
        await stage.receives(":bob!b@x PRIVMSG #global :anna: three")
        assert "3 unread elsewhere, 2 for you" in stage.sees(), "here is not elsewhere"


async def test_what_is_typed_goes_to_what_is_shown() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.types("hello all")
        await stage.types("/to bob")
        assert "only bob and you see this" in stage.sees()
        await stage.types("hello bob")
        texts = [line.partition("PRIVMSG ")[2] for line in stage.sent if "PRIVMSG" in line]
        assert texts[0] == "#global :hello all"


async def test_sides_fold_where_there_is_no_room_and_a_key_shows_them() -> None:
    async with Stage().played(80) as stage:
        await stage.receives(*ROOM)
        assert "3 here" not in stage.sees()
        await stage.presses("f3")
        assert "3 here" in stage.sees()
        await stage.presses("down", "enter")
        seen = stage.sees()
        assert "3 here" not in seen
        assert "only carl and you see this" in seen
        await stage.pilot.resize_terminal(50, 24)
        assert "server" not in stage.sees()
        await stage.presses("f2")
        assert "server" in stage.sees()
        await stage.presses("escape")
        assert "server" not in stage.sees()
        await stage.pilot.resize_terminal(20, 5)
        assert "The terminal is too" in stage.sees()
        await stage.pilot.resize_terminal(120, 24)
        assert "server" in stage.sees()


async def test_a_side_stays_folded() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("f3")
        assert "3 here" not in stage.sees()
        assert stage.app.settings.roster is False


async def test_a_choice_that_cannot_be_kept_holds_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "state").touch()  # no directory: nothing can be written into it
    preferences = Preferences(Files(tmp_path / "state"))
    async with Stage(preferences=preferences).played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("f3")
        assert "3 here" not in stage.sees()
        assert "cannot write" in stage.sees()


async def test_what_was_open_is_open_again() -> None:
    kept = Kept(open=lambda: '{"open": ["#dev", "bob"], "current": "bob"}')
    async with Stage(kept=kept).played() as stage:
        assert "only bob and you see this" in stage.sees()
        assert stage.app.memory.rooms == ["#dev"]


async def test_what_was_closed_comes_back_with_something_new() -> None:
    kept: list[str] = []
    async with Stage(kept=Kept(keep_open=kept.append)).played() as stage:
        await stage.receives("@time=1970-01-01T00:00:05.000Z :bob!b@x PRIVMSG anna :one")
        stage.app.command("close", "bob")
        stage.app.hung_up()
    async with Stage(kept=Kept(open=lambda: kept[-1])).played() as stage:
        await stage.tells(ev.PlaceIs("bob", 5.0))
        assert stage.app.buffers.get("bob") is None
        await stage.tells(ev.PlaceIs("bob", 6.0))
        assert stage.app.buffers.get("bob") is not None


async def test_keys_go_from_one_conversation_to_another() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM, ":anna!a@x JOIN #dev", ":anna!a@x JOIN #ops")
        await stage.receives(":bob!b@x PRIVMSG #dev :one", ":carl!c@x PRIVMSG #ops :anna: two")
        await stage.presses("alt+a")
        assert stage.app.target == "#ops", "what concerns one is first"
        await stage.presses("alt+a")
        assert stage.app.target == "#dev"
        await stage.presses("alt+l")
        assert stage.app.target == "#ops"
        await stage.presses("alt+0")
        assert stage.app.target == ""
        await stage.types("hello")
        assert "nobody reads this here" in stage.sees()
        await stage.presses("alt+1", "alt+down")
        assert stage.app.target == stage.app.sidebar.rows[1].key


async def test_keys_may_be_others() -> None:
    preferences = Preferences()
    preferences.change(
        keys={"go.server": ["Ctrl+T"], "go.nowhere": ["f9"], "show.rooms": ["ctlr+r", "F99"]}
    )
    async with Stage(preferences=preferences).played(160) as stage:
        await stage.presses("alt+0")
        assert stage.app.target == "#global"
        assert "nothing is called go.nowhere" in stage.sees()
        assert "show.rooms: there is no key ctlr+r" in stage.sees()
        assert "show.rooms: there is no key F99" in stage.sees()
        await stage.presses("ctrl+t")
        assert stage.app.target == ""


async def test_history_goes_back_where_it_was_said() -> None:
    async with Stage().played(80, 16) as stage:
        await stage.tells(
            *(ev.Said(float(n), "bob", "#global", f"line {n}", msgid=f"m{n}") for n in range(1, 80))
        )
        await stage.types("/history 40")
        assert "line 40" in stage.sees()
        assert "line 79" not in stage.sees()


def test_keys_are_written_as_the_terminal_tells_them_or_as_f1_shows_them() -> None:
    shown = {"Ctrl+K": "ctrl+k", "Alt+#": "alt+number_sign", "ctrl+alt+PageUp": "alt+ctrl+pageup"}
    shown |= {"ctrl++": "ctrl+plus", "Esc": "escape", "shift+f1": "shift+f1", "alt+A": "alt+A"}
    assert {text: keys.key_of(text) for text in shown} == shown
    assert [keys.key_of(text) for text in ("", "ctrl", "ctrl+", "f99", "a+b", "+ctrl")] == [""] * 6
    for key in keys.KEYS:
        assert [keys.key_of(one) for one in key.keys] == list(key.keys)


async def test_whoever_says_something_is_in_the_present() -> None:
    async with Stage().played(80, 16) as stage:
        await stage.tells(
            *(ev.Said(float(n), "bob", "#global", f"line {n}", msgid=f"m{n}") for n in range(1, 80))
        )
        await stage.presses("pageup", "pageup")
        assert "line 79" not in stage.sees()
        await stage.types("here I am")
        assert stage.app.messages.at_end
        assert "here I am" in stage.sees()


async def test_the_empty_line_says_at_once_what_the_room_is_called_now() -> None:
    """The next key did it: until then it named a room that others may have made meanwhile."""
    async with Stage().played() as stage:
        await stage.receives(*ROOM, ":bob!b@x RENAME #global #other :moved")
        assert "Write to #other" in stage.sees()


async def test_who_types_is_told_until_they_do_no_more() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM, "@+typing=active :bob!b@x TAGMSG #global")
        assert "bob types" in stage.sees()
        typing = stage.app.buffers.open("#global").typing
        typing.update(bob=time.monotonic() + 0.2)
        stage.app._typing = None
        stage.app.refresh_status()
        await wait_until(lambda: "bob types" not in stage.sees(), "nobody tells that it is over")


async def test_what_is_typed_or_pasted_at_a_side_is_written() -> None:
    async with Stage().played(120) as stage:
        await stage.receives(*ROOM)
        for part in (stage.app.sidebar, stage.app.roster, stage.app.messages):
            part.focus()
            await stage.presses("Z", "i")
            assert stage.app.composer.has_focus_within
            part.focus()
            stage.app.post_message(events.Paste("pasted"))
            await stage.settled()
            assert stage.app.composer.has_focus_within
        assert stage.app.composer.text == "Zipasted" * 3
