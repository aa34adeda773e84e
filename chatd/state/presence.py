"""Who is alive: this gateway's lease, the users of gateways that died, coming back after a gap."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from chatd.state.hub import Hub
from chatd.state.limiter import Limiter
from chatd.state.local import LocalUser, Receiver
from chatd.state.rooms import Rooms
from chatd.store.errors import Refused, Stale, StoreError, StoreRefused, StoreRejected
from chatd.store.pending import Pending, completed, drive, settled
from chatd.store.store import Store

log = logging.getLogger(__name__)

RENEWALS = 3
"""A lease is renewed this often within its length, so two lost renewals do no harm."""

RECONNECT_S = 5.0
"""Seconds in which every gateway finds a Redis that was away: above the longest pause between two
tries, `chatd.store.relay.RETRY_S`, and the time that one takes."""

ARRIVALS = 50
"""Sessions that log in at one time: when thousands come at once, some ms of work, and then what the
others have said meanwhile."""

LOST = "Connection lost"
"""Reason of the QUIT of a user whose gateway died."""


class Presence:
    """Keeps the lease, cleans up after gateways that lost theirs, and returns after losing it.

    With a lease of L seconds, users of a gateway that died are gone after at most L + 2 L/3; where
    Redis was away too, later by `RECONNECT_S`.
    """

    def __init__(self, store: Store, hub: Hub, rooms: Rooms, lease_s: float) -> None:
        self._store = store
        self._hub = hub
        self._rooms = rooms
        self._lease_s = lease_s
        self._task: asyncio.Task[None] | None = None
        self._judge_from = time.monotonic() + lease_s
        self._redis_ms = 0
        self._returning = False
        self._absent: set[Receiver] = set()
        self._on_the_way: set[Receiver] = set()
        self._unsaid: dict[str, str] = {}
        self.arrivals = Limiter(ARRIVALS)
        """Sessions that are logging in."""
        self.active: dict[str, float] = {}
        """Users who did something since the last renewal: name -> when (monotonic)."""

    async def start(self) -> None:
        """Take the lease; raises StoreError. Then keep it."""
        await self._check_alone()
        # An earlier process under this id may have left sessions behind.
        await completed(self._reap(self._store.gateway, LOST))
        _, now_ms, *_ = await settled(self._store.lease(self._lease_s, take=True, active=[]))
        self._redis_ms = int(now_ms)
        self._task = asyncio.create_task(self._keep(), name="presence")

    async def _check_alone(self) -> None:
        """Two gateways with one id would take each other's sessions for their own."""
        try:
            now_s = await settled(self._store.clock_s())
            alive = await settled(self._store.lease_end_ms()) > now_s * 1000
            if not alive or await settled(self._store.connections()) <= 1:
                return
        except StoreRejected:
            return  # this user of Redis may not list its clients
        raise StoreRefused(
            f"a gateway with the id {self._store.gateway} is running: give another --gateway-id"
        )

    async def stop(self, reason: str) -> None:
        """Remove all sessions of this gateway, and the lease."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(StoreError, Refused):
            await completed(self._reap(self._store.gateway, reason))

    # -- sessions ----------------------------------------------------------------------------

    def logout(self, sid: str, reason: str) -> Pending[None]:
        """End a session in Redis, now or when it can be reached again.

        Resolved when whoever asks, on whatever gateway, finds it ended; and when Redis cannot be
        reached now. Never fails.
        """
        self._unsaid.pop(sid, None)
        ended: Pending[None] = Pending()

        def said(reply: Pending[list[str]]) -> None:
            if reply.error is not None:
                self._unsaid[sid] = reason
            ended.resolve(None)

        self._store.logout(sid, reason).then(said)
        return ended

    def on_link_up(self) -> None:
        """Say what could not be said, renew the lease, come back if it was lost."""
        self._be_lenient()
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
            _, now_ms, *dead = await self._store.lease(
                self._lease_s, take=False, active=self._activity()
            )
        except Stale:
            await self._return()
            return
        self._log_in_absent()
        for gateway in dead if self._may_judge(int(now_ms)) else ():
            if gateway != self._store.gateway:
                log.warning("gateway %s is gone: its users are removed", gateway)
                with contextlib.suppress(Refused):
                    await self._reap(gateway, LOST)

    def _may_judge(self, redis_ms: int) -> bool:
        """Whether a lease that is over says that its gateway is dead."""
        if redis_ms - self._redis_ms > self._lease_s * 1000:
            self._be_lenient()
        self._redis_ms = redis_ms
        return time.monotonic() >= self._judge_from

    def _be_lenient(self) -> None:
        """Others may have been cut off, or asleep with the whole machine, as this gateway was."""
        self._judge_from = time.monotonic() + max(self._lease_s, RECONNECT_S)

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
        if self._returning:
            return
        log.warning("the lease of this gateway was lost: its users come back")
        self._returning = True
        # before the lease is asked for: when its answer is lost, a renewal finds whom to log in
        self._absent = {session for user in self._hub.users.values() for session in user.sessions}
        try:
            await self._store.lease(self._lease_s, take=True, active=[])
        finally:
            self._returning = False
        self._log_in_absent()

    def _log_in_absent(self) -> None:
        """Log in who is not back yet; what the link cuts short is taken up at the next renewal."""
        for session in self._absent - self._on_the_way:
            self._on_the_way.add(session)
            drive(self._log_in_again(session), _log_failure)

    async def _log_in_again(self, session: Receiver) -> None:
        await self.arrivals.enter()
        try:
            await self._come_back(session)
        finally:
            self._on_the_way.discard(session)
            self.arrivals.leave()

    async def _come_back(self, session: Receiver) -> None:
        user = session.user
        if user is not None and await self._known_again(user, session):
            for room in list(user.rooms.values()):
                try:
                    await self._rooms.enter(session, room.key, room.shown, back=True)
                except Refused as refused:
                    if refused.word != "offline":
                        self._hub.put_out(
                            user, room, "You were banned while the server was cut off"
                        )
        self._absent.discard(session)

    async def _known_again(self, user: LocalUser, session: Receiver) -> bool:
        try:
            await self._store.login(
                session.sid, user.key, user.nick, user.user, user.host, user.realname,
                (user.account_key, user.account), address=session.host,
                secure=session.secure, modes=user.modes,
            )  # fmt: skip
            if user.away:
                with contextlib.suppress(Refused):
                    await self._store.away(session.sid, user.key, user.away)
        except Refused:
            self._hub.fanout.expelled(session, "Your name was taken while the server was cut off")
            return False
        return True


def _log_failure(error: BaseException | None) -> None:
    if isinstance(error, StoreError):
        log.debug("presence: %s", error)  # the relay has said that Redis is away
    elif error is not None:
        log.error("presence failed", exc_info=error)
