"""What members with rights do in rooms: topics, modes, kicks, invitations, other names."""

from __future__ import annotations

from dataclasses import dataclass

from chatd.state.fences import Fences
from chatd.state.local import Receiver, user_of
from chatd.store.pending import Pending
from chatd.store.roombans import Banned, RoomBan
from chatd.store.rooms import Change, Denied
from chatd.store.store import Store
from chatd.wire.modes import MAX_MASKS, MAX_MODES


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited: room and nick as shown; ``away`` text, '' = present."""

    room: str
    nick: str
    away: str


class Moderation:
    """Rooms and names are folded. Each act may be Refused: offline, noroom, notin, notop."""

    def __init__(self, store: Store, fences: Fences) -> None:
        self._store = store
        self._fences = fences

    def set_topic(self, session: Receiver, room: str, topic: str) -> Pending[list[str]]:
        """Set a topic, '' = none."""
        return self._store.topic(session.sid, user_of(session).key, room, topic)

    def change_modes(
        self, session: Receiver, room: str, changes: list[Change], *, line_bytes: int
    ) -> Pending[list[Denied]]:
        """Change modes; what was refused comes back. ``line_bytes``: for changes in one line."""
        return self._store.mode(
            session.sid, user_of(session).key, room, changes,
            line_bytes=line_bytes, line_params=MAX_MODES, masks=MAX_MASKS,
        )  # fmt: skip

    def masks(
        self, session: Receiver, room: str, letter: str, by: str
    ) -> Pending[tuple[str, list[str]]]:
        """The room as shown and a list's entries: mask NUL who set it NUL s since 1970.

        ``by``: prefix modes of which the asker must have one, '' = anybody may ask.
        """
        return self._store.masks(room, user_of(session).key, letter, by)

    async def ban(
        self, session: Receiver, room: str, who: Banned, *, seconds: int = 0, reason: str = ""
    ) -> tuple[str, str, int]:
        """Ban or mute somebody, for some time or, 0, until it is lifted.

        The room and the mask as shown, and when it ends, s. ``reason``: of the KICK.
        Refused: nouser, protected, full (mask).
        """
        _, shown, mask, ends = await self._store.room_ban(
            session.sid, user_of(session).key, room, who,
            seconds=seconds, reason=reason, masks=MAX_MASKS,
        )  # fmt: skip
        return shown, mask, int(ends)

    def bans(self, session: Receiver, room: str) -> Pending[tuple[str, list[RoomBan]]]:
        """The room as shown and its bans. Refused: noroom."""
        return self._store.room_bans(room, user_of(session).key)

    async def unban(self, session: Receiver, room: str, who: Banned) -> tuple[str, list[str]]:
        """Lift bans or mutes: the room and the masks as shown. Refused: noban."""
        _, shown, *found = await self._store.room_unban(
            session.sid, user_of(session).key, room, who
        )
        return shown, found

    def kick(self, session: Receiver, room: str, name: str, reason: str) -> Pending[list[str]]:
        """Remove somebody. Refused: notmember (room, nick), protected."""
        return self._store.kick(session.sid, user_of(session).key, room, name, reason)

    async def invite(self, session: Receiver, room: str, name: str) -> Invited:
        """Invite somebody. Refused: nouser, member (room, nick), toomany (nick)."""
        _, shown, nick, away = await self._store.invite(
            session.sid, user_of(session).key, room, name
        )
        return Invited(shown, nick, away)

    def invitations(self, session: Receiver) -> Pending[list[str]]:
        """Rooms, as shown, that the user is invited to."""
        return self._store.invites(user_of(session).key)

    async def rename(self, session: Receiver, room: str, new: str, shown: str, reason: str) -> None:
        """Rename a room; when this ends its members here have heard of it.

        ``new`` folded, and as ``shown``. Refused: same, exists.
        """
        await self._store.rename_room(session.sid, user_of(session).key, room, new, shown, reason)
        # the event is read from the room's stream under its new name
        await self._fences.fence()
