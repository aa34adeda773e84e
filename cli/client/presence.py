"""Who of a room is away: asked once when the room is looked at, quietly. No I/O.

Later changes come by https://ircv3.net/specs/extensions/away-notify .
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.conversation import Conversation
from cli.client.errors import ChatError
from cli.client.lists import people_in
from cli.client.requests import Answered
from cli.client.spelling import folded

MOST_MEMBERS: Final = 1000
"""Of a room that is asked about; of a larger one nobody reads the list."""

RECENT: Final = 3
"""Rooms that are asked about again after a reconnection."""


class Presence:
    """Asks once for each room and connection."""

    def __init__(self, chat: Conversation) -> None:
        self._chat = chat
        self._known: set[str] = set()
        self._looked: list[str] = []

    def reconnected(self) -> list[str]:
        """Know it of no room any more; return those that were looked at last."""
        self._known.clear()
        return list(self._looked)

    def wants(self, name: str) -> bool:
        """Tell whether a room is to be asked about; then it is known as asked."""
        room = self._chat.rooms.get(folded(name))
        if room is None or folded(name) in self._known or len(room.members) > MOST_MEMBERS:
            return False
        self._known.add(folded(name))
        self._looked = [*(one for one in self._looked if one != room.name), room.name][-RECENT:]
        return True

    def taker(self, name: str, emit: Callable[[ev.Event], None]) -> Answered:
        """Return what takes the answer."""

        def take(answer: list[Message] | ChatError) -> None:
            if isinstance(answer, ChatError):
                self._known.discard(folded(name))
                return
            room = self._chat.rooms.get(folded(name))
            for person in people_in(answer):
                member = room.members.get(folded(person.nick)) if room is not None else None
                if member is not None:
                    member.away = person.away
            emit(ev.PresenceIs(name))

        return take
