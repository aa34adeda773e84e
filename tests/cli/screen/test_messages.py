"""The message view: what stands in it, and that what is read stays where it is."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cli.client import events as ev
from cli.settings import Settings
from tests.cli.screen.look import look, styles
from tests.cli.screen.pages import Page, numbered, page, shows


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def test_a_page_as_it_is_read() -> None:
    async with page(width=64, height=24) as (app, pilot):
        app.take(
            app.said("bob", "hello there", "1"),
            app.said("bob", "and a text that is too long for one line of this screen", "2"),
            app.said("carl", "anna: have a look", "3"),
            app.said("anna", "why not", "4", reply_to="2"),
            app.said("carl", "waves", kind="action"),
            app.said("carl", "psst", kind="notice"),
            app.said("bob", "it was", "5", reply_to="unknown", later=60),
            app.said("bob", "one\ntwo  words\n\nfour", "6"),
            ev.Reacted(app.at, "#dev", "6", "carl", "👍"),
            ev.Reacted(app.at, "#dev", "6", "anna", "👍"),
            ev.Redacted(app.at, "#dev", "3", "carl"),
            ev.ModesAre(app.at, "#dev", "bob", "+o carl"),
            ev.TopicIs(app.at, "#dev", "ships today", "bob"),
            ev.Left(app.at, "#dev", "carl", "enough", "bob"),
            app.said("bob", "a new day", later=86400),
        )
        await pilot.pause()
        assert [line.rstrip() for line in look(app)][1:22] == [
            "───────────────── Wednesday, 26 November 2025 ─────────────────",
            " 12:03        bob  hello there",
            "                   and a text that is too long for one line of",
            "                   this screen",
            "             carl  message deleted by carl",
            "                   ↪ bob: and a text that is too long for one …",
            "             anna  why not",
            "                *  carl waves",
            "           -carl-  psst",
            "                   ↪ (answers something that is not here)",
            " 12:04        bob  it was",
            "                   one",
            "                   two  words",
            "",
            "                   four",
            "                   [👍 carl, anna]",
            " 12:04         --  carl is operator now (set by bob)",
            " 12:04         --  topic (set by bob): ships today",
            " 12:04         --  carl was put out of #dev by bob: enough",
            "───────────────── Thursday, 27 November 2025 ──────────────────",
            " 12:04        bob  a new day",
        ]


async def test_it_stays_at_the_end_and_tells_that_it_is_read() -> None:
    async with page() as (app, pilot):
        app.take(*numbered(app, 30))
        await pilot.pause()
        assert shows(app)[-1] == "line 29"
        assert app.messages.at_end
        assert app.read == ["#dev"]
        app.take(*numbered(app, 1, 30))
        await pilot.pause()
        assert shows(app)[-1] == "line 30"


async def test_what_is_read_stays_in_place_and_the_new_below_is_counted() -> None:
    async with page() as (app, pilot):
        app.take(*numbered(app, 50))
        await pilot.pause()
        app.messages.action_page(-1)
        await pilot.pause()
        before = shows(app)
        assert before[-1].startswith("End returns")
        app.take(*numbered(app, 3, 50))
        await pilot.pause()
        assert shows(app)[:-1] == before[:-1]
        assert shows(app)[-1].startswith("3 new below, End returns to the present")
        assert app.read == ["#dev"]
        app.messages.action_to_end()
        await pilot.pause()
        assert shows(app)[-1] == "line 52"
        assert app.read == ["#dev", "#dev"]


async def test_older_messages_come_without_a_jump() -> None:
    """'Scrolling up loads older history without a jump'"""
    async with page(past=60) as (app, pilot):
        await pilot.pause()
        assert shows(app)[-1].endswith("old 59")
        app.past.delays = True
        for _ in range(20):
            app.messages.log_view.scroll_lines(-3)
            await pilot.pause()
            if app.past.waiting:
                before = shows(app)
                app.past.waiting.pop()()
                await pilot.pause()
                kept = [line for line in before if "old" in line]
                assert [line for line in shows(app) if "old" in line][-len(kept) :] == kept
        assert shows(app)[0] == "here #dev begins"
        assert app.messages.buffer is not None
        assert app.messages.buffer.held


async def test_another_width_keeps_what_is_read() -> None:
    async with page(width=70) as (app, pilot):
        words = "several words that need more than one line "
        app.take(*(app.said("bob", f"{n:03} {words * 2}") for n in range(50)))
        await pilot.pause()
        app.messages.action_page(-1)
        app.messages.action_page(-1)
        await pilot.pause()
        assert shows(app)[0].startswith("12:03 bob "), "the first in sight has its name"
        first = numbers(app)[0]
        for width in (45, 36, 120, 70):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            assert numbers(app)[0] == first


def numbers(app: Page) -> list[str]:
    """Those of the messages whose beginning is in sight."""
    return re.findall(r"(\d{3}) several", "\n".join(shows(app)))


async def test_who_comes_and_goes_is_one_line_that_opens() -> None:
    """'joins and leaves folded into one line that opens (never the one of the person one talks
    to)', and not of who has just spoken"""
    async with page(height=20) as (app, pilot):
        app.take(
            app.said("bob", "I must go"),
            *(ev.Joined(app.at, "#dev", f"user{n}") for n in range(500)),
            ev.Quit(app.at, "user7", "bye", ("#dev",)),
            ev.Left(app.at, "#dev", "bob"),
            ev.Joined(app.at, "#dev", "bob"),
            ev.Left(app.at, "#dev", "bob", "home"),
            ev.Quit(app.at, "user8", "bye", ("#dev",)),
        )
        await pilot.pause()
        assert shows(app)[1:] == [
            "12:03 bob I must go",
            "12:03 -- ▸ 499 came: user0, user1, user2, user3,",
            "user4 and 494 more; came and went",
            "offline: user7; left and came back: bob",
            "12:03 -- bob left: home",
            "12:03 -- user8 went offline (bye)",
        ]
        await pilot.click(app.messages.log_view, offset=(25, 3))
        await pilot.pause()
        assert app.messages.log_view.view is not None
        assert app.messages.log_view.view.total > 500
        app.take(ev.AwayChanged(app.at, "bob", "lunch"))
        app.messages.show("bob")
        app.take(ev.Quit(app.at, "bob", "", ()), ev.AwayChanged(app.at, "bob", None))
        await pilot.pause()
        assert [line for line in shows(app) if "▸" in line] == []


async def test_nothing_is_lost_or_slow_in_a_burst() -> None:
    """'Waiting events are drained, then one paint: a burst of 5,000 messages under a second'"""
    async with page() as (app, pilot):
        burst = numbered(app, 5000)
        began = time.perf_counter()
        app.take(*burst)
        await pilot.pause()
        assert time.perf_counter() - began < 1.0
        assert shows(app)[-1] == "line 4999"


async def test_own_messages_on_their_way_and_those_that_failed() -> None:
    async with page() as (app, pilot):
        app.take(
            ev.Sending(app.at, "k1", "#dev", "on its way"),
            ev.Sending(app.at, "k2", "#dev", "lost"),
            ev.NotSent("#dev", "lost", "you were put out", "k2"),
        )
        await pilot.pause()
        assert shows(app)[1:] == [
            "... anna on its way",
            "! anna lost",
            "not sent: you were put out; select it and",
            "press r to retry, d to discard",
        ]
        app.messages.focus()
        await pilot.press("r")
        await pilot.press("d")
        await pilot.pause()
        wanted: list[Any] = [(one.what, one.message and one.message.key) for one in app.wanted]
        assert wanted == [("retry", "k2"), ("discard", "k2")]


async def test_what_can_be_done_is_told_and_keys_and_the_mouse_do_it() -> None:
    async with page(width=100) as (app, pilot):
        app.take(
            app.said("bob", "see https://a.example/x", "1"),
            app.said("carl", "I do not know", "2", reply_to="1"),
        )
        app.messages.focus()
        await pilot.pause()
        assert [line[:83] for line in shows(app)[-3:]] == [
            "> ↪ bob: see https://a.example/x",
            ">12:03 carl I do not know",
            "r reply, e react, c copy, g what it answers, t write to them, w whois, Esc: go on w",
        ]
        await pilot.press("g", "r", "e", "c", "o", "w", "t", "d", "enter", "h", "escape")
        assert app.messages.chosen is None
        assert app.left == ["h", ""]
        assert styles(app, "https://a.example/x")[0].endswith("link https://a.example/x")
        whats = ["reply", "react", "copy", "link", "whois", "talk", "delete", "menu"]
        assert [one.what for one in app.wanted] == whats
        app.wanted.clear()
        log = app.messages.log_view
        await pilot.click(log, offset=(40, 2))
        await pilot.click(log, offset=(27, 2))
        await pilot.click(log, offset=(27, 2))
        await pilot.pause()
        assert [(one.what, one.place) for one in app.wanted] == [
            ("link", "https://a.example/x"),
            ("menu", ""),
            ("menu", ""),
        ]


async def test_what_is_marked_with_the_mouse_is_copied() -> None:
    async with page(width=60) as (app, pilot):
        app.take(app.said("bob", "first words"), app.said("bob", "second words"))
        await pilot.pause()
        log = app.messages.log_view
        await pilot.mouse_down(log, offset=(24, 2))
        await pilot.hover(log, offset=(23, 3))
        await pilot.pause()
        assert any("reverse" in style or "on" in style for style in styles(app, "words"))
        await pilot.mouse_up(log, offset=(23, 3))
        await pilot.pause()
        assert app.clipboard == "words\nsecond"


async def test_the_line_before_what_is_new_and_another_way_to_write_times() -> None:
    async with page() as (app, pilot):
        app.take(app.said("bob", "old"), app.said("anna", "seen"))
        app.buffers.open("#dev").since = app.at
        app.take(app.said("anna", "mine"), app.said("bob", "new", later=60))
        await pilot.pause()
        assert shows(app)[1:] == [
            "12:03 bob old",
            "anna seen",
            "mine",
            "───────────────── new since you were here ─────────────────",
            "12:04 bob new",
        ]
        app.messages.look_as(Settings(time="%I:%M:%S %p"))
        await pilot.pause()
        assert shows(app)[1] == "12:03:01 PM bob old"


async def test_why_older_messages_cannot_be_had_is_told() -> None:
    app = Page(past=30)
    app.past.refusal = "there is no connection"
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert shows(app) == ["what came before cannot be had: there is no connection"]
        asked = len(app.past.asked)
        app.take(app.said("bob", "live"))
        await pilot.pause()
        assert len(app.past.asked) == asked
        app.past.refusal = None
        app.messages.again()
        await pilot.pause()
        assert any("old 29" in line for line in shows(app))


async def test_a_buffer_is_found_where_it_was_left() -> None:
    async with page() as (app, pilot):
        app.take(*numbered(app, 50), app.said("bob", "psst", to="anna"))
        await pilot.pause()
        app.messages.action_page(-2)
        await pilot.pause()
        before = shows(app)
        app.messages.show("bob")
        await pilot.pause()
        assert shows(app)[-1] == "12:03 bob psst"
        assert not app.buffers.open("#dev").held
        app.messages.show("#dev")
        await pilot.pause()
        assert shows(app) == before
        app.take(ev.RoomRenamed(app.at, "#dev", "#ops"))
        app.messages.action_to_end()
        await pilot.pause()
        assert shows(app)[-1] == "12:03 -- #dev is called #ops now"


async def test_memory_is_bounded_over_100_000_messages() -> None:
    async with page() as (app, pilot):
        for begin in range(0, 100_000, 10_000):
            app.take(*numbered(app, 10_000, begin))
            await pilot.pause()
        view = app.messages.log_view.view
        assert view is not None
        assert len(view.rows) < 3500
        assert len(app.messages.log_view._painted) < 3500
        assert shows(app)[-1] == "line 99999"
