"""Rows are made anew only from what has changed: they are those that all of it would make."""

from __future__ import annotations

import random

import pytest

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.screen.colours import palette
from cli.screen.paint import Layout, paint
from cli.screen.rows import Rows
from cli.screen.view import View

AT = 1_764_158_580.0
NICKS = ("anna", "bob", "carl", "аnna", "\x1b[31m\u202e")
TEXTS = ("hi", "x" * 200, "anna: look", "two\nlines", "\x02b\x02 \u200b", "漢" * 40, "http://a.b/")


class Room:
    """One in which odd things happen at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.buffers = Buffers(Conversation("anna"), capacity=60)
        self.buffer = self.buffers.open("#dev")
        self.at = AT
        self.count = 0

    def happens(self) -> None:
        """Let something happen."""
        choose = self.random.choice
        self.at += choose((0, 1, 1, 30, 400, 40_000))
        self.count += 1
        nick, other, msgid = choose(NICKS), choose(NICKS), f"m{self.random.randrange(self.count)}"
        kinds: tuple[ev.Kind, ...] = ("text", "text", "text", "action", "notice")
        said = ev.Said(
            self.at, nick, "#dev", choose(TEXTS), choose(kinds), f"m{self.count}", nick == "anna",
            reply_to=choose(("", "", msgid)),
        )  # fmt: skip
        odd: list[ev.Event] = [
            said,
            said,
            said,
            ev.Joined(self.at, "#dev", nick),
            ev.Joined(self.at, "#dev", other),
            ev.Left(self.at, "#dev", nick, "bye", choose(("", "", other))),
            ev.Quit(self.at, other, "gone", ("#dev",)),
            ev.Redacted(self.at, "#dev", msgid, nick),
            ev.Reacted(self.at, "#dev", msgid, nick, choose(("👍", "x" * 50))),
            ev.ModesAre(self.at, "#dev", nick, "+o-v carl bob"),
            ev.TopicIs(self.at, "#dev", choose(TEXTS), nick),
            ev.Sending(self.at, f"k{self.count}", "#dev", choose(TEXTS)),
            ev.NotSent("#dev", "x", "no", f"k{self.random.randrange(self.count)}"),
            ev.SentAs(f"k{self.random.randrange(self.count)}", "#dev", ""),
            ev.Gap("#dev", 3),
        ]
        self.buffers.take(choose(odd))
        if self.random.random() < 0.05:
            self.buffer.since = self.at
        if self.random.random() < 0.05:
            older = [
                ev.Said(AT - n, nick, "#dev", "old", "text", f"o{self.count}{n}") for n in (9, 8)
            ]
            self.buffers.prepend("#dev", older)


@pytest.mark.parametrize("seed", range(8))
def test_what_has_changed_makes_the_rows_that_all_would_make(seed: int) -> None:
    room = Room(seed)
    view = View(room.buffer, Layout(44))
    for _ in range(150):
        for _ in range(room.random.choice((1, 1, 5))):
            room.happens()
        view.update()
        if view.rows and room.random.random() < 0.2:
            view.toggle(room.random.randrange(len(view.rows)))
        fresh = Rows(room.buffer)
        fresh.opened = view._rows.opened
        fresh.update()
        assert view.rows == fresh.rows
    theme = palette("e0e0e0", "121212")
    for index, row in enumerate(view.rows):
        assert len(paint(row, view.layout, theme)) == view.height(index)
        assert view.at(view.top(index)) == index
    for top in range(view.total):
        assert view.restore(view.anchor(top, 10)) == top
