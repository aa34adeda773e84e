"""Many who come or go within a moment are told in one line. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cli.client import events as ev
from cli.client.conversation import folded

MOST: Final = 3.0
"""Seconds for which somebody's coming or going is kept back at most."""

FEW: Final = 3
"""So many are told one by one."""

NAMES: Final = 5
"""First names that are told of many."""

SILENT: Final = (ev.Said, ev.Sending, ev.SentAs, ev.Typing, ev.MarkerIs, ev.Waiting)
"""What does not end a crowd, unless it is of somebody in it."""

Moved = ev.Joined | ev.Left | ev.Quit | ev.AwayChanged

_VERBS: Final = {
    "came": "came to {room}",
    "left": "left {room}",
    "quit": "went offline",
    "away": "are away",
    "back": "are back",
}


@dataclass(slots=True)
class Crowd:
    """Several people who did the same; ``events`` are the first of these, ``count`` is how many."""

    kind: str
    room: str
    events: list[Moved] = field(default_factory=list)
    count: int = 0
    reasons: set[str] = field(default_factory=set)

    @property
    def at(self) -> float:
        """Return when it began."""
        return self.events[0].at

    def add(self, event: Moved) -> None:
        """Take one more."""
        self.count += 1
        if len(self.events) < NAMES:
            self.events.append(event)
        reason = event.text if isinstance(event, ev.AwayChanged) else getattr(event, "reason", "")
        if len(self.reasons) < 2:  # only whether all have the same counts
            self.reasons.add(reason or "")

    def sentence(self) -> str:
        """Say what they did."""
        names = [event.nick for event in self.events]
        more = f" and {self.count - len(names)} more" if self.count > len(names) else ""
        (reason, *others) = self.reasons
        why = f" ({reason})" if reason and not others else ""
        verb = _VERBS[self.kind].format(room=self.room)
        return f"{self.count} {verb}{why}: {', '.join(names)}{more}"


class Folding:
    """Keeps back who comes and goes, until nobody has for ``calm`` seconds."""

    def __init__(self, calm: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._calm = calm
        self._clock = clock
        self._first = self._last = 0.0
        self._crowds: dict[tuple[str, str], Crowd] = {}
        self._nicks: set[str] = set()

    @property
    def wait(self) -> float | None:
        """Return for how many seconds more something is kept back; None when nothing is."""
        if not self._crowds:
            return None
        due = min(self._last + self._calm, self._first + MOST)
        return max(due - self._clock(), 0.0)

    def take(self, event: ev.Event) -> list[ev.Event | Crowd]:
        """Take what happened; return what is to be told now."""
        if isinstance(event, Moved) and self._calm and not _is_special(event):
            self._keep(event)
            return []
        goes_on = isinstance(event, SILENT)
        if isinstance(event, ev.Said) and folded(event.source) in self._nicks:
            goes_on = False
        return [event] if goes_on else [*self.over(), event]

    def over(self) -> list[ev.Event | Crowd]:
        """Return what was kept back."""
        crowds, self._crowds = self._crowds.values(), {}
        self._nicks.clear()
        return [
            one
            for crowd in crowds
            for one in (crowd.events if crowd.count <= FEW else [crowd])
        ]  # fmt: skip

    def _keep(self, event: Moved) -> None:
        self._last = self._clock()
        if not self._crowds:
            self._first = self._last
        room = event.room if isinstance(event, ev.Joined | ev.Left) else ""
        crowd = self._crowds.setdefault((_kind(event), folded(room)), Crowd(_kind(event), room))
        crowd.add(event)
        self._nicks.add(folded(event.nick))


def _is_special(event: Moved) -> bool:
    return getattr(event, "own", False) or bool(getattr(event, "by", ""))


def _kind(event: Moved) -> str:
    if isinstance(event, ev.AwayChanged):
        return "back" if event.text is None else "away"
    if isinstance(event, ev.Joined):
        return "came"
    return "left" if isinstance(event, ev.Left) else "quit"
