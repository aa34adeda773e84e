"""The rows of a buffer, and which lines of the screen they take. No I/O."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from cli.client.entries import Message
from cli.client.shelf import Buffer
from cli.screen.paint import Layout, height
from cli.screen.rows import Row, Rows


class Anchor(NamedTuple):
    """What stays where it is when the rows change: a row, and how far below the top it stands."""

    serial: int
    kind: str
    below: int
    """Lines; negative when its beginning is above the top."""
    from_end: int
    """Lines between the top and the end: for when the row is no more."""


class View:
    """Line 0 tells what comes before the first row; of the status buffer nothing does."""

    def __init__(self, buffer: Buffer, layout: Layout) -> None:
        self.buffer = buffer
        self.layout = layout
        self._rows = Rows(buffer)
        self.head = 1 if buffer.name else 0
        """Lines before the first row."""
        self._tops = [self.head]
        self.update()

    @property
    def rows(self) -> list[Row]:
        """All rows, oldest first."""
        return self._rows.rows

    @property
    def total(self) -> int:
        """All lines."""
        return self._tops[-1]

    @property
    def since(self) -> float:
        """Behind this time all is new, as the rows show it."""
        return self._rows.since

    def update(self) -> None:
        """Take what the buffer has now."""
        self._measure(self._rows.update())

    def lay_out(self, layout: Layout) -> None:
        """Take another width."""
        self.layout = layout
        self._measure(0)

    def toggle(self, index: int) -> None:
        """Open or close a folded row."""
        self._measure(self._rows.toggle(self.rows[index].serial))

    def _measure(self, begin: int) -> None:
        """Measure all rows from one on."""
        layout = self.layout
        heights = (height(row, layout) for row in self.rows[begin:])
        self._tops[begin:] = accumulate(heights, initial=self._tops[begin])

    # -- where rows are ----------------------------------------------------------------------

    def top(self, index: int) -> int:
        """Return the first line of a row."""
        return self._tops[index]

    def height(self, index: int) -> int:
        """Return how many lines a row takes."""
        return self._tops[index + 1] - self._tops[index]

    def at(self, line: int) -> int | None:
        """Return the row at a line."""
        return bisect_right(self._tops, line) - 1 if self.head <= line < self.total else None

    def first(self, top: int) -> int:
        """Return the first row that begins at a line or behind it."""
        return bisect_left(self._tops, max(top, self.head))

    def find(self, serial: int, kind: str = "") -> int | None:
        """Return the row of an entry."""
        rows = enumerate(self.rows)
        return next((i for i, row in rows if row.serial == serial and kind in ("", row.kind)), None)

    def find_message(self, msgid: str) -> int | None:
        """Return the row of a message."""
        message = self.buffer.find(msgid)
        return self.find(message.serial, "said") if message is not None else None

    def step(self, index: int, by: int) -> int | None:
        """Return the next row that can be chosen, in a direction."""
        index += by
        while 0 <= index < len(self.rows):
            row = self.rows[index]
            if row.place or row.kind not in ("day", "new", "told"):
                return index
            index += by
        return None

    def anchor(self, top: int, size: int) -> Anchor:
        """Return what shall stay where it is: a message among the lines that are seen, if any."""
        first = self.at(max(self.head, min(top, self.total - 1)))
        if first is None:
            return Anchor(0, "", 0, 0)
        index = first
        while index + 1 < len(self.rows) and self._tops[index] < top + size:
            if self.rows[index].kind == "said":
                break
            index += 1
        row = self.rows[index if self.rows[index].kind == "said" else first]
        index = index if self.rows[index].kind == "said" else first
        return Anchor(row.serial, row.kind, self._tops[index] - top, self.total - top)

    def restore(self, anchor: Anchor) -> int:
        """Return the line that is at the top when the anchor is where it was."""
        index = self.find(anchor.serial, anchor.kind)
        if index is None:
            return max(0, self.total - anchor.from_end)
        below = max(anchor.below, 1 - self.height(index))
        return max(0, self._tops[index] - below)

    def below(self, at: float) -> int:
        """Return how many messages of others are newer than a time."""
        count = 0
        for entry in reversed(self.buffer.entries):
            if isinstance(entry, Message) and not entry.own:
                if entry.at <= at:
                    break
                count += 1
        return count
