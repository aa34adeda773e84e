"""The left side: rooms and conversations, and how much of each is unread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.shelf import Buffer
from cli.screen.listing import Listing, Row

HERE: Final = "● "
AWAY: Final = "○ "
UNKNOWN: Final = "  "
"""Marks before the name of a person: here, away, not known or offline."""

SERVER: Final = "server"
"""How the buffer that belongs to nobody is called."""


def badge(buffer: Buffer) -> str:
    """Tell how much is unread, and with ``@`` how much of it concerns the user."""
    if not buffer.unread:
        return ""
    count = str(buffer.unread) if buffer.unread < 1000 else "999+"
    return f"@{buffer.mentions} {count}" if buffer.is_room and buffer.mentions else count


def rows(buffers: Buffers, is_muted: Callable[[str], bool]) -> list[Row]:
    """Return a row for each buffer, that with the latest message first."""
    made = [_row(buffer, buffers, is_muted(buffer.name)) for buffer in buffers.order()]
    status = buffers.status
    here = folded(buffers.current) == ""
    return [*made, Row("", SERVER, UNKNOWN, badge(status), "here" if here else "dim")]


def _row(buffer: Buffer, buffers: Buffers, muted: bool) -> Row:
    here = folded(buffer.name) == folded(buffers.current)
    urgent = bool(buffer.mentions if buffer.is_room else buffer.unread) and not muted
    look = "here" if here else "bold" if buffer.unread and not muted else "plain"
    if not here and (muted or (buffer.is_room and not buffer.joined)):
        look = "dim"
    mark = UNKNOWN if buffer.is_room else presence(buffers, buffer.name)
    looks = "mention" if urgent else "badge"
    return Row(buffer.name, buffer.name, mark, badge(buffer), look, looks)


def presence(buffers: Buffers, nick: str) -> str:
    """Return the mark of a person, as far as the rooms of this user tell."""
    for room in buffers.chat.rooms.values():
        member = room.members.get(folded(nick))
        if member is not None:
            return AWAY if member.away else HERE
    return UNKNOWN


class Sidebar(Listing):
    """Rooms and conversations."""

    def update(self, buffers: Buffers, is_muted: Callable[[str], bool]) -> None:
        """Show what holds now."""
        keep = None if self.has_focus else buffers.current
        self.show_rows(rows(buffers, is_muted), keep)
