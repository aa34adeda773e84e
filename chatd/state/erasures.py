"""Erasing what somebody said: how it is begun, and how far it is."""

from __future__ import annotations

from chatd.state.chores import Chores
from chatd.state.local import Receiver, user_of
from chatd.store.chores import Erasing
from chatd.store.pending import Pending
from chatd.store.store import Store

KEEP, ANONYMISE, ERASE = "keep", "anonymise", "erase"
POLICIES = (KEEP, ANONYMISE, ERASE)
"""What becomes of what an account said when that is deleted."""


class Erasures:
    """Accounts and rooms are folded. What is begun is done by `Chores`, of whatever gateway."""

    def __init__(self, store: Store, chores: Chores) -> None:
        self._store = store
        self.chores = chores

    async def begin(self, session: Receiver, account: str, room: str, since_ms: int) -> str:
        """Erase what the session's account said, in a room, '' = everywhere; the id of the job.

        With account '' what everybody said in the room. Refused: offline, noaccount, noroom,
        notfounder, toomany.
        """
        name = user_of(session).key
        job = await self._store.erase(name, account, ERASE, room, since_ms)
        self.chores.wake()
        return job

    async def delete(self, session: Receiver, account: str, how: str) -> None:
        """Delete the session's account. Refused: noaccount, toomany."""
        await self._store.account_delete(account, how, user_of(session).key)
        self.chores.wake()

    def progress(self, account: str) -> Pending[Erasing]:
        """How far the latest job of an account is."""
        return self._store.erasing("", account)
