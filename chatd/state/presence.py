"""Who is alive: this gateway's lease, the users of gateways that died, coming back after a gap.

Coming back is one procedure, always in this order (see `chatd.state.availability`): the link is up;
the lease is renewed, or taken again when it is over; what was missed is read; what Redis holds is
compared with what was told; users whom Redis has lost log in again, with all that they held; then
their clients' lines go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from chatd.state import absences, activity
from chatd.state.absences import LOST
from chatd.state.audit import Audit
from chatd.state.availability import PROBE_S, Availability, Cause, State
from chatd.state.gateways import Gateways
from chatd.state.homecoming import Homecoming
from chatd.state.hub import Hub
from chatd.state.local import LocalUser
from chatd.state.notices import Emptied
from chatd.state.rooms import Rooms
from chatd.store.errors import Refused, Stale, StoreError, StoreRefused, StoreRejected
from chatd.store.pending import Pending, called_back, completed, drive, settled
from chatd.store.store import Store

log = logging.getLogger(__name__)

RENEWALS = 3
"""A lease is renewed this often within its length, so two lost renewals do no harm."""

RECONNECT_S = 5.0
"""Seconds in which every gateway finds a Redis that was away: above the longest pause between two
tries, `chatd.store.topology.Topology.pause_s`, and the time that one takes."""

CLOCK_S = 2.0
"""Seconds that are waited for the clock of a new master that is behind that of the old one."""


class Leaving(NamedTuple):
    """Why a session has left; the rest as `Presence.logout` has it."""

    reason: str
    user: LocalUser | None
    heard: str
    stays: bool
    by: str = ""


_UNKNOWN = Leaving(LOST, None, "", True)
"""Of a session that Redis has, and that is not here."""


class Presence:
    """Keeps the lease, cleans up after gateways that lost theirs, and returns after losing it.

    With a lease of L seconds, users of a gateway that died are gone after at most L + 2 L/3; where
    Redis was away too, later by `RECONNECT_S`.
    """

    def __init__(
        self, store: Store, hub: Hub, rooms: Rooms, availability: Availability, lease_s: float,
        grace_s: float, always_on: bool, gateways: Gateways,
    ) -> None:  # fmt: skip
        self._store = store
        self._hub = hub
        self._server = rooms.server
        self.homecoming = Homecoming(store, hub, rooms)
        self.audit = Audit(store, hub, self.homecoming, rooms.server, self._end)
        self._availability = availability
        availability.watch(self._on_state)
        self._lease_s = lease_s
        self._grace_s = grace_s
        self._always_on = always_on
        self._gateways = gateways
        self._clock: Callable[[], float] = time.monotonic
        """Seconds, as sessions count them."""
        self._task: asyncio.Task[None] | None = None
        self._judge_from = time.monotonic() + lease_s
        self._redis_ms = 0
        self._epoch = ""
        self._in_doubt = False
        """Whether Redis may know other sessions and rooms than this gateway does."""
        self._all_lost = False
        self._held = False
        self._busy = False
        self._again = False
        self._unread = self._overdue = False
        self._unsaid: dict[str, Leaving] = {}
        self.active: dict[str, float] = {}
        """Users who did something since the last renewal: name -> when (monotonic)."""

    async def start(self) -> None:
        """Take the lease; raises StoreError. Then keep it."""
        await self._check_alone()
        # An earlier process under this id may have left sessions behind.
        await completed(self._reap(self._store.gateway, LOST))
        _, now_ms, self._epoch, _, *about = await settled(self._lease(take=True))
        self._gateways.learn(self._epoch, *about[:2])
        self._hub.heard.at_least(int(now_ms))
        self._held = True
        self._redis_ms = int(now_ms)
        for cause in (Cause.LINK_UP, Cause.LEASE_HELD, Cause.HEALED, Cause.RETURNED):
            self._availability.happened(cause)
        self._task = asyncio.create_task(self._keep(), name="presence")

    async def _check_alone(self) -> None:
        """Two gateways with one id would take each other's sessions for their own.

        And who came between `chatd migrate` and what it copies would be lost or half there.
        """
        if await settled(self._store.is_half_copied()):
            raise StoreRefused("a copy into this Redis was cut off: run the chatd migrate again")
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
        """Remove all sessions of this gateway, and the lease; not those of another with its id."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._held:
            if self._hub.heard.wanted:  # who was here gets all that was said until now
                self._store.note_heard(self._hub.heard.text())
            with contextlib.suppress(StoreError, Refused):
                await completed(self._reap(self._store.gateway, reason))

    # -- sessions ----------------------------------------------------------------------------

    def logout(
        self,
        sid: str,
        reason: str,
        user: LocalUser | None = None,
        *,
        heard: str = "",
        stays: bool = False,
        by: str = "",
    ) -> Pending[None]:
        """End a session in Redis, now or when it can be reached again and accepts it.

        ``user``: whose last session here it was; the others here hear the QUIT in any case.
        ``stays``: that of an account waits for another connection first. ``heard``: how far it has
        heard. ``by``: `Session.came_as` of the connection that has ended; '' = of whatever one.
        Resolved when whoever asks, on whatever gateway, finds it ended; and when that cannot be
        said now. Never fails.
        """
        return self._leave(sid, Leaving(reason, user, heard, stays, by))

    def _leave(self, sid: str, leaving: Leaving) -> Pending[None]:
        user = leaving.user
        self._unsaid.pop(sid, None)
        ended: Pending[None] = Pending()
        lost = user is not None and (
            user.absence is not None or self._in_doubt or self.homecoming.emptied
        )

        def said(reply: Pending[bool]) -> None:
            if reply.error is not None:
                self._unsaid[sid] = leaving
            elif lost and user is not None and reply.value:
                absences.tell_quit(self._hub, user)
            ended.resolve(None)

        if user is not None and self._availability.state is not State.UP:
            self._tell_rooms(sid, leaving.reason, user)
        who = (user.key, user.uid) if user is not None else ("", "")
        grace_s = self._grace_s if leaving.stays else 0
        self._store.logout(
            sid, leaving.reason, *who, heard=leaving.heard, grace_s=grace_s, by=leaving.by
        ).then(said)
        return ended

    def _tell_rooms(self, sid: str, reason: str, user: LocalUser) -> None:
        """Where Redis has lost that a user is in a room no QUIT of it is told there."""
        moves = self._hub.moves
        rooms = [(key, room.shown, moves.last(user, key)) for key, room in user.rooms.items()]
        if rooms:
            self._store.gone(sid, user.key, user.source, user.account, reason, rooms)

    def _end(self, sid: str) -> Pending[None]:
        """End a session that is not here, for the reason that it had if that is known."""
        return self._leave(sid, self._unsaid.get(sid, _UNKNOWN))

    # -- the lease ---------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Ask for the lease in time."""
        while True:
            await asyncio.sleep(self._lease_s / RENEWALS)
            if self._store.relay.up:
                self.check()

    def _on_state(self, before: State, now: State) -> None:
        """What has to be done at once: ask for a lease that is over, ask who refuses again soon."""
        if now is State.FENCED and not self._busy:
            self.check()
        if now is State.REFUSED:
            asyncio.get_running_loop().call_later(PROBE_S, self._probe)

    def _probe(self) -> None:
        if self._availability.state is State.REFUSED and self._store.relay.up:
            self.check()
            asyncio.get_running_loop().call_later(PROBE_S, self._probe)

    def on_link_up(self) -> None:
        """There is a new link: what was published meanwhile was missed."""
        self._be_lenient()
        self._unread = self._in_doubt = True
        self._hub.hold()
        self._availability.happened(Cause.LINK_LOST)
        self._availability.happened(Cause.LINK_UP)

    def on_lost_user(self, user: LocalUser) -> None:
        """Redis does not know a user any more that has sessions here."""
        if user.feed.held and self._availability.state is State.UP:
            absences.look_first(self._hub, user, self.on_lost_user)
        elif absences.lose(self._hub, user) and self._availability.state is not State.HEALING:
            self._availability.happened(Cause.LEASE_OVER)  # who is lost by then logs in anyway

    def check(self) -> None:
        """Renew the lease, and do what has to be done when it was not held all the time."""
        if self._busy:
            self._again = True
            self._renew()  # for many, coming back takes longer than a lease
            return
        self._busy = True
        drive(self._check(), self._checked)

    def _checked(self, error: BaseException | None) -> None:
        self._busy = False
        again, self._again = self._again, False
        if isinstance(error, Stale):
            self.check()  # the lease was over before all were back
        elif isinstance(error, StoreError):
            log.debug("presence: %s", error)  # whoever owns the state of the link has said it
        elif error is not None:
            log.error("presence failed", exc_info=error)
        elif again or self._availability.state is State.FENCED:  # somebody was lost meanwhile
            self.check()

    async def _check(self) -> None:
        """From whatever state to UP, as far as it leads now."""
        try:
            dead = await self._hold_lease()
            while self._unread and await self._clock_catches_up():
                dead = await self._hold_lease()
        except StoreError as error:
            if self._store.relay.up:
                self._availability.happened(Cause.REFUSED, str(error))
                await self._read_gaps()  # questions are answered all the same
                self._hub.fences.link_is_back()
            raise
        back = self._availability.state is not State.UP
        if back:
            self._availability.happened(Cause.LEASE_HELD)
            await self._read_gaps()
        if self._all_lost:
            for user in list(self._hub.users.values()):
                absences.lose(self._hub, user)
            self._all_lost = False
        if self._in_doubt:
            await self.audit.run()
            self._in_doubt = False
        await self._say_what_was_not_said()  # before anybody comes again under the same name
        if back:  # lines go on now, but for those of who is absent
            self._availability.happened(Cause.HEALED)
        await self.homecoming.log_in_the_lost()
        await self.audit.end_the_outlived()
        self.homecoming.emptied = False
        self._availability.happened(Cause.RETURNED)
        self._hub.fences.link_is_back()
        for gateway in dead:
            log.warning("gateway %s is gone: its users are removed", gateway)
            with contextlib.suppress(Refused):  # it is alive again
                await self._reap(gateway, LOST)
        if self._overdue:
            await self._end_overdue()

    async def _end_overdue(self) -> None:
        """End sessions for which no connection came in time and bans of rooms, a chunk an act."""
        while int((await self._store.overdue(self._server))[1]):
            pass

    def _renew(self) -> None:
        asked = self._clock()

        def renewed(reply: Pending[list[str]]) -> None:
            if reply.error is None:  # else the procedure under way learns of it itself
                self._availability.lease_ends = asked + self._lease_s

        self._lease(take=False).then(renewed)

    async def tell_others(self) -> None:
        """Renew the lease at once, with what is said of this gateway now. Raises StoreError."""
        answer = await settled(self._lease(take=False))
        self._gateways.learn(answer[2], *answer[4:6])

    def _lease(self, *, take: bool, active: list[Any] | None = None) -> Pending[list[str]]:
        return self._store.lease(
            self._lease_s, take=take, epoch=secrets.token_hex(8), always_on=self._always_on,
            addresses=self._gateways.own,
            active=active or [],
        )  # fmt: skip

    async def _hold_lease(self) -> list[str]:
        """Renew the lease or, when it is over, take it again; the gateways whose lease is over."""
        asked = self._clock()
        was_active, self.active = self.active, {}
        active, *more = activity.calls(was_active)
        try:
            _, now_ms, epoch, *about = await self._lease(take=False, active=active)
        except Stale:
            self._availability.happened(Cause.LEASE_OVER)
            log.warning("the lease of this gateway was lost: its users come back")
            self._in_doubt = True  # also when the answer is lost
            asked = self._clock()
            _, now_ms, epoch, *about = await self._lease(take=True)
        for active in more:
            self._lease(take=False, active=active)
        overdue, living, addresses, *dead = about
        self._gateways.learn(epoch, living, addresses)
        known, self._epoch = self._epoch, epoch
        if known and known != epoch:
            log.error("Redis has lost its data: users and rooms are made anew, the rest is gone")
            self.homecoming.emptied = self._all_lost = True
            self._hub.start_afresh()
            everybody = [one for user in self._hub.users.values() for one in user.sessions]
            self._hub.fanout.tell(everybody, Emptied())
        self._availability.lease_ends = asked + self._lease_s
        self._hub.heard.at_least(int(now_ms))
        judge = self._may_judge(int(now_ms))
        self._overdue = judge and overdue != "0"
        return [one for one in dead if judge and one != self._store.gateway]

    async def _clock_catches_up(self) -> bool:
        """Wait until what is stored has larger ids than all that was told here; whether it had not.

        Else a gateway could not tell what it has told, and Redis has lost, from what is new.
        """
        behind_s = (self._hub.newest_ms() - self._redis_ms) / 1000
        if behind_s > 0:
            log.warning("the clock of Redis is %.3f s behind what it has stored before", behind_s)
        if not 0 < behind_s <= CLOCK_S:
            return False
        caught_up: Pending[None] = Pending()
        asyncio.get_running_loop().call_later(behind_s, caught_up.resolve, None)
        await caught_up
        return True

    def _may_judge(self, redis_ms: int) -> bool:
        """Whether a lease that is over says that its gateway is dead."""
        if redis_ms - self._redis_ms > self._lease_s * 1000:
            self._be_lenient()
        self._redis_ms = redis_ms
        return time.monotonic() >= self._judge_from

    def _be_lenient(self) -> None:
        """Others may have been cut off, or asleep with the whole machine, as this gateway was."""
        self._judge_from = time.monotonic() + max(self._lease_s, RECONNECT_S)

    async def _reap(self, gateway: str, reason: str) -> None:
        """Remove a gateway's sessions, a chunk an act, so that Redis is never kept for long."""
        while True:
            answer = await self._store.reap(
                gateway, reason, lost=reason == LOST, grace_s=self._grace_s
            )
            if int(answer[1]) < 0:
                return

    # -- coming back -------------------------------------------------------------------------

    async def _read_gaps(self) -> None:
        """Read what was missed since the last link; raises StoreError when that is cut short."""
        if not self._unread:
            return
        await called_back(self._hub.heal)
        self._unread = False
        self._hub.network.refresh()

    async def _say_what_was_not_said(self) -> None:
        """End the sessions that have left while Redis could not be told."""
        for sid, leaving in list(self._unsaid.items()):
            await self._leave(sid, leaving)
