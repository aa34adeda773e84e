"""Lines for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.client import events as ev
from cli.render import Renderer
from cli.transcript import as_line

AT = 1763812980.0
"""2025-11-22 12:03 UTC"""


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[Renderer]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield Renderer("#global", clock=lambda: AT)
    monkeypatch.undo()
    time.tzset()


def text(view: Renderer, event: ev.Event) -> list[str]:
    return [str(line) for line in view.lines(event)]


def said(target: str, words: str = "hello", kind: ev.Kind = "text") -> ev.Said:
    return ev.Said(AT, "anna", target, words, kind)


def test_messages_with_time_and_name(view: Renderer) -> None:
    assert text(view, said("#global")) == ["12:03 anna: hello"]
    assert text(view, said("#Global")) == ["12:03 anna: hello"]
    assert text(view, said("#dev")) == ["12:03 #dev anna: hello"]
    assert text(view, said("bob")) == ["12:03 (private) anna: hello"]
    assert text(view, said("#global", "waves", "action")) == ["12:03 * anna waves"]
    assert text(view, said("bob", "psst", "notice")) == ["12:03 (private) -anna- psst"]
    own = ev.Said(AT, "anna", "bob", "psst", own=True)
    assert text(view, own) == ["12:03 (private) to bob: psst"]
    assert text(view, replace(own, kind="action")) == ["12:03 (private) to bob: * anna psst"]


def test_what_is_said_is_shown_as_it_was_typed(view: Renderer) -> None:
    """Tabs are spaces, and no further line of a text can be taken for what somebody else says."""
    assert text(view, said("#global", "\tone\n\n12:03 bob: two")) == [
        "12:03 anna:     one\n12:03 anna: \n12:03 anna: 12:03 bob: two"
    ]


def test_private_lines_and_those_with_ones_name_are_told_apart() -> None:
    view = Renderer("#global", is_mention=lambda words: "bob" in words)
    marks = [
        (line.private, line.mention)
        for event in (said("#global"), said("#global", "hi bob"), said("bob"))
        for line in view.lines(event)
    ]
    assert marks == [(False, False), (False, True), (True, False)]


def test_who_came_and_who_left(view: Renderer) -> None:
    assert text(view, ev.Joined(AT, "#global", "bob")) == ["12:03 -- bob came"]
    assert text(view, ev.Joined(AT, "#dev", "bob")) == ["12:03 -- bob came to #dev"]
    assert text(view, ev.Left(AT, "#global", "bob", "bye")) == ["12:03 -- bob left: bye"]
    assert text(view, ev.Left(AT, "#dev", "bob")) == ["12:03 -- bob left #dev"]
    assert text(view, ev.Left(AT, "#dev", "bob", "enough", "anna")) == [
        "12:03 -- bob was put out of #dev by anna: enough"
    ]
    assert text(view, ev.Left(AT, "#global", "anna", "not given back", own=True)) == [
        "12:03 -- you are no longer in #global: not given back"
    ]
    assert text(view, ev.Renamed(AT, "anna", "Guest7", own=True)) == [
        "12:03 -- your name is Guest7 now, not anna"
    ]
    assert text(view, ev.Quit(AT, "bob", "gone")) == ["12:03 -- bob went offline (gone)"]


def test_gaps_are_admitted(view: Renderer) -> None:
    """'what can no longer be had is said ("12 messages could not be recovered")'"""
    assert text(view, ev.Gap("#global", 12)) == [
        "12:03 -- 12 messages in #global could not be recovered"
    ]
    assert text(view, ev.Gap("*", None, "no history")) == [
        "12:03 -- what was said to you meanwhile cannot be shown (no history)"
    ]


def test_a_new_day_is_told_once(view: Renderer) -> None:
    text(view, said("#global"))
    later = ev.Said(AT + 86400, "anna", "#global", "morning")
    assert text(view, later) == ["12:03 -- Sunday, 23 November 2025", "12:03 anna: morning"]
    assert text(view, later) == ["12:03 anna: morning"]


HOSTILE = "\x1b[31mred\x07\x9b0m\u202egnp\r\n\x7f"


@pytest.mark.parametrize(
    "event",
    [
        ev.Said(AT, HOSTILE, "#global", HOSTILE),
        ev.Said(AT, HOSTILE, HOSTILE, HOSTILE, "action"),
        ev.Joined(AT, HOSTILE, HOSTILE),
        ev.Left(AT, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        ev.Quit(AT, HOSTILE, HOSTILE),
        ev.Renamed(AT, HOSTILE, HOSTILE),
        ev.AwayChanged(AT, HOSTILE, HOSTILE),
        ev.TopicIs(AT, HOSTILE, HOSTILE, HOSTILE),
        ev.Members(HOSTILE, (HOSTILE,)),
        ev.Members(HOSTILE, (HOSTILE,), (HOSTILE,), (HOSTILE,), again=True),
        ev.Gap(HOSTILE, None, HOSTILE),
        ev.Connected(HOSTILE, HOSTILE, again=False),
        ev.Disconnected(HOSTILE, HOSTILE),
        ev.Unreachable(HOSTILE, 1.0),
        ev.Waiting(HOSTILE, HOSTILE),
        ev.NotSent(HOSTILE, HOSTILE, HOSTILE),
        ev.MayArriveTwice(HOSTILE, HOSTILE),
        ev.Note(HOSTILE),
        ev.Problem(HOSTILE),
        ev.Answer(HOSTILE),
        ev.People(HOSTILE, (ev.Person(HOSTILE, True),)),
        ev.About(HOSTILE, HOSTILE, HOSTILE, 1, 1, (HOSTILE,)),
    ],
)
def test_nothing_that_arrives_can_steer_the_terminal(view: Renderer, event: ev.Event) -> None:
    """'control and escape characters shown, not run'"""
    lines = text(view, event)
    assert lines
    for line in lines:
        assert line.replace("\n", "").isprintable(), line
        assert "^[[31mred^G" in line


def test_where_the_new_begins(view: Renderer) -> None:
    def new(*places: ev.NewIn) -> list[str]:
        return text(view, ev.NewSince(AT, places))

    assert new() == []
    assert new(ev.NewIn("#global", 12)) == ["----- -- 12 new since you were here"]
    assert new(ev.NewIn("bob", 1)) == ["----- -- 1 new since you were here: 1 from bob"]
    assert new(ev.NewIn("#global", 40, hidden=17)) == [
        "----- -- 40 new since you were here: 40 in #global (the last 23 shown)"
    ]
    assert new(ev.NewIn("bo\x1bb", 2), ev.NewIn("#dev", 200, 150, at_least=True)) == [
        "----- -- more than 202 new since you were here: "
        "more than 200 in #dev (the last 50 shown), 2 from bo^[b"
    ]
    many = new(*(ev.NewIn(f"#r{at}", 1) for at in range(50)))
    assert many[0].endswith("1 in #r29 and in 20 more places")


def test_the_day_is_told_whatever_stands_between(view: Renderer) -> None:
    assert text(view, said("#global")) == ["12:03 anna: hello"]
    text(view, ev.NewSince(AT, (ev.NewIn("#global", 1),)))
    next_day = ev.Said(AT + 86400, "anna", "#global", "hello again")
    assert text(view, next_day) == [
        "12:03 -- Sunday, 23 November 2025",
        "12:03 anna: hello again",
    ]


def test_each_line_of_a_message_is_a_line() -> None:
    said = ev.Said(AT, "bob", "#global", "one\n\ntwo \x1b[31m")
    assert [line.text for line in Renderer("#global").lines(said)] == ["one\n\ntwo ^[[31m"]
    lines = as_line(said, place=False).split("\n")
    assert [line.partition("bob: ")[2] for line in lines] == ["one", "two ^[[31m"]
