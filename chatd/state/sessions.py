"""The sessions and devices of an account, as its owner and operators of the server see them."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.sessions import Device, OneOf
from chatd.store.store import Store

TOGETHER = 4
"""Sessions that one act ends: of a user who has a thousand, each takes 0.8 ms."""


class Sessions:
    """Accounts are folded. Each act may be Refused: offline, notoper."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, account: str, start: str) -> Pending[Rows[OneOf]]:
        """A page of the sessions of an account."""
        return self._store.sessions_of(account, start)

    def devices(self, account: str) -> Pending[list[Device]]:
        """Its devices of which it is known how far they have heard, the latest first."""
        return self._store.devices_of(account)

    def how_many(self, account: str) -> Pending[int]:
        """How many sessions it has."""
        return self._store.how_many_of(account)

    async def end(
        self, session: Receiver, account: str, sids: list[str], *, why: str, reason: str
    ) -> int:
        """End sessions of an account, on whatever gateway; how many of them were there.

        ``why``: what their connections are told; ``reason``: of the QUITs.
        """
        ended = 0
        for at in range(0, len(sids), TOGETHER):
            some = sids[at : at + TOGETHER]
            _, *gone = await self._store.end_sessions(
                user_of(session).key, account, some, why=why, reason=reason
            )
            ended += len(gone)
        return ended

    def forget(self, session: Receiver, account: str, device: str) -> Pending[list[str]]:
        """Forget how far a device has heard. Refused: nodevice."""
        return self._store.forget_device(user_of(session).key, account, device)

    async def free_nick(self, session: Receiver, name: str) -> None:
        """End who has a nick, folded, that the session's account may have.

        Refused: guest, taken.
        """
        why, left = "Your nick was taken back by the account that it belongs to", 1
        while left:
            left = await self._store.recover(
                user_of(session).key, name, why=why, reason="Nick taken back"
            )
