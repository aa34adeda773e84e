"""Users whom Redis has lost log in again, with all that it has kept of them, or this gateway."""

from __future__ import annotations

import logging

from chatd.state import absences
from chatd.state.countdown import Countdown
from chatd.state.events import synthetic_account
from chatd.state.hub import Hub
from chatd.state.limiter import Limiter
from chatd.state.local import LocalRoom, LocalUser, Receiver
from chatd.state.notices import AccountChanged, Expelled, TakenOver
from chatd.state.rooms import Rooms
from chatd.store.errors import Refused, StoreRejected
from chatd.store.login import Return, Returning, RoomOf
from chatd.store.pending import drive
from chatd.store.store import Store
from chatd.wire.casemap import fold

log = logging.getLogger(__name__)

ARRIVALS = 50
"""Sessions that log in at one time: when thousands come at once, some ms of work, and then what the
others have said meanwhile."""

SHOWS = 50
"""Sessions to which at one time rooms are shown that they have come back to: some ms of Redis."""

PUT_OUT = {
    "banned": "You were banned while the server was cut off",
    "gone": "The room ended while the server was cut off",
}
"""Why somebody is not in a room any more who was in it before, in the words of a PART."""


class Homecoming:
    """The last step of coming back: one act of Redis for each session that was lost."""

    def __init__(self, store: Store, hub: Hub, rooms: Rooms) -> None:
        self._store = store
        self._hub = hub
        self._rooms = rooms
        self.emptied = False
        """Redis has lost its data: this gateway says what its users held, and its rooms were."""
        self.arrivals = Limiter(ARRIVALS)
        """Sessions that are logging in, for the first time or again."""
        self.shows = Limiter(SHOWS)
        """Sessions for which Redis is asked what they have missed."""

    async def log_in_the_lost(self) -> None:
        """Log in all users whom Redis does not know, some at a time; raises StoreError."""
        sessions = [
            session
            for user in self._hub.users.values()
            if user.absence is not None
            for session in user.sessions
        ]
        if not sessions:
            return
        everybody = Countdown(len(sessions))
        for session in sessions:
            drive(self._come_back(session), everybody.one_less)
        await everybody

    async def _come_back(self, session: Receiver) -> None:
        """Log a session in again, with all that Redis has kept of its user."""
        await self.arrivals.enter()
        user = session.user
        try:
            if user is None:
                return  # its client has gone meanwhile
            found = await self._store.come_back(self._returning(session, user))
            if session.user is user:
                self._is_back(session, user, found)
        except Refused as refused:
            if refused.word == "elsewhere":  # its user is still there, so nobody hears a QUIT
                self._hub.fanout.tell([session], TakenOver())
                return
            self.expel(session, "Your name was taken while the server was cut off")
        except StoreRejected as error:  # a bug, which must not keep the others waiting
            log.error("%s could not be taken back: %s", user.nick if user else "", error)
            self.expel(session, "You could not be taken back by the server; connect again")
        finally:
            self.arrivals.leave()

    def expel(self, session: Receiver, why: str) -> None:
        """Close a session whose user cannot be what it was; the others here hear its QUIT."""
        if session.user is not None:
            absences.give_up(self._hub, session.user)
        self._hub.fanout.tell([session], Expelled(why))

    def _returning(self, session: Receiver, user: LocalUser) -> Returning:
        absence = user.absence
        anew = "silent" if self.emptied else absence.anew if absence is not None else ""
        return Returning(
            session.sid, user.key, user.nick, user.user, user.host, user.realname,
            user.account_key, user.account, ("Z" if session.secure else "-") + session.host,
            session.session.device, user.uid, user.modes, user.away, session.away,
            anew, self._rooms.server,
            [self.room_of(user, room) for room in user.rooms.values()],
        )  # fmt: skip

    def room_of(self, user: LocalUser, room: LocalRoom) -> RoomOf:
        """A room as this gateway knows it, should Redis have lost it."""
        flags = "".join(room.modes) or self._rooms.new(room.key)[0]
        params = (room.modes.get("k", ""), room.modes.get("l", ""), room.modes.get("f", ""))
        prefix, entry = room.prefixes.get(user, ""), self._hub.moves.last(user, room.key)
        return (room.key, room.shown, flags, prefix, *room.topic, *params, entry)

    def _is_back(self, session: Receiver, user: LocalUser, found: Return) -> None:
        """Redis knows the session again: tell it what it has missed, and what it has lost."""
        login, rooms = found.login, found.rooms
        account = (fold(login.account), login.account)
        user.update(login, account[0])
        if session.account[0] and session.account != account:
            session.account = account
            told = synthetic_account(user.key, user.source, login.account, user.uid)
            self._hub.fanout.tell([session], AccountChanged(login.account))
            self._hub.fanout.deliver(told, [session])
        refused = {
            room: PUT_OUT[rooms.get(room, "gone")] for room in user.rooms if rooms.get(room) != "in"
        }
        known = set(user.rooms)
        absences.give_back(self._hub, user, login, refused)
        self._hub.enter_rooms(
            session, [room for room, how in rooms.items() if how == "in" and room not in known]
        )
        if fold(user.nick) != user.key:
            self.expel(session, "The server has forgotten your last NICK; connect again")
        for one in list(user.sessions):
            one.is_back()
