"""What the composer thinks with, without a screen."""

from __future__ import annotations

import json

import pytest
from textual import events

from cli.client.errors import ChatError
from cli.commands.emoji import beginning, emoji
from cli.screen.drafts import MOST, Drafts
from cli.screen.recall import KEPT, Recall
from cli.screen.sequences import Parser
from cli.screen.typing_notices import TypingNotices


def test_others_are_told_of_typing_as_the_specification_has_it() -> None:
    """'any `typing` notification is not sent within 3 seconds of another one'"""
    now, told = [100.0], list[tuple[float, str, bool]]()
    notices = TypingNotices(lambda to, on: told.append((now[0], to, on)), lambda: now[0])
    for at, target, text in (
        (100.0, "#dev", "/join #x"),  # "and the text is not a "/slash command""
        (100.5, "#dev", "h"),
        (101.0, "#dev", "he"),
        (103.4, "#dev", "hel"),
        (103.5, "#dev", "hell"),  # "SHOULD be sent by clients **continuously**"
        (104.0, "bob", "h"),  # "for a given target"
        (107.0, "bob", ""),  # "**once** when the user clears the text-input field"
        (110.0, "bob", ""),
    ):
        now[0] = at
        notices.typed(target, text)
    assert told == [
        (100.5, "#dev", True),
        (103.5, "#dev", True),
        (104.0, "bob", True),
        (107.0, "bob", False),
    ]
    notices.on = False
    notices.typed("eve", "not told")
    assert len(told) == 4


def test_who_has_sent_is_not_told_to_have_stopped() -> None:
    now, told = [0.0], list[bool]()
    notices = TypingNotices(lambda to, on: told.append(on), lambda: now[0])
    notices.typed("bob", "hi")
    notices.sent()
    now[0] = 9.0
    notices.typed("bob", "")
    assert told == [True]


def test_recall_keeps_the_latest_and_what_was_changed() -> None:
    recall = Recall()
    for number in range(KEPT + 20):
        recall.add(f"text {number}")
    recall.add(f"text {KEPT + 19}")
    assert recall.back("") == f"text {KEPT + 19}"
    assert recall.back("changed") == f"text {KEPT + 18}"
    assert recall.forward(f"text {KEPT + 18}") == "changed"
    assert recall.forward("changed") == ""
    assert recall.forward("") is None
    steps = 0
    while recall.back("") is not None:
        steps += 1
    assert steps == KEPT


@pytest.mark.parametrize("kept", ["", "[]", "{", "[" * 100_000, "null", '{"bob": 1}'])
def test_drafts_that_cannot_be_read_keep_nobody_from_writing(kept: str) -> None:
    written: list[str] = []
    drafts = Drafts(lambda: kept, written.append)
    drafts.put("#Dev", "text")
    drafts.keep()
    drafts.keep()
    assert len(written) == 1
    assert json.loads(written[0])["#dev"] == "text"

    def refuses() -> str:
        raise ChatError("cannot read")

    assert Drafts(refuses).get("#dev") == ""


def test_drafts_are_bounded() -> None:
    written: list[str] = []
    drafts = Drafts(write=written.append)
    for number in range(MOST + 10):
        drafts.put(f"#r{number}", "x" * 1000)
    drafts.put("#big", "x" * 1_000_000)
    drafts.keep()
    assert len(written[0]) < MOST * 1100 + 110_000
    assert drafts.get("#r0") == ""


@pytest.mark.parametrize(
    ("name", "char"),
    [
        ("+1", "👍"),
        (":smile:", "😄"),
        ("TADA", "🎉"),
        ("thumbsup", "👍"),
        ("no such", ""),
        ("", ""),
    ],
)
def test_emoji_are_known_by_the_names_that_people_know(name: str, char: str) -> None:
    assert emoji(name) == char


def test_the_shortest_name_comes_first() -> None:
    assert beginning("smil", 2) == [("smile", "😄"), ("smiley", "😃")]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b\r", ["alt+enter"]),
        ("\x1b[13;3u", ["alt+enter"]),
        ("\x1b[13;2u", ["shift+enter"]),
        ("\x1b[27;2;13~", ["shift+enter"]),
        ("a\r", ["a", "enter"]),
        ("\x1bk\x1b/", ["alt+k", "alt+slash"]),
        ("\x1f\x0b\x15", ["ctrl+underscore", "ctrl+k", "ctrl+u"]),
        ("\x1b[A\x1b[1;3A", ["up", "alt+up"]),
    ],
)
def test_alt_enter_is_no_enter(sent: str, keys: list[str]) -> None:
    """'multi-line (Alt+Enter, Shift+Enter where the terminal tells)'"""
    told = list(Parser().feed(sent))
    assert [one.key for one in told if isinstance(one, events.Key)] == keys


@pytest.mark.parametrize("figure", "0123456789")
def test_a_figure_with_alt_is_a_key_and_writes_nothing(figure: str) -> None:
    """Textual takes ESC 1 for the letter that Option and 1 are on a Mac."""
    (key,) = list(Parser().feed(f"\x1b{figure}"))
    assert isinstance(key, events.Key)
    assert (key.key, key.character) == (f"alt+{figure}", None)
