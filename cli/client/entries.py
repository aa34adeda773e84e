"""What stands in a buffer: messages, and what happened between them. No I/O.

Each entry has a serial number of its own and a version that grows when it changes: whoever has
painted both need not paint it again.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import Enum, auto

from cli.client import events as ev

_serials = itertools.count(1)


class State(Enum):
    """How far a message of this user is."""

    SENT = auto()
    PENDING = auto()
    FAILED = auto()


@dataclass(slots=True, eq=False)
class Entry:
    """``at`` in Unix seconds by the server's clock."""

    at: float
    serial: int = field(default_factory=lambda: next(_serials), init=False)
    version: int = field(default=0, init=False)
    weight: int = field(default=1, init=False)
    """What it counts for where entries are bounded; kept by its buffer."""

    def changed(self) -> None:
        """Take note that it looks different now."""
        self.version += 1


@dataclass(slots=True, eq=False)
class Message(Entry):
    """Something that somebody said. ``text`` has line breaks when it was one of several lines."""

    source: str
    target: str
    text: str
    kind: ev.Kind = "text"
    msgid: str = ""
    own: bool = False
    account: str = ""
    reply_to: str = ""
    mention: bool = False
    state: State = State.SENT
    key: str = ""
    """Of one that was not acknowledged yet; a retry has the same."""
    reason: str = ""
    """Why it was not sent."""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    """Who reacted, by reaction, in the order in which these came."""
    deleted_by: str = ""
    """Who took it back, empty when nobody did."""


@dataclass(slots=True, eq=False)
class Happening(Entry):
    """Something that happened; what, is in the event."""

    event: ev.Event

    @property
    def nick(self) -> str:
        """Whom it is about; empty when nobody."""
        event = self.event
        if isinstance(event, ev.Renamed):
            return event.old
        return str(getattr(event, "nick", ""))

    @property
    def is_coming_or_going(self) -> bool:
        """Tell whether it is one of those that come by the hundred."""
        event = self.event
        if isinstance(event, ev.Joined | ev.Left):
            return not event.own and not getattr(event, "by", "")
        return isinstance(event, ev.Quit | ev.AwayChanged)


def weight_of(entry: Entry) -> int:
    """Return how many ordinary entries use as much memory: of 1,000 characters, or 20 names."""
    if isinstance(entry, Message):
        people = sum(map(len, entry.reactions.values())) if entry.reactions else 0
        return 1 + len(entry.text) // 1000 + people // 20
    event = entry.event if isinstance(entry, Happening) else None
    if isinstance(event, ev.PastIs | ev.FoundIs):
        return 1 + sum(1 + len(said.text) // 1000 for said in event.said)
    if isinstance(event, ev.Members):
        return 1 + (len(event.names) + len(event.came) + len(event.left)) // 20
    return 1
