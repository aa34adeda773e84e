"""Who is alive: this gateway's lease, the users of gateways that died, coming back after a gap."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from chatd.state.hub import Hub
from chatd.state.local import LocalUser, Receiver
from chatd.state.rooms import Rooms
from chatd.store.errors import Refused, Stale, StoreError
from chatd.store.pending import Pending, completed, drive, settled
from chatd.store.store import Store

log = logging.getLogger(__name__)

RENEWALS = 3
"""A lease is renewed this often within its length, so two lost renewals do no harm."""


class Presence:
    """Keeps the lease, cleans up after gateways that lost theirs, and returns after losing it.

    With a lease of L seconds, users of a gateway that died are gone after at most L + 2 L/3.
    """

    def __init__(self, store: Store, hub: Hub, rooms: Rooms, lease_s: float) -> None:
        self._store = store
        self._hub = hub
        self._rooms = rooms
        self._lease_s = lease_s
        self._task: asyncio.Task[None] | None = None
        self._up_since = time.monotonic()
        self._unsaid: dict[str, str] = {}
        self.active: dict[str, float] = {}
        """Users who did something since the last renewal: name -> when (monotonic)."""

    async def start(self) -> None:
        """Take the lease; raises StoreError. Then keep it."""
        await settled(self._store.lease(self._lease_s, take=True, active=[]))
        self._task = asyncio.create_task(self._keep(), name="presence")

    async def stop(self, reason: str) -> None:
        """Remove all sessions of this gateway, and the lease."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(StoreError, Refused):
            await completed(self._reap(self._store.gateway, reason))

    # -- sessions ----------------------------------------------------------------------------

    def logout(self, sid: str, reason: str) -> None:
        """End a session in Redis, now or when it can be reached again."""
        self._unsaid.pop(sid, None)

        def said(reply: Pending[list[str]]) -> None:
            if reply.error is not None:
                self._unsaid[sid] = reason

        self._store.logout(sid, reason).then(said)

    def on_link_up(self) -> None:
        """Say what could not be said, renew the lease, come back if it was lost."""
        self._up_since = time.monotonic()
        for sid, reason in list(self._unsaid.items()):
            self.logout(sid, reason)
        drive(self._renew(), _log_failure)

    # -- the lease ---------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / RENEWALS)
            drive(self._renew(), _log_failure)

    async def _renew(self) -> None:
        try:
            _, _, *dead = await self._store.lease(
                self._lease_s, take=False, active=self._activity()
            )
        except Stale:
            log.warning("the lease of this gateway was lost: its users come back")
            await self._return()
            return
        # Others may have been cut off as long as this gateway was: give them the time to renew.
        if time.monotonic() - self._up_since < self._lease_s:
            return
        for gateway in dead:
            if gateway != self._store.gateway:
                log.warning("gateway %s is gone: its users are removed", gateway)
                with contextlib.suppress(Refused):
                    await self._reap(gateway, "Connection lost")

    def _activity(self) -> list[Any]:
        active, self.active = self.active, {}
        now = time.monotonic()
        return [word for name, at in active.items() for word in (name, int((now - at) * 1000))]

    async def _reap(self, gateway: str, reason: str) -> None:
        """Remove a gateway's sessions, a chunk an act, so that Redis is never kept for long."""
        while True:
            answer = await self._store.reap(gateway, reason)
            if int(answer[1]) < 0:
                return

    # -- coming back -------------------------------------------------------------------------

    async def _return(self) -> None:
        """Log all local sessions in again, and their users into their rooms."""
        await self._store.lease(self._lease_s, take=True, active=[])
        for user in list(self._hub.users.values()):
            for session in list(user.sessions):
                drive(self._log_in_again(user, session), _log_failure)

    async def _log_in_again(self, user: LocalUser, session: Receiver) -> None:
        try:
            await self._store.login(
                session.sid, user.key, user.nick, user.user, user.host, user.realname,
                (user.account_key, user.account), rejoin=True,
            )  # fmt: skip
            if user.away:
                with contextlib.suppress(Refused):
                    await self._store.away(session.sid, user.key, user.away)
        except Refused:
            self._hub.fanout.expelled(session, "Your name was taken while the server was cut off")
            return
        for room in list(user.rooms.values()):
            with contextlib.suppress(Refused):
                await self._rooms.enter(session, room.key, room.shown)


def _log_failure(error: BaseException | None) -> None:
    if isinstance(error, StoreError):
        log.info("presence: %s", error)
    elif error is not None:
        log.error("presence failed", exc_info=error)
