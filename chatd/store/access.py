"""Acts and questions about access lists: what accounts are in registered rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending


@dataclass(frozen=True, slots=True)
class Access:
    """What an account is in a room: ``level``, a word of `chatd.wire.access.LEVELS`.

    ``account`` as shown; ``by``: who has set it, an account or nick!user@host; ``at``: s.
    """

    account: str
    level: str
    by: str
    at: int


class AccessActs(Caller):
    """Rooms, names and accounts are folded unless said otherwise."""

    def access(self, room: str, asker: str) -> Pending[tuple[str, list[Access]]]:
        """The room as shown and its access list. Refused: noroom, notregistered, notop."""

        def entries(reply: list[Any]) -> tuple[str, list[Access]]:
            _, shown, *found = checked(reply)
            rows = (entry.split("\0") for entry in found)
            listed = [Access(account, level, by, int(at)) for level, account, by, at in rows]
            return shown, sorted(listed, key=lambda one: (one.at, one.account))

        return self._ask("access", self.keys.room(room), entries, room=room, asker=asker)

    def set_access(
        self, name: str, room: str, account: str, level: str, most: int
    ) -> Pending[list[str]]:
        """Say what an account is in a room, '' = nothing: ok, room, account as shown, '1' = new.

        Refused: noroom, notregistered, notop, noaccount, protected, notlisted, toomany, offline.
        """
        return self._act(
            "access_set", self.keys.room(room),
            name=name, room=room, target=account, level=level, most=most,
        )  # fmt: skip
