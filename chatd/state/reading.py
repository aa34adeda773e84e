"""How far a user has read: what an account has, its sessions share."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.pending import Pending
from chatd.store.reading import Marker
from chatd.store.store import Store


class Reading:
    """A target is a room ("r") or a user ("u"), folded."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server

    def of(self, session: Receiver, kind: str, target: str) -> Pending[Marker]:
        """How far a target is read. Refused: offline."""
        return self._store.read_at(user_of(session).key, kind, target)

    def mark(
        self, session: Receiver, kind: str, target: str, asked: str, at_ms: int
    ) -> Pending[Marker]:
        """Note that a target is read up to a time, ms since 1970; how far it is read then.

        All other sessions are told. Refused: offline, nowhere, toomany.
        """
        name = user_of(session).key
        return self._store.mark_read(session.sid, name, kind, target, asked, at_ms, self._server)
