"""How far a gateway has told, and how far it had told a moment ago."""

from __future__ import annotations

from typing import Any, cast

from chatd.state.heard import Heard, LeftOff, earliest, latest, next_entry
from chatd.store.errors import StoreUnavailable
from chatd.store.login import NEW
from chatd.store.pending import Pending
from chatd.store.store import Store


class Notes:
    """Keeps what is noted in Redis."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.replies: list[Pending[Any]] = []

    def note_heard(self, heard: str) -> Pending[Any]:
        self.said.append(heard)
        self.replies.append(Pending())
        return self.replies[-1]


def made() -> tuple[Heard, Notes, list[float]]:
    notes, now = Notes(), [100.0]
    heard = Heard(cast("Store", notes))
    heard.clock = lambda: now[0]
    heard.want()
    return heard, notes, now


def test_what_was_written_is_noted_in_the_same_turn() -> None:
    heard, notes, _ = made()
    for number in (b"0", b"1"):
        heard.note("room", b"1795683435775-" + number)
        heard.written()
        heard.written()
    assert notes.said == ["1795683435775 room 0", "1795683435775 room 1"]
    assert next_entry(notes.said[-1], "room") == (1795683435775, 2)


def test_a_note_that_failed_is_made_again() -> None:
    heard, notes, _ = made()
    heard.at_least(1795683435775)
    heard.written()
    notes.replies[0].fail(StoreUnavailable("gone"))
    heard.written()
    assert notes.said == ["1795683435775", "1795683435775"]


def test_how_far_was_told_some_time_ago() -> None:
    heard, _, now = made()
    for at, ms in ((100.0, 1795683435001), (100.001, 1795683435002), (100.5, 1795683435003)):
        now[0] = at
        heard.at_least(ms)
        heard.written()
    now[0] = 100.6
    assert heard.told_before(0) == "1795683435003"
    assert heard.told_before(0.05) == "1795683435003"
    assert heard.told_before(0.2) == "1795683435001", "a moment is remembered each 5 ms"
    assert heard.told_before(1) == ""
    assert heard.told_before(float("inf")) == ""


def test_the_later_of_two_moments() -> None:
    assert latest("1795683435775 a 1", "") == "1795683435775 a 1"
    assert latest("", "1795683435775") == "1795683435775"
    assert latest("1795683435775", NEW) == latest(NEW, "1795683435775") == "1795683435775"
    assert latest("", NEW) == latest(NEW, "") == NEW
    assert latest("1795683435775", "1795683435776 a 0") == "1795683435776 a 0"


def test_the_earlier_of_two_moments() -> None:
    assert earliest("1795683435001 a 3", "1795683435002") == "1795683435001 a 3"
    assert earliest("1795683435002", "1795683435001") == "1795683435001"
    assert earliest(NEW, "1795683435001") == earliest("1795683435001", NEW) == NEW
    assert earliest("", "1795683435001") == earliest("1795683435001", "") == ""


def test_who_asks_goes_by_the_one_that_has_heard_least() -> None:
    noted, early, late = "1795683435005", "1795683435001", "1795683435009"
    left_off = LeftOff(2)
    assert left_off.earliest(noted) == noted, "nobody has answered"
    left_off.add(late)
    assert (left_off.told.done, left_off.earliest(noted)) == (False, noted)
    left_off.add(early)
    assert (left_off.told.done, left_off.earliest(noted)) == (True, early)
    left_off.add("")
    assert left_off.earliest(noted) == early, "one more, who knows nothing"


def test_a_gateway_that_does_not_know_leaves_it_at_what_is_noted() -> None:
    left_off = LeftOff(1)
    left_off.add("")
    assert (left_off.told.done, left_off.earliest("1795683435005")) == (True, "1795683435005")
