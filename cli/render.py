"""Events as lines for people. Nothing that this returns can steer a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli import words
from cli.client import events as ev
from cli.client.conversation import folded
from cli.folding import Crowd

TAB: Final = " " * 4
"""What a tab is shown as."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``clock`` (``12:03``), who (may be empty), text. ``quiet``: not somebody's words.

    ``error`` lines tell that something did not work; ``local`` ones are about this client and its
    connection, not part of the chat. Behind the ``new`` one is what was not seen yet. ``private``
    ones are between two; a ``mention`` has this user's name. A text may have several rows.
    """

    clock: str
    who: str
    text: str
    quiet: bool = False
    error: bool = False
    local: bool = False
    new: bool = False
    private: bool = False
    mention: bool = False

    def __str__(self) -> str:
        """Write it for a program: what nobody has said is marked, whatever it says."""
        told = "-- " if self.quiet or self.new else ""
        rows = self.text.split("\n")
        return "\n".join(f"{self.clock or '-----'} {told}{self.who}{row}" for row in rows)


def in_words(line: Line) -> Line:
    """Say in words what is otherwise told by a colour."""
    return replace(line, who=f"(mention) {line.who}") if line.mention else line


class Renderer:
    """Turns events into lines, seen from one target that the user writes to at the moment."""

    def __init__(
        self,
        target: str,
        clock: Callable[[], float] = time.time,
        *,
        is_mention: Callable[[str], bool] = lambda text: False,
    ) -> None:
        self.target = target
        self._is_mention = is_mention
        self._clock = clock
        self._day: str | None = None

    def lines(self, event: ev.Event | Crowd) -> list[Line]:
        """Return the lines that tell an event, with the date before them when the day changes."""
        if isinstance(event, ev.NewSince | ev.PastIs | ev.FoundIs):
            return self._several(event)  # of whatever days
        lines = self._said(event) if isinstance(event, ev.Said) else self._told(event)
        at = getattr(event, "at", None) or self._clock()
        day = words.day(at)
        if lines and day != self._day:
            before, self._day = self._day, day
            if before is not None:
                lines.insert(0, self._status(at, day))
        return lines

    def _told(self, event: ev.Event | Crowd) -> list[Line]:
        if isinstance(event, Crowd):
            return [self._status(event.at, event.sentence())]
        at = getattr(event, "at", None) or self._clock()
        is_local, is_trouble = words.is_local(event), words.is_trouble(event)
        told = words.sentences(event, self.target)
        return [self._status(at, text, error=is_trouble, local=is_local) for text in told]

    def _several(self, event: ev.NewSince | ev.PastIs | ev.FoundIs) -> list[Line]:
        if isinstance(event, ev.PastIs):
            return self._past(event)
        if isinstance(event, ev.FoundIs):
            return self._found(event)
        told = words.sentences(event, self.target)
        return [Line("", "", shown(text), new=True, local=True) for text in told]

    def _status(self, at: float, text: str, *, error: bool = False, local: bool = False) -> Line:
        clock = datetime.fromtimestamp(at).strftime("%H:%M")
        return Line(clock, "", shown(text), quiet=True, error=error, local=local)

    def _said(self, event: ev.Said) -> list[Line]:
        where = ""
        if not is_room(event.target):
            where = f"(private) to {event.target}: " if event.own else "(private) "
        elif folded(event.target) != folded(self.target):
            where = f"{event.target} "
        is_told = where.endswith(": ") and event.kind == "text"
        who = {
            "text": where if is_told else f"{where}{event.source}: ",
            "notice": f"{where}-{event.source}- ",
            "action": f"{where}* {event.source} ",
        }[event.kind]
        clock = datetime.fromtimestamp(event.at).strftime("%H:%M")
        private = not is_room(event.target)
        named = not (event.own or private) and self._is_mention(event.text)
        return [Line(clock, shown(who), rows(event.text), private=private, mention=named)]

    def _past(self, event: ev.PastIs) -> list[Line]:
        place = f"in {event.target}" if is_room(event.target) else f"with {event.target}"
        return self._framed(event, f"this was {place} before")

    def _found(self, event: ev.FoundIs) -> list[Line]:
        return self._framed(event, "this was found")

    def _framed(self, event: ev.PastIs | ev.FoundIs, last: str) -> list[Line]:
        heading = words.heading(event)
        if not event.said:
            return [self._status(self._clock(), heading)]
        return [self._frame(f"{heading}:"), *self._days(event.said), self._frame(last)]

    def _days(self, past: Sequence[ev.Said]) -> list[Line]:
        """Of whatever days, with the date before each."""
        lines: list[Line] = []
        day = ""
        for said in past:
            its_day = words.day(said.at)
            if its_day != day:
                lines.append(self._frame(its_day))
            lines += self._said(said)
            day = its_day
        return lines

    def _frame(self, text: str) -> Line:
        return Line("", "", shown(text), quiet=True)


def shown(text: str) -> str:
    """Return a text that steers no terminal."""
    return printable(text.replace("\t", TAB))


def rows(text: str) -> str:
    """Return what somebody has said, in as many rows as it has."""
    return "\n".join(shown(row) for row in text.split("\n"))
