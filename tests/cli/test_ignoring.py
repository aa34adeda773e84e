"""Whom the user ignores is not heard, live or in what is played back."""

from __future__ import annotations

import pytest

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.conversation import Conversation
from cli.client.errors import Refused
from cli.client.ignoring import MAX_MASKS, Ignoring


@pytest.mark.parametrize(
    ("mask", "nick", "account", "fits"),
    [
        ("Bob", "bob", "", True),
        ("bob", "rob", "bob", True),
        ("ANNA", "аnna", "", False),
        ("аня", "АНЯ", "", True),
        ("spam*", "Spammer", "", True),
        ("spam?", "spam", "", False),
        ("account:bob", "bob", "", False),
        ("Account:BOB", "rob", "bob", True),
        ("a.b", "axb", "", False),
    ],
)
def test_masks(mask: str, nick: str, account: str, fits: bool) -> None:
    assert Ignoring([mask]).fits(nick, account) is fits


def test_masks_are_added_and_removed_in_any_spelling() -> None:
    ignoring = Ignoring()
    assert ignoring.add("Bob")
    assert not ignoring.add("bob")
    assert ignoring.masks == ["Bob"]
    assert ignoring.fits("BOB")
    assert ignoring.remove("BOB")
    assert not ignoring.remove("bob")
    assert not ignoring.fits("bob")


@pytest.mark.parametrize("mask", ["", "*", "??", "account:", "account:*", "two words", "x" * 200])
def test_what_is_no_mask(mask: str) -> None:
    with pytest.raises(Refused):
        Ignoring().add(mask)


def test_there_are_not_too_many() -> None:
    ignoring = Ignoring(f"bob{number}" for number in range(MAX_MASKS))
    with pytest.raises(Refused):
        ignoring.add("one-more")


def test_what_is_ignored_is_no_event() -> None:
    chat = Conversation("anna")
    chat.ignoring.add("bob")
    chat.ignoring.add("anna")
    lines = (
        ":anna!u@h JOIN #global",
        ":bob!u@h JOIN #global",
        ":bob!u@h PRIVMSG #global :hello",
        "@account=bob :rob!u@h PRIVMSG anna :hello",
        "@+typing=active :bob!u@h TAGMSG #global",
        ":bob!u@h INVITE anna #dev",
        ":bob NOTICE anna :of a server that is called so",
        ":anna!u@h PRIVMSG #global :mine",
    )
    told = [event for line in lines for event in chat.receive(parse(line.encode()))]
    assert [type(event) for event in told] == [ev.Joined, ev.Joined, ev.Note, ev.Said]
    assert chat.played(parse(lines[2].encode())) == []
