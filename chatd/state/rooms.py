"""Entering rooms: what a new room is like, and following its channel from before the act."""

from __future__ import annotations

from chatd.state.hub import Hub
from chatd.state.local import Receiver
from chatd.store.errors import Refused, StoreUnavailable
from chatd.store.rooms import Snapshot
from chatd.store.store import Store
from chatd.wire.casemap import fold

NEW_ROOM_MODES = "nt"
"""No messages from outside, topic by operators."""
SHARED_ROOM_MODES = "n"
"""The room that everybody shares has no operator, so its topic is everybody's."""


class Rooms:
    """Lets users into rooms."""

    def __init__(
        self, store: Store, hub: Hub, shared: str, rooms_per_user: int, server: str
    ) -> None:
        self._store = store
        self._hub = hub
        self._shared = fold(shared)
        self._most = rooms_per_user
        self._server = server

    async def enter(
        self, session: Receiver, key: str, shown: str, *, password: str = "", back: bool = False
    ) -> Snapshot | None:
        """Enter a room and see it as it is then; None when the user is in it already.

        ``password``: the room's key, if it needs one; ``back``: in the user's own eyes they never
        left. Raises StoreUnavailable and Refused: see `RoomActs.join`.
        """
        user, hub = session.user, self._hub
        if user is None:
            raise Refused("offline")
        shared = key == self._shared
        channel = hub.open_room(key).channel
        hub.pin(channel)
        try:
            await self._store.join(
                session.sid, user.key, key, shown, self._most,
                new=(SHARED_ROOM_MODES, "") if shared else (NEW_ROOM_MODES, "o"),
                key=password, server=self._server, back=back,
            )  # fmt: skip
            snapshot = await self._store.snapshot(key, user.key, session.members_on_entry)
            hub.baseline(hub.open_room(key), snapshot)
        except Refused as refused:
            if refused.word == "already" and session not in hub.open_room(key).members:
                hub.enter_rooms(session, [key])  # entered by a call whose answer was lost
            if refused.word in ("already", "noroom"):
                return None  # noroom: all have left between the two
            raise
        except StoreUnavailable:
            hub.unsure(session, key)
            raise
        else:
            return snapshot
        finally:
            hub.unpin(channel)
            hub.close_if_unused(key)
