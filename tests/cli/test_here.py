"""How far the user has read."""

from __future__ import annotations

from cli.client import events as ev
from cli.client.errors import ChatError
from cli.here import KEEP_SECONDS, Here


class Marks:
    """Stands for a session that tells the server what is read, and for the file."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, float]] = []
        self.kept: list[float] = []
        self.now = 100.0
        self.full = False
        self.here = Here(self, self._keep, lambda: self.now)  # type: ignore[arg-type]

    def mark_read(self, target: str, at: float) -> None:
        self.marks.append((target, at))

    def _keep(self, at: float) -> None:
        if self.full:
            raise ChatError("No space left on device")
        self.kept.append(at)


def said(target: str, at: float, source: str = "bob", *, own: bool = False) -> ev.Said:
    return ev.Said(at, source, target, "x", own=own)


def test_what_scrolls_by_is_read_when_somebody_types() -> None:
    """ "They should not assume that any message appended to the buffer is being read by the client
    right now" """
    marks = Marks()
    marks.here.shown([said("#global", 5.0), said("#Global", 7.0), said("anna", 6.0)])
    marks.here.shown([said("carl", 8.0, "anna", own=True)])
    assert marks.marks == []
    marks.here.active()
    assert marks.marks == [("#Global", 7.0), ("bob", 6.0), ("carl", 8.0)]
    assert marks.kept == [8.0]
    marks.here.active()
    assert len(marks.marks) == 3


def test_it_is_not_written_down_at_each_line() -> None:
    marks = Marks()
    for at in (1.0, 2.0, 3.0):
        marks.here.shown([said("#global", at)])
        marks.here.active()
    assert marks.kept == [1.0]
    marks.now += KEEP_SECONDS
    marks.here.active()
    assert marks.kept == [1.0, 3.0]
    marks.here.shown([said("#global", 4.0)])
    marks.here.leaves()
    assert marks.kept == [1.0, 3.0, 4.0]


def test_what_a_login_shows_is_read_unless_there_is_more() -> None:
    marks = Marks()
    new = ev.NewSince(9.0, (ev.NewIn("#dev", 50, hidden=40), ev.NewIn("#global", 1)))
    marks.here.shown([said("#dev", 5.0), new, said("#global", 7.0)])
    assert marks.marks == [("#global", 7.0)]
    assert marks.kept == [9.0]


def test_a_full_disk_does_not_end_the_chat() -> None:
    marks = Marks()
    marks.full = True
    marks.here.shown([said("#dev", 5.0)])
    marks.here.leaves()
    assert marks.kept == []
