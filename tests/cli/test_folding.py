"""Many who come and go at once."""

from __future__ import annotations

import random

from cli.client import events as ev
from cli.folding import MOST, Crowd, Folding


class Door:
    """Watches who comes and goes, on a clock that stands."""

    def __init__(self) -> None:
        self.now = 100.0
        self.folding = Folding(0.5, lambda: self.now)
        self.told: list[str | ev.Event] = []

    def take(self, *events: ev.Event) -> None:
        for event in events:
            self._tell(self.folding.take(event))

    def waits(self, seconds: float) -> None:
        self.now += seconds
        if self.folding.wait == 0.0:
            self._tell(self.folding.over())

    def _tell(self, told: list[ev.Event | Crowd]) -> None:
        self.told += [one.sentence() if isinstance(one, Crowd) else one for one in told]


def joined(number: int, room: str = "#global") -> ev.Joined:
    return ev.Joined(1.0, room, f"n{number}")


def test_500_joins_are_one_line() -> None:
    door = Door()
    for at in range(500):
        door.take(joined(at))
        door.waits(0.001)
    assert door.told == []
    door.waits(0.5)
    assert door.told == ["500 came to #global: n0, n1, n2, n3, n4 and 495 more"]
    assert door.folding.wait is None


def test_few_are_told_one_by_one() -> None:
    door = Door()
    door.take(joined(1), ev.Quit(1.0, "n1", "bye"))
    door.waits(0.5)
    assert door.told == [joined(1), ev.Quit(1.0, "n1", "bye")]


def test_of_all_kinds_and_rooms_each_has_its_line() -> None:
    door = Door()
    for at in range(4):
        door.take(joined(at), joined(at, "#dev"), ev.Left(1.0, "#dev", f"n{at}"))
        door.take(ev.Quit(1.0, f"q{at}", "gateway lost"), ev.AwayChanged(1.0, f"a{at}", str(at)))
    door.waits(0.5)
    assert door.told == [
        "4 came to #global: n0, n1, n2, n3",
        "4 came to #dev: n0, n1, n2, n3",
        "4 left #dev: n0, n1, n2, n3",
        "4 went offline (gateway lost): q0, q1, q2, q3",
        "4 are away: a0, a1, a2, a3",
    ]


def test_who_speaks_has_come_before_and_others_do_not_part_a_crowd() -> None:
    door = Door()
    other = ev.Said(1.0, "bob", "#global", "what a crowd")
    newcomer = ev.Said(1.0, "n3", "#global", "hello")
    for at in range(10):
        door.take(joined(at), other)
    assert door.told == [other] * 10
    door.take(newcomer)
    assert door.told[10:] == [
        "10 came to #global: n0, n1, n2, n3, n4 and 5 more", newcomer,
    ]  # fmt: skip


def test_nothing_is_kept_back_for_long_and_kicks_never() -> None:
    door = Door()
    kick = ev.Left(1.0, "#global", "n1", "enough", "bob")
    own = ev.Joined(1.0, "#dev", "anna", own=True)
    door.take(kick, own)
    assert door.told == [kick, own]
    for at in range(int(MOST / 0.25)):
        assert door.told == [kick, own]
        door.take(joined(at))
        door.waits(0.25)
    assert len(door.told) == 3
    door.take(joined(1), ev.Disconnected("here", "gone"))
    assert door.told[3:] == [joined(1), ev.Disconnected("here", "gone")]


def test_a_pipe_has_each_at_once() -> None:
    folding = Folding(0.0)
    assert [folding.take(joined(at)) for at in range(9)] == [[joined(at)] for at in range(9)]


def test_it_keeps_no_more_than_it_tells() -> None:
    folding = Folding(0.5)
    for at in range(10_000):
        folding.take(joined(at) if random.random() < 0.5 else ev.Quit(1.0, f"n{at}", str(at)))
    crowds = folding.over()
    assert sum(len(one.events) for one in crowds if isinstance(one, Crowd)) == 10
