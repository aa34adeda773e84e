"""Who is told of what, and how, while they look at something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.screen.notify import BETWEEN_S, Notifier, kind_of, notification
from cli.settings import Preferences

KITTY = {"TERM": "xterm-kitty"}
IDS = count()


class Desk:
    """anna, who looks at ``looks``; time passes when the test says so."""

    def __init__(self, environ: dict[str, str] | None = None, **chosen: object) -> None:
        self.preferences = Preferences()
        self.preferences.change(**chosen)
        self.buffers = Buffers(Conversation("anna"), words=self.preferences.now.keywords)
        self.written: list[str] = []
        self.looks = "#dev"
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.notifier = Notifier(
            self.buffers,
            self.preferences,
            self.written.append,
            lambda name: name == self.looks,
            lambda seconds, act: self.timers.append((self.now + seconds, act)),
            lambda: self.now,
            environ if environ is not None else {"TERM": "xterm-256color"},
        )

    def hears(self, *told: ev.Said) -> None:
        for event in told:
            said = replace(event, msgid=f"m{next(IDS)}")
            self.buffers.take(said)
            self.notifier.take(said)

    def passes(self, seconds: float) -> list[str]:
        """Let time pass; return what was written meanwhile."""
        self.written.clear()
        self.now += seconds
        due = [act for at, act in self.timers if at <= self.now]
        self.timers = [(at, act) for at, act in self.timers if at > self.now]
        for act in due:
            act()
        return self.written


def said(text: str, target: str = "anna", source: str = "bob", **more: object) -> ev.Said:
    return replace(ev.Said(50.0, source, target, text), **more)  # type: ignore[arg-type]


def test_a_private_message_rings_and_is_shown() -> None:
    """'bell, OSC 9/777/99'"""
    desk = Desk()
    desk.hears(said("lunch?"))
    assert desk.passes(2) == ["\a", "\x1b]9;chat: bob: lunch?\x1b\\"]
    kitty = Desk(KITTY)
    kitty.hears(said("hi anna", "#ops"))
    assert kitty.passes(2)[1] == (
        "\x1b]99;i=chatd:d=0;bob in #ops\x1b\\\x1b]99;i=chatd:d=1:p=body;hi anna\x1b\\"
    )


@pytest.mark.parametrize(
    "event",
    [
        said("hello all", "#ops"),
        said("banana annas", "#ops"),
        said("anna, look", "#dev"),
        said("hi anna", "#ops", own=True, source="anna"),
        said("hi anna", "#ops", missed=True),
        said("hi anna", "#quiet"),
        said("your account", kind="notice"),
    ],
    ids=["a room", "no word", "in sight", "own", "missed", "muted", "a service"],
)
def test_what_does_not_concern_is_not_told(event: ev.Said) -> None:
    desk = Desk(mute=["#Quiet"])
    desk.hears(event)
    assert desk.passes(10) == []


def test_what_another_device_has_read_is_not_told() -> None:
    """'never for what another device has read'"""
    desk = Desk()
    desk.hears(said("lunch?", at=50.0))
    desk.buffers.take(ev.MarkerIs("bob", 50.0))
    assert desk.passes(2) == []
    desk.hears(said("and now?", at=50.0))
    assert desk.passes(10) == []


def test_keywords_concern_as_the_name_does_and_nobody_is_disturbed() -> None:
    desk = Desk(keywords=["deploy"])
    desk.hears(said("Deploy is done", "#ops"))
    assert len(desk.passes(2)) == 2
    desk.preferences.change(do_not_disturb=True)
    desk.hears(said("anna?", "#ops"))
    assert desk.passes(10) == []


def test_a_burst_is_told_once() -> None:
    desk = Desk()
    desk.hears(*(said(f"part {number}") for number in range(500)), said("me too", source="carl"))
    told = desk.passes(2)
    assert told == ["\a", "\x1b]9;chat: 501 messages: from bob, carl\x1b\\"]
    desk.hears(said("once more"))
    assert desk.passes(BETWEEN_S - 2.5) == []
    assert len(desk.passes(3)) == 2


def test_it_can_be_had_otherwise() -> None:
    """'configurable (bell, desktop, none)'"""
    quiet = Desk(notifications_bell=False, notifications_desktop="777")
    quiet.hears(said("a;b"))
    assert quiet.passes(2) == ["\x1b]777;notify;bob;a,b\x1b\\"]
    nothing = Desk(notifications_bell=False, notifications_desktop="none")
    nothing.hears(said("a"))
    assert nothing.passes(2) == []


@pytest.mark.parametrize("kind", ["9", "777", "99"])
def test_others_words_steer_no_terminal(kind: str) -> None:
    """'texts made safe for escapes'"""
    text = notification(kind, "4;1;\x1b[2J\x9cbob", "x\x07\x1b\\\x1b]0;owned\x07\n\u202eevil\x9c")
    inside = text.removeprefix("\x1b]").removesuffix("\x1b\\").replace("\x1b\\\x1b]99;", "")
    assert not {"\x1b", "\x07", "\x9c", "\n", "\u202e"} & set(inside)
    assert text.count("\x1b]") == (2 if kind == "99" else 1)


def test_the_title_counts_what_concerns() -> None:
    """'title with the count'"""
    desk = Desk(mute=["#quiet"])
    for event, title in (
        (said("for all", "#ops"), "* chat"),
        (said("hi anna", "#ops"), "(1) chat"),
        (said("hi anna", "#quiet"), None),
        (said("psst"), "(2) chat"),
    ):
        desk.written.clear()
        desk.hears(event)
        desk.notifier.show_title()
        assert desk.written == ([f"\x1b]2;{title}\x07"] if title else [])
    desk.written.clear()
    desk.notifier.again()
    assert desk.written == ["\x1b]2;(2) chat\x07"]


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"TERM": "xterm-256color"}, "9"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "777"),
        ({"TERM": "xterm-kitty"}, "99"),
        ({"TERM": "foot"}, "777"),
        ({"TERM": "linux"}, "none"),
        ({"TERM": "screen"}, "none"),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, "99"),
        ({}, "none"),
    ],
)
def test_terminals_are_known_by_what_they_say(environ: dict[str, str], kind: str) -> None:
    assert kind_of(environ) == kind


def test_tmux_hands_it_on() -> None:
    desk = Desk({"TERM": "tmux-256color", "TMUX": "x"})
    desk.hears(said("hi"))
    assert desk.passes(2)[1] == "\x1bPtmux;\x1b\x1b]9;chat: bob: hi\x1b\x1b\\\x1b\\"
