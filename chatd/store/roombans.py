"""Acts on a room's list of bans that know who somebody is, and when a ban ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending


@dataclass(frozen=True, slots=True)
class Banned:
    """Whom a ban is for: the folded nick or account ``name``, or a mask, folded and as written.

    ``mutes``: it is a mute. ``account``: the one that a mask names, folded.
    """

    mutes: bool
    name: str = ""
    mask: str = ""
    written: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class RoomBan:
    """An entry of a room's list of bans: ``mask`` as written, who has set it, and times in s.

    ``ends``: 0 = when it is lifted.
    """

    mask: str
    by: str
    at: int
    ends: int


class RoomBanActs(Caller):
    """Rooms and names are folded."""

    def room_bans(self, room: str, asker: str) -> Pending[tuple[str, list[RoomBan]]]:
        """The room as shown and its bans. Refused: noroom."""

        def entries(reply: list[Any]) -> tuple[str, list[RoomBan]]:
            _, shown, *found = checked(reply)
            rows = (entry.split("\0") for entry in found)
            bans = [RoomBan(mask, by, int(at), int(ends)) for mask, by, at, ends in rows]
            return shown, sorted(bans, key=lambda one: (one.at, one.mask))

        return self._ask("room_bans", self.keys.room(room), entries, room=room, asker=asker)

    def room_ban(
        self,
        sid: str,
        name: str,
        room: str,
        who: Banned,
        *,
        seconds: int,
        reason: str,
        masks: int,
    ) -> Pending[list[str]]:
        """Ban somebody: ok, room and mask as shown, when it ends, s, 0 = when it is lifted.

        Refused: noroom, notop, nouser, protected, full (mask), offline.
        """
        return self._act(
            "room_ban", self.keys.room(room), sid=sid, name=name, room=room,
            target=who.name, mask=who.mask, param=who.written, akey=who.account, mutes=who.mutes,
            ends_ms=seconds * 1000, reason=reason, masks=masks,
        )  # fmt: skip

    def room_unban(self, sid: str, name: str, room: str, who: Banned) -> Pending[list[str]]:
        """Lift bans: ok, room and masks as shown. Refused: noroom, notop, noban, offline."""
        return self._act(
            "room_unban", self.keys.room(room), sid=sid, name=name, room=room,
            target=who.name, mask=who.mask, mutes=who.mutes,
        )  # fmt: skip
