"""The right side: who is in the room."""

from __future__ import annotations

from typing import Final

from textual.timer import Timer

from cli.client.conversation import Member, folded
from cli.client.shelf import Buffer
from cli.screen.listing import Listing, Row

MARKS: Final = "~&@%+"
"""What people may do in a room, the most first."""


def in_order(buffer: Buffer) -> list[tuple[str, Member]]:
    """Return the members, those who may do most first, then by name."""
    ranks = {mark: place for place, mark in enumerate(MARKS)}
    last = len(MARKS)
    return sorted(
        buffer.members.items(), key=lambda one: (ranks.get(one[1].marks[:1], last), one[0])
    )


def rows(buffer: Buffer) -> list[Row]:
    """Return how many there are, then a row for each."""
    if not buffer.is_room:
        return []
    members = in_order(buffer)
    if not members:
        return [Row("", "nobody is known here", look="head")]
    away = sum(member.away for _, member in members)
    count = f"{len(members)} here" if not away else f"{len(members)} here, {away} away"
    made = [
        Row(key, member.nick, member.marks[:1] or " ", look="dim" if member.away else "plain")
        for key, member in members
    ]
    return [Row("", count, look="head"), *made]


BIG: Final = 1000
"""People from which on a room is not looked through at each of its changes."""

SOON_S: Final = 1.0
"""Until it is, then."""


class Roster(Listing):
    """People; choosing one opens a conversation."""

    _soon: Timer | None = None
    _buffer: Buffer | None = None

    def later(self, buffer: Buffer) -> None:
        """Show a room that has changed: at once, or a big one soon."""
        self._buffer = buffer
        if len(buffer.members) < BIG:
            self.show(buffer)
        elif self._soon is None:
            self._soon = self.set_timer(SOON_S, self._now)

    def _now(self) -> None:
        self._soon = None
        if self._buffer is not None:
            self.show(self._buffer)

    def show(self, buffer: Buffer) -> None:
        """Show who is in a room; nobody for a conversation."""
        self._buffer = buffer
        self.show_rows(rows(buffer))

    def nick(self, buffer: Buffer) -> str:
        """Return whose row has the cursor."""
        member = buffer.members.get(folded(self.row.key)) if self.row is not None else None
        return member.nick if member is not None else ""
