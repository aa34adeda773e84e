"""Who of this gateway's users has entered and left rooms lately: with which entry of the log.

Should Redis lose that entry, other gateways learn by its id whether they have told it.
"""

from __future__ import annotations

from collections import OrderedDict

from chatd.state.local import LocalRoom, LocalUser

REMEMBERED = 1000
"""Moves that are remembered: more than a gateway's users make in the second that Redis may lose."""


class Moves:
    """The newest entry about a person and a room, of the latest ones."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def note(self, user: LocalUser | None, room: LocalRoom, entry: bytes) -> None:
        """A user, if it is one of this gateway's, has entered a room or left it."""
        if user is None:
            return
        key = (user.uid, room.key)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > REMEMBERED:
            self._entries.popitem(last=False)

    def last(self, user: LocalUser, room: str) -> str:
        """Id of that entry, '' = it is not remembered. ``room``: folded."""
        return self._entries.get((user.uid, room), b"").decode()
