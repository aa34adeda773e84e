"""What a buffer holds, as rows to be shown. No I/O.

A row is what is painted together: a message, a date, who came and went in one line. Rows are
values: two that are equal look the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from chatd.wire.casemap import is_room
from cli import words
from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.entries import Entry, Happening, Message, State
from cli.client.lookback import partner
from cli.client.shelf import Buffer
from cli.screen.alike import Alike

TOGETHER_S: Final = 300.0
"""Seconds between messages of one person that stand under one name."""

SPOKE_S: Final = 600.0
"""Seconds in which somebody has just spoken: that they leave is told for itself."""

AHEAD: Final = 50
"""How many who come and go are looked through for somebody who comes back."""

QUARTER_S: Final = 900

MAX_NAMES: Final = 5
"""Names in a line that tells who came and went; the rest is counted."""

MAX_HITS: Final = 200
"""Messages of an answer that are shown."""

QUOTED: Final = 200
"""Characters of a message that are quoted; the width of the screen cuts them further."""


class Row(NamedTuple):
    """One row. ``kind``:

    day     a date
    new     behind it is what is new since the user was here
    said    a message
    told    something that happened, in words; with a ``place`` it leads there
    fold    several that came and went; ``is_open``: each is told below
    hit     a message of somewhere else, to go to: ``place`` is where, ``msgid`` which
    """

    kind: str
    serial: int
    """Of the entry; of the first when it stands for several."""
    at: float
    version: int = 0
    text: str = ""
    message: Message | None = None
    is_named: bool = True
    """Its name is shown: the one before it is of somebody else, or long ago."""
    has_clock: bool = True
    """Its time is shown: it is another minute than that of the one before."""
    quote: str | None = None
    """What it answers; empty when that is not here."""
    alike: str = ""
    """Another name that this one looks like."""
    is_open: bool = False
    is_trouble: bool = False
    is_local: bool = False
    place: str = ""
    msgid: str = ""


class Rows:
    """The rows of one buffer. ``opened``: serial numbers of folded rows that are open."""

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self.rows: list[Row] = []
        self.opened: set[int] = set()
        self._begins: list[int] = []
        """For each row the index of its first entry."""
        self._entries: list[Entry] = []
        self._versions: list[int] = []
        self.since = 0.0
        self._new: int | None = None
        """The row of the line before what is new."""
        self._spoke: dict[str, list[int]] = {}
        """Where somebody said something, as indexes of the entries."""
        self._alike = Alike(buffer)

    def update(self) -> int:
        """Take what the buffer has now; return the first row that is another one than before."""
        begin = self._first_change()
        self._forget(begin)
        self._entries = list(self.buffer.entries)
        self._versions = [entry.version for entry in self._entries]
        self.since = self.buffer.since
        return self._build(begin)

    def toggle(self, serial: int) -> int:
        """Open or close a folded row; return the first row that is another one now."""
        self.opened ^= {serial}
        at = next((i for i, row in enumerate(self.rows) if row.serial == serial), 0)
        return self._build(self._begins[at] if self.rows else 0)

    # -- helpers -----------------------------------------------------------------------------

    def _forget(self, begin: int) -> None:
        """Forget what was said from an entry on."""
        for entry in self._entries[begin:]:
            said = self._spoke.get(folded(entry.source)) if isinstance(entry, Message) else None
            while said and said[-1] >= begin:
                said.pop()

    def _first_change(self) -> int:
        """Return the index of the first entry that is not as it was."""
        if self.buffer.since != self.since:
            return 0
        old, now = self._entries, self.buffer.entries
        if not old or not now or old[0] is not now[0]:
            return 0
        for index, (before, entry, version) in enumerate(
            zip(old, now, self._versions, strict=False)
        ):
            if before is not entry or entry.version != version:
                return index
        return min(len(old), len(now))

    def _build(self, begin: int) -> int:
        """Make the rows of all entries from one on; the row before may take them in."""
        if begin == 0:
            self._spoke.clear()
            self._alike.forget()
        self._alike.learn()
        kept = bisect_left(self._begins, begin)
        while kept and self.rows[kept - 1].kind != "said":
            kept -= 1
        begin = self._begins[kept] if kept < len(self.rows) else begin
        del self.rows[kept:], self._begins[kept:]
        if self._new is not None and self._new >= kept:
            self._new = None
        index = begin
        while index < len(self._entries):
            index = self._add(index)
        return kept

    def _add(self, index: int) -> int:
        """Append the rows of an entry and of those that fold with it; return the next index."""
        entry = self._entries[index]
        before = self._entries[index - 1] if index else None
        today = _day(entry.at)
        if before is None or _day(before.at) < today:
            self._put(index, Row("day", entry.serial, entry.at, text=words.day(entry.at)))
        if isinstance(entry, Message):
            self._said(index, entry)
            return index + 1
        assert isinstance(entry, Happening)
        end = index + 1
        if self._folds(index):
            end = self._end_of_fold(index, today)
        together = [one for one in self._entries[index:end] if isinstance(one, Happening)]
        self._fold(index, together)
        return end

    def _put(self, index: int, row: Row) -> None:
        self._begins.append(index)
        self.rows.append(row)

    def _said(self, index: int, message: Message) -> None:
        self._alike.add(message.source)
        if message.state is State.SENT:
            spoke = self._spoke.setdefault(folded(message.source), [])
            if not spoke or spoke[-1] < index:
                spoke.append(index)
        if self._new is None and 0 < self.since < message.at and not message.own:
            self._new = len(self.rows)
            self._put(index, Row("new", message.serial, message.at, text="new since you were here"))
        before = self.rows[-1].message if self.rows else None
        self._put(
            index,
            Row(
                "said",
                message.serial,
                message.at,
                message.version,
                message=message,
                is_named=before is None or not _is_together(before, message),
                has_clock=before is None or before.at // 60 != message.at // 60,
                quote=self._quote(message),
                alike=self._alike.other(message.source),
            ),
        )

    def _quote(self, message: Message) -> str | None:
        if not message.reply_to or message.deleted_by:
            return None
        answered = self.buffer.find(message.reply_to)
        if answered is None:
            return ""
        text = "(deleted)" if answered.deleted_by else answered.text[:QUOTED]
        return f"{answered.source}: {text}"

    def _folds(self, index: int) -> bool:
        """Tell whether it is told together with others: not of whom one talks to.

        That somebody leaves who has just spoken is told for itself, unless they come back at once.
        """
        entry = self._entries[index]
        if not isinstance(entry, Happening) or not entry.is_coming_or_going:
            return False
        if not self.buffer.is_room:
            return False
        spoke = self._spoke.get(folded(entry.nick), ())
        last = bisect_left(spoke, index)
        if isinstance(entry.event, ev.Joined) or not last:
            return True
        if self._entries[spoke[last - 1]].at < entry.at - SPOKE_S:
            return True
        return self._comes_back(index)

    def _comes_back(self, index: int) -> bool:
        """Tell whether somebody who leaves is back before anything else happens."""
        who = folded(getattr(self._entries[index], "nick", ""))
        for entry in self._entries[index + 1 : index + 1 + AHEAD]:
            if not isinstance(entry, Happening) or not entry.is_coming_or_going:
                break
            if isinstance(entry.event, ev.Joined) and folded(entry.nick) == who:
                return True
        return False

    def _end_of_fold(self, index: int, today: int) -> int:
        end = index + 1
        while end < len(self._entries) and self._folds(end):
            if _day(self._entries[end].at) != today:
                break
            end += 1
        return end

    def _fold(self, index: int, together: list[Happening]) -> None:
        first = together[0]
        if len(together) > 1:
            is_open = first.serial in self.opened
            text = _coming_and_going(together)
            row = Row("fold", first.serial, first.at, len(together), text, is_open=is_open)
            self._put(index, row)
            if not is_open:
                return
        for one in together:
            for row in _told(one, self.buffer.name):
                self._put(index, row)


def _day(at: float) -> int:
    return _day_of(int(at // QUARTER_S))


@lru_cache(4096)
def _day_of(quarter: int) -> int:
    """Return the day of a quarter of an hour: no zone of time begins its days within one."""
    return datetime.fromtimestamp(quarter * QUARTER_S).toordinal()


def _is_together(before: Message, message: Message) -> bool:
    return (
        folded(before.source) == folded(message.source)
        and before.kind == message.kind == "text"
        and not message.reply_to
        and abs(message.at - before.at) < TOGETHER_S
        and (before.state is State.FAILED) == (message.state is State.FAILED)
    )


def _told(entry: Happening, here: str) -> Iterator[Row]:
    event = entry.event
    if isinstance(event, ev.FoundIs | ev.PastIs):
        yield from _hits(entry, event)
        return
    for text in words.sentences(event, here):
        yield Row(
            "told",
            entry.serial,
            entry.at,
            text=text,
            is_trouble=words.is_trouble(event),
            is_local=words.is_local(event),
            place=event.room if isinstance(event, ev.Invited) and event.own else "",
        )


def _hits(entry: Happening, event: ev.FoundIs | ev.PastIs) -> Iterator[Row]:
    yield Row("told", entry.serial, entry.at, text=words.heading(event), is_local=True)
    for said in event.said[-MAX_HITS:]:
        text = f"{said.source}: {said.text}"
        place = said.target if is_room(said.target) else partner(said)
        yield Row("hit", entry.serial, said.at, text=text, place=place, msgid=said.msgid)


def _coming_and_going(together: list[Happening]) -> str:
    """Tell who came and went, those of one kind together, in the order in which they began."""
    people: dict[str, list[Happening]] = {}
    for one in together:
        people.setdefault(folded(one.nick), []).append(one)
    kinds: dict[str, list[str]] = {}
    for moves in people.values():
        kinds.setdefault(_came_or_went(moves), []).append(moves[-1].nick)
    parts = []
    for verb, names in kinds.items():
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        count = f"{len(names)} {verb}" if len(names) > 1 else verb
        parts.append(f"{count}: {', '.join(names[:MAX_NAMES])}{more}")
    return "; ".join(parts)


def _came_or_went(moves: list[Happening]) -> str:
    """Say what somebody did in all."""
    first, last = _verb(moves[0].event), _verb(moves[-1].event)
    was_in, is_in = first not in _IN, last in _IN
    if was_in == is_in:
        return f"{first} and {'came back' if is_in else last}"
    return last


_IN: Final = ("came", "back")
"""What those do who are there afterwards."""


def _verb(event: ev.Event) -> str:
    if isinstance(event, ev.Joined):
        return "came"
    if isinstance(event, ev.AwayChanged):
        return "back" if event.text is None else "away"
    return "left" if isinstance(event, ev.Left) else "went offline"
