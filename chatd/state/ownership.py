"""Rooms that belong to an account and stay when nobody is in them."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.access import Access
from chatd.store.pending import Pending
from chatd.store.rooms import RoomInfo
from chatd.store.store import Store
from chatd.wire.access import MAX_ACCESS
from chatd.wire.retention import Kept

MAX_ROOMS = 20
"""Rooms that one account may have."""


class Ownership:
    """Rooms and accounts are folded. ``server``: the name that events come from."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server

    async def register(self, session: Receiver, room: str) -> tuple[str, str]:
        """Make a room its operator's for good: the room and the account as shown.

        Refused: noroom, notop, guest, registered, toomany, offline.
        """
        _, shown, account = await self._store.register_room(
            user_of(session).key, room, MAX_ROOMS, self._server
        )
        return shown, account

    async def transfer(self, session: Receiver, room: str, account: str) -> tuple[str, str]:
        """Give a room to an account: both as shown.

        Refused: noroom, notfounder, noaccount, toomany, offline.
        """
        _, shown, heir = await self._store.transfer_room(
            user_of(session).key, room, account, MAX_ROOMS, self._server
        )
        return shown, heir

    async def drop(self, session: Receiver, room: str) -> str:
        """Let a room be nobody's: the room as shown. Refused: noroom, notfounder, offline."""
        return (await self.transfer(session, room, ""))[0]

    def keep(self, session: Receiver, room: str, kept: str) -> Pending[tuple[str, Kept]]:
        """Say how much is kept of a room: the room as shown, and what is kept now.

        ``kept``: see ``room_retention.lua``. Refused: noroom, notregistered, notop, offline.
        """
        return self._store.room_retention(user_of(session).key, room, kept)

    def access(self, session: Receiver, room: str) -> Pending[tuple[str, list[Access]]]:
        """The room as shown and its access list. Refused: noroom, notregistered, notop."""
        return self._store.access(room, user_of(session).key)

    async def set_access(
        self, session: Receiver, room: str, account: str, level: str
    ) -> tuple[str, str]:
        """Say what an account is in a room, '' = nothing: room and account as shown.

        Refused: noroom, notregistered, notop, noaccount, protected, notlisted, toomany, offline.
        """
        _, shown, told, _ = await self._store.set_access(
            user_of(session).key, room, account, level, MAX_ACCESS
        )
        return shown, told

    def info(self, session: Receiver, room: str) -> Pending[RoomInfo]:
        """Whose a room is. Refused: noroom."""
        return self._store.room_info(room, user_of(session).key)
