"""Acts on a room's list of bans that know who somebody is, and when a ban ends."""

from __future__ import annotations

from dataclasses import dataclass

from chatd.store.caller import Caller
from chatd.store.pending import Pending


@dataclass(frozen=True, slots=True)
class Banned:
    """Whom a ban is for: the folded nick or account ``name``, or a mask, folded and as written.

    ``mutes``: it is a mute.
    """

    mutes: bool
    name: str = ""
    mask: str = ""
    written: str = ""


class RoomBanActs(Caller):
    """Rooms and names are folded."""

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
            target=who.name, mask=who.mask, param=who.written, mutes=who.mutes,
            ends_ms=seconds * 1000, reason=reason, masks=masks,
        )  # fmt: skip

    def room_unban(self, sid: str, name: str, room: str, who: Banned) -> Pending[list[str]]:
        """Lift bans: ok, room and masks as shown. Refused: noroom, notop, noban, offline."""
        return self._act(
            "room_unban", self.keys.room(room), sid=sid, name=name, room=room,
            target=who.name, mask=who.mask, mutes=who.mutes,
        )  # fmt: skip
