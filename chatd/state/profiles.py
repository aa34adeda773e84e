"""METADATA: values of users and rooms."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.extensions import Values
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.metadata import MAX_KEYS


class Profiles:
    """A target is a user ("u") or a room ("r"), folded."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def values(
        self, session: Receiver, kind: str, target: str, keys: list[str], start: str = ""
    ) -> Pending[Values]:
        """Values, also a page of those of a room and its members ("s"); no keys = all.

        ``start``: `Values.following`. Refused: notarget, denied.
        """
        return self._store.metadata(user_of(session).key, kind, target, keys, start)

    async def change(
        self, session: Receiver, kind: str, target: str, what: str, key: str = "*", value: str = ""
    ) -> tuple[str, dict[str, str]]:
        """Change values: the target as shown, and the values that are gone.

        ``what``: set, unset or clear. Refused: offline, notarget, denied, notset, toomany, each
        with the target as shown.
        """
        gone: dict[str, str] = {}
        while True:
            _, shown, *words = await self._store.set_metadata(
                session.sid, user_of(session).key, kind, target, (what, key, value), MAX_KEYS
            )
            gone |= zip(words[::2], words[1::2], strict=True)
            if what != "clear" or not words:
                return shown, gone
