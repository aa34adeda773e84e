"""What a hostile server can do to the memory of a client: nothing is without bounds."""

from __future__ import annotations

import random
import time

import pytest

from chatd.wire.message import Message, ParseError, parse
from cli.client import conversation
from cli.client import events as ev
from cli.client.batches import Batches
from cli.client.buffers import MAX_TYPING, Buffers
from cli.client.conversation import MAX_ROOMS, Conversation
from cli.client.entries import Message as Entry
from cli.client.entries import State, weight_of
from cli.client.past import MAX_PAGE, Page, Questions
from cli.client.reactions import MAX_REACTING, MAX_REACTIONS
from cli.client.stock import MAX_BUFFERS, TOTAL
from cli.words import sentences

SEED = 20261126
LINES = 12_000


def words(text: str) -> list[str]:
    return text.split()


COMMANDS = words("""
    PRIVMSG PRIVMSG PRIVMSG NOTICE TAGMSG TAGMSG BATCH BATCH JOIN JOIN PART KICK QUIT NICK AWAY
    MODE TOPIC INVITE RENAME REDACT MARKREAD CHATHISTORY UNREAD FAIL NOTE WARN 005 301 305 306
    311 315 317 318 319 330 332 341 352 353 366 372 403 730 X
""")

WORDS = words("""
    anna bob carl dora #global #dev #World #a,b # * 0 -1 99999999999999999999 +a -a +b -b +o-v +lk
    draft/multiline chathistory labeled-response timestamp=9999-12-31T23:59:59.999Z timestamp=x
    PREFIX=(ov)@+ PREFIX=(o)@+ CHANMODES=,,, TARGETS ~@bob @ + ! anna!u@h H G
""")
WORDS += ["\x01ACTION", "\x1b[31m", "\u202e", "\u200b"]

TAGS = words("""
    time=2025-11-22T12:03:00.000Z time=0001-01-01T00:00:00Z time=9999-12-31T23:59:59.999Z msgid=1
    msgid=2 msgid=3 batch=a batch=b +draft/reply=1 +reply=2 +draft/react=ok +draft/unreact=ok
    +typing=active +typing=paused +typing=done account=bob account=* label=x
    draft/multiline-concat
""")


def line(chance: random.Random) -> bytes:
    """A line as a server might send it that means harm, or is broken."""
    tags = chance.sample(TAGS, chance.randrange(5))
    source = chance.choice(("", "anna!u@h", "bob!u@h", "carl!u@h", "server", "x" * 300, "!", "@"))
    middle = [chance.choice(WORDS) for _ in range(chance.randrange(6))]
    last = " ".join(chance.choices(WORDS, k=chance.randrange(4))) * chance.choice((1, 1, 1, 300))
    return (
        f"@{';'.join(tags)} " * bool(tags)
        + f":{source} " * bool(source)
        + " ".join([chance.choice(COMMANDS), *middle, f":{last}"])
    ).encode()


class View:
    """A conversation and its buffers, as a session feeds them."""

    def __init__(self) -> None:
        self.chat = Conversation("anna")
        self.buffers = Buffers(self.chat, words=["wine"], capacity=100, total=1000)
        self._batches = Batches()

    def take(self, data: bytes) -> None:
        message = self._batches.whole(parse(data))
        if message is None:
            return
        if message.command == "BATCH":
            self._batches.take(message)
            return
        if self._batches.kind(message) == "chathistory":
            self._page(message)
            return
        for event in self.chat.receive(message):
            sentences(event)
            self.buffers.take(event)

    def _page(self, message: Message) -> None:
        for event in self.chat.played(message):
            if isinstance(event, ev.Said):
                self.buffers.prepend(event.target, [event])
            else:
                self.buffers.take(event)

    def check(self) -> None:
        """What is counted is what is there, and is bounded."""
        buffers = [self.buffers.status, *self.buffers.order()]
        assert len(buffers) <= MAX_BUFFERS + MAX_BUFFERS // 10
        for buffer in buffers:
            entries = buffer.entries
            assert [one.weight for one in entries] == [weight_of(one) for one in entries]
            assert buffer.weight == sum(one.weight for one in entries)
            kept = {one.msgid for one in entries if isinstance(one, Entry) and one.msgid}
            assert kept == set(buffer.by_id)
            pending = [isinstance(one, Entry) and one.state is not State.SENT for one in entries]
            assert pending == sorted(pending)
            assert sum(pending) == buffer.waiting
            assert len(buffer.typing) <= MAX_TYPING
            assert buffer.unread >= 0
        assert self.buffers._weight == sum(buffer.weight for buffer in buffers)
        assert self.buffers._weight <= 1000 + 2 * 100 + 10_000 // 1000
        assert len(self.chat.rooms) <= MAX_ROOMS


def test_any_lines_end_in_no_error_and_in_bounds() -> None:
    chance = random.Random(SEED)
    view = View()
    view.take(b":anna!u@h JOIN #global")
    for number in range(LINES):
        data = line(chance)
        try:
            view.take(data)
        except ParseError:
            continue
        except Exception as error:
            raise AssertionError(f"line {number} of seed {SEED}: {data!r}") from error
        if number % 50 == 0:
            key = f"k{number}"
            view.buffers.take(ev.Sending(1.0, key, chance.choice(("#global", "bob")), "mine"))
            outcome = chance.choice(
                (ev.NotSent("bob", "mine", "no", key), ev.SentAs(key, "bob", "9"))
            )
            view.buffers.take(outcome)
            if len(view.buffers._pending) > 20:
                view.buffers.forget_failed(next(iter(view.buffers._pending)))
        if number % 500 == 0:
            view.check()
            view.buffers.close(chance.choice(("bob", "#dev", "")))
    view.check()


def test_messages_of_many_rooms_are_bounded_together() -> None:
    """ "memory bounded over 100,000 messages", here in a smaller measure"""
    buffers = Buffers(Conversation("anna"), capacity=300, total=2000)
    for number in range(20_000):
        room = f"#room{number % 40}"
        buffers.take(ev.Said(float(number), "bob", room, "some words", "text", f"m{number}"))
    kept = [len(buffer.entries) for buffer in buffers.order()]
    assert sum(kept) <= 2200
    assert min(kept) > 10
    assert sum(len(buffer.by_id) for buffer in buffers.order()) == sum(kept)


def test_invented_people_and_long_texts_are_bounded() -> None:
    buffers = Buffers(Conversation("anna"))
    joined = buffers.chat
    joined.receive(parse(b":anna!u@h JOIN #global"))
    buffers.open("#global")
    for number in range(5000):
        buffers.take(ev.Said(float(number), f"bob{number}", "anna", "x" * 60_000))
        buffers.take(ev.Said(float(number), "y" * 300, "anna", "hi"))
    assert len(buffers.order()) <= MAX_BUFFERS + MAX_BUFFERS // 10
    assert buffers.get("#global") is not None
    size = sum(len(one.text) for buffer in buffers.order() for one in buffer.messages())
    assert size <= 1100 * TOTAL
    assert len(buffers.drain()) <= 11 * MAX_BUFFERS


def test_reactions_are_bounded() -> None:
    buffers = Buffers(Conversation("anna"))
    buffers.take(ev.Said(1.0, "bob", "#global", "hi", "text", "1"))
    for number in range(MAX_REACTIONS * 2):
        buffers.take(ev.Reacted(1.0, "#global", "1", "bob", f"r{number}"))
    for number in range(MAX_REACTING * 2):
        buffers.take(ev.Reacted(1.0, "#global", "1", f"n{number}", "r0"))
        buffers.take(ev.Reacted(1.0, "#global", f"none{number}", "bob", "r0"))
        buffers.take(ev.Typing(1.0, "#global", f"n{number}", active=True))
    (message,) = buffers.open("#global").messages()
    assert len(message.reactions) == MAX_REACTIONS
    assert max(map(len, message.reactions.values())) == MAX_REACTING
    assert len(buffers.open("#global").typing) == MAX_TYPING
    assert len(buffers._early._kept) <= 1000


def test_five_thousand_messages_take_little_time() -> None:
    """ "a burst of 5,000 messages under a second" is mostly for painting them"""
    lines = [
        parse(
            f"@msgid=m{number};time=2025-11-22T12:03:00.000Z;account=bob "
            f":bob!u@h PRIVMSG #global :message {number} for everybody".encode()
        )
        for number in range(5000)
    ]
    chat = Conversation("anna")
    chat.receive(parse(b":anna!u@h JOIN #global"))
    buffers = Buffers(chat, words=["wine", "water"])
    begin = time.process_time()
    for message in lines:
        for event in chat.receive(message):
            buffers.take(event)
    assert time.process_time() - begin < 1


def test_lists_of_members_that_never_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "MAX_MEMBERS", 10)
    chat = Conversation("anna")
    for room in ("#a", "#b", "#c"):
        chat.receive(parse(f":anna!u@h JOIN {room}".encode()))
        for number in range(20):
            chat.receive(parse(f":server 353 anna = {room} :{room[1]}{number} x".encode()))
    assert sum(len(room.listing) for room in chat.rooms.values()) <= 10
    chat.receive(parse(b":server 366 anna #a :End"))
    assert len(chat.rooms["#a"].members) > 1


def test_a_page_of_nothing_but_reactions_is_bounded() -> None:
    chat, page = Conversation("anna"), Page("#a", "LATEST", "*", 100)
    questions = Questions(lambda line: None)
    questions.ask(page, lambda answer: None)
    message = parse(b"@+draft/react=x;+draft/reply=m1 :bob!u@h TAGMSG #a")
    for _ in range(MAX_PAGE + 10):
        questions.found(message, chat.played(message))
    questions.page_over()
    assert len(page.reacted) == MAX_PAGE
