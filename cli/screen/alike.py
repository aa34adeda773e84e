"""Which names look like those of others. No I/O."""

from __future__ import annotations

from itertools import chain, islice
from typing import Final

from chatd.wire.casemap import InvalidName
from chatd.wire.confusables import skeletons
from cli.client.conversation import folded
from cli.client.shelf import Buffer

MOST: Final = 2000
"""People that are compared besides those who speak: a room may have thousands who never do, and a
name in other letters than ASCII takes time."""


class Alike:
    """The names that people know, by how they look."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._names: dict[str, list[str]] = {}
        self._known: set[str] = set()

    def forget(self) -> None:
        """Begin anew."""
        self._names.clear()
        self._known.clear()

    def learn(self) -> None:
        """Know this user, and who is here or in the user's rooms."""
        chat, members = self._buffer.chat, self._buffer.members.items()
        self.add(chat.nick)
        elsewhere = chain.from_iterable(room.members.items() for room in chat.rooms.values())
        for key, member in islice(chain(members, elsewhere), MOST):
            if key not in self._known:
                self.add(member.nick)

    def add(self, name: str) -> None:
        """Know one more."""
        if folded(name) in self._known:
            return
        self._known.add(folded(name))
        for look in _looks(name):
            self._names.setdefault(look, []).append(name)

    def other(self, name: str) -> str:
        """Return another name that people may take this one for; in ASCII it looks like none."""
        if name.isascii():
            return ""
        mine = folded(name)
        others = (one for look in _looks(name) for one in self._names.get(look, ()))
        return next((one for one in others if folded(one) != mine), "")


def _looks(name: str) -> list[str]:
    try:
        return list(dict.fromkeys(skeletons(name).split(",")))
    except InvalidName:
        return []
