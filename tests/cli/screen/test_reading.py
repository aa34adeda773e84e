"""What counts as read, and what is remembered."""

from __future__ import annotations

import pytest

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.screen.memory import MOST, Memory
from cli.screen.reading import THERE_S, Reading


class Desk:
    """A user before their screen, and the server that is told."""

    def __init__(self) -> None:
        self.connected = True
        self.marks: list[tuple[str, float]] = []
        self.kept: list[float] = []
        self.now = 1000.0
        self.buffers = Buffers(Conversation("anna"))
        self.reading = Reading(self, self.buffers, self.kept.append, lambda: self.now)  # type: ignore[arg-type]

    def mark_read(self, target: str, at: float) -> None:
        self.marks.append((target, at))

    def said(self, target: str, at: float) -> None:
        self.buffers.take(ev.Said(at, "bob", target, "x", msgid=str(at)))


def test_what_is_in_sight_is_read_and_the_rest_is_not() -> None:
    desk = Desk()
    desk.said("#global", 5.0)
    desk.said("#dev", 6.0)
    assert desk.reading.seen("#global")
    assert desk.marks == [("#global", 5.0)]
    assert desk.buffers.open("#global").unread == 0
    assert desk.buffers.open("#dev").unread == 1
    assert not desk.reading.seen("#global")
    assert len(desk.marks) == 1
    assert desk.kept == [], "what is unread in #dev is not read"
    desk.now += 10.0
    desk.reading.seen("#dev")
    assert desk.kept == [6.0]


def test_what_comes_to_an_empty_chair_stays_unread() -> None:
    """ "They should not assume that any message appended to the buffer is being read by the client
    right now", https://ircv3.net/specs/extensions/read-marker"""
    desk = Desk()
    desk.reading.focused = False
    desk.said("#global", 5.0)
    assert not desk.reading.seen("#global")
    desk.reading.there()
    assert desk.reading.focused, "the keys of a window without the focus do not come"
    desk.now += THERE_S
    assert not desk.reading.seen("#global")
    desk.reading.there()
    desk.reading.begins("#global")
    assert desk.reading.seen("#global")
    desk.said("#global", 6.0)
    desk.reading.begins("#global")
    assert desk.buffers.open("#global").since == 5.0, "behind it stands what is new"


def test_a_lost_connection_is_told_afterwards() -> None:
    desk = Desk()
    desk.connected = False
    desk.said("#global", 5.0)
    desk.reading.seen("#global")
    assert desk.marks == []
    desk.connected = True
    desk.reading.seen("#global")
    assert desk.marks == [("#global", 5.0)]


def test_what_was_open_is_open_again() -> None:
    kept: list[str] = []
    memory = Memory(lambda: kept[-1] if kept else None, kept.append)
    assert (memory.known, memory.rooms, memory.current) == (False, [], "")
    memory.keep(["#dev", "bob"], "bob", {"carl": 5.0})
    memory.keep(["bob", "#dev"], "bob", {"carl": 5.0})
    assert len(kept) == 1
    again = Memory(lambda: kept[-1])
    assert (again.rooms, again.people, again.current) == (["#dev"], ["bob"], "bob")
    assert again.closed == {"carl": 5.0}
    memory.keep([], "", {f"n{at}": float(at) for at in range(MOST + 9)})
    assert len(Memory(lambda: kept[-1]).closed) == MOST, "those with the latest message"
    assert min(Memory(lambda: kept[-1]).closed.values()) == 9.0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"open": 3, "current": ""}', "\x00", "{" * 9999,
    '{"open": [], "current": "", "closed": 3}'])  # fmt: skip
def test_what_cannot_be_read_is_as_if_it_was_not_there(text: str) -> None:
    assert not Memory(lambda: text).known


def test_names_that_no_line_can_carry_are_left_out() -> None:
    closed = '{"a b": 1, "bob": NaN, "carl": "1", "dora": 2}'
    open_ = '["a b", "#x", "x\\r\\ny", 5]'
    memory = Memory(lambda: f'{{"open": {open_}, "current": "#x", "closed": {closed}}}')
    assert memory.rooms == ["#x"]
    assert memory.closed == {"dora": 2.0}
    assert memory.people == []
