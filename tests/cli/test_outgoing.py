"""Texts cut for the wire, and their idempotency keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.delivery import Delivery
from cli.client.errors import Refused
from cli.client.outgoing import CAPACITY, Outbox, split
from cli.send import Item, messages


@given(st.text(max_size=3000), st.sampled_from(["anna", "Аня" * 5, "x" * 32]))
def test_no_piece_is_longer_than_a_line_and_no_word_is_lost(text: str, nick: str) -> None:
    pieces = split(text, nick, "#global")
    for piece in pieces:
        # what the receivers get, with a host as long as hosts get
        line = f":{nick}!~{nick}@{'h' * 63} PRIVMSG #global :{piece}\r\n"
        assert len(line.encode()) <= 512
        assert not {"\r", "\n", "\0"} & set(piece)
    words = "".join(text.replace("\0", "").split())
    assert "".join("".join(piece.split()) for piece in pieces) == words


def test_a_long_text_is_cut_between_words() -> None:
    pieces = split("word " * 200, "anna", "#global")
    assert len(pieces) > 1
    assert all(piece.strip().replace("word", "").strip() == "" for piece in pieces)


def test_a_character_is_never_cut_nor_torn_from_its_accent() -> None:
    text = "e\u0301" * 400
    assert all(piece.startswith("e") for piece in split(text, "anna", "#global"))


def test_several_lines_are_several_messages_and_empty_ones_none() -> None:
    assert split("one\r\n\n  \ntwo\rthree", "anna", "bob") == ["one", "two", "three"]


def test_the_room_for_an_action_is_smaller_by_its_marks() -> None:
    (piece, *_) = split("x" * 1000, "anna", "#global", action=True)
    assert len(f":anna!~anna@{'h' * 63} PRIVMSG #global :\x01ACTION {piece}\x01\r\n") <= 512


def test_each_line_of_an_input_has_its_own_key_and_the_same_one_again() -> None:
    """'of several lines each has its own id: KEY.1, KEY.2 and so on'"""
    text = "one\n\ntwo\n"
    assert messages(text, "K", "anna", "bob") == [Item("one", "K.1"), Item("two", "K.3")]
    assert messages("one\n", "K", "anna", "bob") == [Item("one", "K")]
    keys = [item.key for item in messages("x" * 1000, "K", "anna", "bob")]
    assert keys == ["K", "K/2", "K/3"]


def test_the_queue_is_bounded() -> None:
    outbox = Outbox()
    for _ in range(CAPACITY):
        outbox.put(b"AWAY\r\n")
    with pytest.raises(Refused, match="waiting already"):
        outbox.put(b"AWAY\r\n")


def test_a_long_paste_is_sent_whole_or_not_at_all() -> None:
    told: list[ev.Event] = []
    delivery = Delivery(told.append, (1.0, 1.0))
    delivery.say("anna", "#global", "x\n" * 2000)
    assert delivery.pending == 2000
    with pytest.raises(Refused, match="these are 8001 messages, and 2000 are waiting"):
        delivery.say("anna", "#global", "x\n" * 8001)
    assert delivery.pending == 2000
    assert sum(isinstance(event, ev.Sending) for event in told) == 2000


CAPS = {"labeled-response", "echo-message", "message-tags"}


def label(lines: list[bytes]) -> str:
    return parse(lines[-1].strip()).tags["label"]


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_a_message_is_in_doubt_unless_it_was_acknowledged(acknowledged: bool) -> None:
    """More of an answer may follow its first line: the connection may break between them."""
    told: list[ev.Event] = []
    lines: list[bytes] = []
    delivery = Delivery(told.append, (1.0, 1.0))
    delivery.connected(lines.append, CAPS)
    delivery.say("anna", "bob", "hi")
    if acknowledged:
        delivery.reply(parse(b"@msgid=m1 :anna!u@h PRIVMSG bob hi"), label(lines), more=True)
    delivery.disconnected()
    delivery.connected(lines.append, CAPS, again=True)
    assert [event for event in told if isinstance(event, ev.MayArriveTwice)] == (
        [] if acknowledged else [ev.MayArriveTwice("bob", "hi")]
    )
    assert (len(lines), delivery.pending) == ((1, 0) if acknowledged else (2, 1))


async def test_what_was_taken_is_not_sent_again_though_others_go_before_it() -> None:
    lines: list[bytes] = []
    delivery = Delivery(lambda event: None, (1.0, 1.0), patience=9.0)
    delivery.connected(lines.append, CAPS, again=True)
    delivery.say("anna", "bob", "one")
    delivery.reply(parse(b":server 401 anna bob :No such nick"), label(lines))
    delivery.say("anna", "carl", "two")
    delivery.disconnected()
    delivery.show(ev.Said(1.0, "anna", "carl", "two", msgid="m1", own=True, missed=True))
    assert delivery.pending == 1
    delivery.connected(lines.append, CAPS, again=True)
    delivery.reply(parse(b":anna!u@h PRIVMSG bob one"), label(lines))
    assert [parse(line.strip()).params[-1] for line in lines] == ["one", "two", "one"]
