"""The right side: who is in the room."""

from __future__ import annotations

from typing import Final

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


class Roster(Listing):
    """People; choosing one opens a conversation."""

    def show(self, buffer: Buffer) -> None:
        """Show who is in a room; nobody for a conversation."""
        self.show_rows(rows(buffer))

    def nick(self, buffer: Buffer) -> str:
        """Return whose row has the cursor."""
        member = buffer.members.get(folded(self.row.key)) if self.row is not None else None
        return member.nick if member is not None else ""
