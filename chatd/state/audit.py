"""After every new link: does Redis hold what this gateway has told its users?

It does not when it has lost what came last: it started again with an older file, or a replica that
lagged behind became the master. Gaps that were read before have found which logs have gone back
(`Gaps.rolled_back`). The word of the gateway that has a user counts in rooms whose log has;
everywhere else Redis' word does. Others' clients have been told all that is made good here, so they
are told nothing twice; the QUIT of a session that is not here any more is the one exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from chatd.state import absences, events
from chatd.state.homecoming import Homecoming
from chatd.state.hub import Hub
from chatd.state.local import LocalRoom, LocalUser, Receiver
from chatd.state.notices import Lost
from chatd.store.audit import Believed, Difference
from chatd.store.errors import Refused
from chatd.store.login import RoomOf
from chatd.store.pages import PAGE
from chatd.store.pending import Pending, called_back
from chatd.store.rooms import Snapshot
from chatd.store.store import Store
from chatd.wire.casemap import fold
from chatd.wire.modes import LISTS

log = logging.getLogger(__name__)

TRIES = 2
"""Times that Redis is asked: what was on its way at the first answer has come at the second."""
NAME_GONE = "The server has lost your last NICK, and the name is taken; connect again"
NOT_IN_IT = "The server has no record that you are here"


class Audit:
    """One step of coming back. ``end``: ends a session that Redis holds and that is not here."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        homecoming: Homecoming,
        server: str,
        end: Callable[[str], Pending[None]],
    ) -> None:
        self._store = store
        self._hub = hub
        self._homecoming = homecoming
        self._server = server
        self._end = end
        self._outlived: list[str] = []

    async def run(self) -> None:
        """Compare everything and put it right; raises StoreError.

        Whom Redis does not know is absent afterwards, and logs in again.
        """
        gaps = self._hub.gaps
        if gaps.rolled_back:
            log.error("Redis has lost what came last: what its gateways have told is made good")
        await self._end_who_is_not_here()
        for page in self._pages():
            await self._compare(page)
        if gaps.rolled_back:
            await self._read_logs_again()
            for owner in list(gaps.rolled_back):
                if isinstance(owner, LocalRoom):
                    await self._compare_room(owner)
            self._tell()
        gaps.rolled_back.clear()
        gaps.cut.clear()

    # -- sessions that are not here ------------------------------------------------------------

    async def _end_who_is_not_here(self) -> None:
        """End what has ended: Redis has lost the QUIT, or nobody heard of the login."""
        start, again = "", True
        while again:
            page = await self._store.held(start)
            for sid, name, uid in page.rows:
                user = self._hub.users.get(name)
                if user is not None and any(one.sid == sid for one in user.sessions):
                    continue
                if any(one.sid == sid for other in self._hub.users.values()
                       for one in other.sessions):  # fmt: skip
                    continue  # under another name
                if user is not None and user.uid == uid:
                    self._outlived.append(sid)
                    continue
                if user is not None and self._hub.network in self._hub.gaps.rolled_back:
                    absences.forgotten(self._hub, user, told=True)  # by the QUIT that follows
                await self._end(sid)
            start, again = page.following, page.following != ""

    async def end_the_outlived(self) -> None:
        """End sessions of users who are here, so that no QUIT comes of it."""
        while self._outlived:
            await self._end(self._outlived.pop())

    # -- sessions that are here ----------------------------------------------------------------

    def _pages(self) -> Iterator[list[Receiver]]:
        """All sessions, so many at a time that they and their rooms make a page."""
        page, size = list[Receiver](), 0
        for user in list(self._hub.users.values()):
            for session in list(user.sessions):
                page.append(session)
                size += 1 + (len(user.rooms) if session is user.sessions[0] else 0)
                if size >= PAGE:
                    yield page
                    page, size = [], 0
        if page:
            yield page

    async def _compare(self, sessions: list[Receiver], *, once_more: bool = True) -> None:
        """Ask about some sessions, and put right what is wrong."""
        by_sid = {session.sid: session for session in sessions}
        differing = dict.fromkeys(by_sid)
        found: list[Difference] = []
        for _ in range(TRIES):
            asked = [one for sid in differing if (one := _believed(by_sid[sid])) is not None]
            if not asked:
                return
            answer = await self._store.audit(asked)
            # what has changed since it was asked about has been told by now
            found = [one for one in answer if self._still_differs(by_sid[one.sid], one)]
            differing = dict.fromkeys(one.sid for one in found)
        renamed = False
        for sid in differing:
            own = [one for one in found if one.sid == sid]
            renamed = await self._put_right(by_sid[sid], own) or renamed
        if renamed and once_more:  # of who has another name nothing else was compared
            await self._compare([by_sid[sid] for sid in differing], once_more=False)

    def _still_differs(self, session: Receiver, found: Difference) -> bool:
        user = session.user
        if user is None or user.absence is not None:
            return False
        room = user.rooms.get(found.first)
        if found.what == "name":
            return (user.key, user.nick) != (found.first, found.second)
        if found.what == "person":
            return (user.uid, user.account) != (found.second, found.first)
        if found.what == "missing":
            return room is not None
        if found.what == "more":
            asking = any(
                (one, found.first) in self._hub.fences.rooms
                or found.first in (one.session.entering or ())
                for one in user.sessions
            )
            return room is None and not asking
        if found.what == "prefix":
            return room is not None and set(room.prefixes.get(user, "")) != set(found.second)
        return True

    async def _put_right(self, session: Receiver, found: list[Difference]) -> bool:
        """Deal with what Redis has otherwise of one session; whether it has its name again."""
        rooms: list[tuple[str, RoomOf]] = []
        for one in found:
            user = session.user
            if user is None or user.absence is not None:
                return False
            if one.what == "unknown":
                self._lose(user)
                return False
            if one.what == "name":
                return await self._rename(session, user, one.first)
            if one.what == "person":
                await self._log_in_again(session, user, one)
            else:
                rooms += self._room(user, one)
        if rooms and session.user is not None:
            try:
                await self._store.repair(session.sid, session.user.key, self._server, rooms)
            except Refused as refused:  # gone meanwhile
                log.debug("a user's rooms could not be put right: %s", refused)
        return False

    def _lose(self, user: LocalUser) -> None:
        """Redis does not know a session; if nobody has removed it, it has lost the login."""
        gaps, network = self._hub.gaps, self._hub.network
        if network in gaps.rolled_back and network not in gaps.cut:
            absences.forgotten(self._hub, user, told=False)
        else:
            absences.lose(self._hub, user)

    async def _rename(self, session: Receiver, user: LocalUser, known: str) -> bool:
        """Do a NICK again that Redis has lost; who knows it already, knows nobody of the old."""
        try:
            await self._store.nick(session.sid, known, user.key, user.nick, told=True)
        except Refused as refused:
            if refused.word in ("same", "offline"):
                return True
            absences.lose(self._hub, user)
            for one in list(user.sessions):
                self._homecoming.expel(one, NAME_GONE)
            return False
        return True

    async def _log_in_again(self, session: Receiver, user: LocalUser, found: Difference) -> None:
        """Log a user in to an account again, or out, whichever Redis has lost."""
        account = (user.account_key, user.account)
        renamed = user.uid == found.second and found.first != ""  # or Redis has lost that it was
        if renamed:
            account = (fold(found.first), found.first)
        try:
            await self._store.set_account(
                session.sid, user.key, account, server=self._server, again=renamed, told=True
            )
        except Refused as refused:
            if refused.word == "noaccount":  # REGISTER is lost, too
                await self._store.set_account(
                    session.sid, user.key, ("", ""), server=self._server, again=True, told=True
                )
            else:
                user.uid = found.second

    def _room(self, user: LocalUser, found: Difference) -> list[tuple[str, RoomOf]]:
        """What has to be done about a room, in the words of `AuditActs.repair`."""
        gaps, room = self._hub.gaps, user.rooms.get(found.first)
        if room is None:
            if user in gaps.cut:  # nobody here knows what was in its log
                for session in list(user.sessions):
                    self._hub.show_room(session, found.first)
                return []
            entry = self._hub.moves.last(user, found.first)
            return [("out", (found.first, "", "", "", "", "", 0, "", "", "", entry))]
        if room in gaps.rolled_back:
            how = "in" if found.what == "missing" else "modes"
            return [(how, self._homecoming.room_of(user, room))]
        if found.what == "prefix":
            room.prefixes[user] = found.second
        else:
            absences.put_out(self._hub, user, room, NOT_IN_IT, others=True)
        return []

    # -- logs that have gone back --------------------------------------------------------------

    async def _read_logs_again(self) -> None:
        """Read logs of users that were not there: they may have been called otherwise."""
        owners = []
        for owner, rollback in self._hub.gaps.rolled_back.items():
            feed = owner.feed
            gone = feed.last_id == b"0-0" or rollback.lost < 0
            if isinstance(owner, LocalUser) and owner.absence is None and gone and not feed.held:
                feed.last_id, feed.added = rollback.last_id, rollback.added
                owners.append(owner)
        if not owners:
            return
        self._hub.gaps.heal(*owners)
        await called_back(self._hub.gaps.when_healed)

    async def _compare_room(self, room: LocalRoom) -> None:
        """What a room is like: a topic that is newer here is set again, else Redis' word counts."""
        if self._hub.rooms.get(room.key) is not room:
            return
        try:
            snapshot = await self._store.snapshot(room.key, "", "none")
            if room.topic[2] > snapshot.topic_at:
                await self._store.topic_again(room.key, room.topic)
                snapshot = await self._store.snapshot(room.key, "", "none")
        except Refused:
            return  # it has ended
        members = room.believers()
        if room.topic[0] != snapshot.topic:
            setter = snapshot.topic_by or self._server
            topic = events.synthetic_topic(setter, snapshot.name, snapshot.topic)
            self._hub.fanout.deliver(topic, members)
        if changes := _changes(room.modes, snapshot):
            modes = events.synthetic_modes(self._server, snapshot.name, changes)
            self._hub.fanout.deliver(modes, members)
        self._hub.baseline(room, snapshot)

    def _tell(self) -> None:
        """Say how much is lost to those who were told of it."""
        for owner, rollback in self._hub.gaps.rolled_back.items():
            if isinstance(owner, LocalUser) and owner.absence is not None:
                if rollback.lost < 0:  # the name was taken meanwhile
                    self._hub.fanout.tell(list(owner.sessions), Lost(None, -1))
                    continue
                if not owner.absence.anew:
                    continue  # its log is kept with all else, and it hears of that
            self._hub.tell_rollback(owner, rollback)


def _believed(session: Receiver) -> Believed | None:
    """The session as this gateway knows it; None: it is gone, or was lost anyway."""
    user = session.user
    if user is None or user.absence is not None:
        return None
    rooms = None
    if session is user.sessions[0]:
        rooms = [(key, room.prefixes.get(user, "")) for key, room in user.rooms.items()]
    return Believed(session.sid, user.key, user.nick, user.uid, rooms, user.account_key)


def _changes(known: dict[str, str], snapshot: Snapshot) -> str:
    """What makes of the modes that are known those of a room, as a MODE says it; '' = nothing."""
    modes = [letter for letter in snapshot.modes if letter not in LISTS]
    plus = [one for one in modes if known.get(one) != snapshot.params.get(one, "")]
    minus = [one for one in known if one not in modes]
    words = "".join(["-", *minus] if minus else []) + "".join(["+", *plus] if plus else [])
    params = [known[one] for one in minus if one == "k"]
    params += [param for one in plus if (param := snapshot.params.get(one, ""))]
    return " ".join([words, *params]) if words else ""
