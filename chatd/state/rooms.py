"""Entering rooms: what a new room is like, and following its channel from before the act.

Who comes while others of this gateway are on their way into the same room waits for them, and then
enters with all others who have come meanwhile: one act for all, and one look at the room for all.
So a thousand who come at once cost little more than some, and what others say to each other passes
between one party and the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from chatd.state.hub import Hub
from chatd.state.local import LocalRoom, Receiver, user_of
from chatd.store.errors import Refused, StoreUnavailable
from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.rooms import Entrant, Listed, Snapshot
from chatd.store.store import Store
from chatd.wire.casemap import fold

NEW_ROOM_MODES = "nt"
"""No messages from outside, topic by operators."""
SHARED_ROOM_MODES = "n"
"""The room that everybody shares has no operator, so its topic is everybody's."""

PARTY = 100
"""Users who enter a room in one act: about 3 ms of Redis, and one write to each member. Where the
room has many masks the act lets in fewer."""


class _Entry(Pending[Snapshot]):
    """Somebody who wants to enter a room: ends with the room as it was when they were in."""

    __slots__ = ("password", "session", "shown")

    def __init__(self, session: Receiver, shown: str, password: str) -> None:
        super().__init__()
        self.session = session
        self.shown = shown
        self.password = password


class Rooms:
    """Lets users into rooms."""

    def __init__(
        self, store: Store, hub: Hub, shared: str, rooms_per_user: int, server: str
    ) -> None:
        self._store = store
        self._hub = hub
        self._shared = fold(shared)
        self._most = rooms_per_user
        self.server = server
        self._queues: dict[str, deque[_Entry]] = {}
        """Who waits, of each room that somebody is entering right now."""
        self._pages: dict[tuple[str, str, str], list[Pending[Snapshot]]] = {}
        """Who waits, of each page of members that is being read right now."""

    async def enter(
        self, session: Receiver, key: str, shown: str, *, password: str = ""
    ) -> Snapshot | None:
        """Enter a room and see it as it is then; None when the user is in it already.

        ``password``: the room's key, if it needs one. Raises StoreUnavailable and Refused: see
        `RoomActs.join`.
        """
        user, hub = session.user, self._hub
        if user is None:
            raise Refused("offline")
        channel = hub.open_room(key).channel
        hub.subscribe(channel)
        try:
            snapshot = await self._queue(key, _Entry(session, shown, password))
            if session not in hub.open_room(key).members:
                # put out between the act and the look, which was that of a member
                snapshot = await self._store.snapshot(key, user.key, session.members_on_entry)
            if user.absence is not None:
                hub.fences.look_when_back(session, key)  # the user was lost meanwhile
                return None
            hub.baseline(hub.open_room(key), snapshot)
        except Refused as refused:
            if refused.word == "already" and session not in hub.open_room(key).members:
                hub.enter_rooms(session, [key])  # entered by a call whose answer was lost
            if refused.word in ("already", "noroom"):
                return None  # noroom: all have left between the two
            raise
        except StoreUnavailable:
            hub.fences.look_when_back(session, key)
            raise
        else:
            return snapshot
        finally:
            hub.unsubscribe(channel)
            hub.close_if_unused(key)

    async def rest(
        self,
        session: Receiver,
        key: str,
        first: Snapshot,
        show: Callable[[Snapshot], None],
        taken: Callable[[], Pending[None]],
    ) -> None:
        """Read the pages of members behind the first, and hand each to ``show`` at its place.

        Who stays is in one of them at least once; of who leaves behind its page a member hears the
        PART or QUIT afterwards. ``taken``: the next page is asked for when this is resolved.
        Raises StoreUnavailable; a room that is not there any more has no more members.
        """
        if not first.following:
            return
        room = self._hub.rooms.get(key)
        if room is not None and session in room.members:
            await self._rest_of_own(session, room, first, show, taken)
            return
        user, page = session.user, first
        with suppress(Refused):
            while page.following and user is not None:
                await taken()
                page = await self._store.snapshot(key, user.key, session.members_as, page.following)
                show(page)

    async def _rest_of_own(
        self,
        session: Receiver,
        room: LocalRoom,
        first: Snapshot,
        show: Callable[[Snapshot], None],
        taken: Callable[[], Pending[None]],
    ) -> None:
        """The same of a room that the session is in, until it leaves."""
        form, page, names = session.members_as, first, list[str]()
        room.listings.append(names)
        try:
            while page.following:
                await taken()
                if session not in room.members:
                    self._hub.fences.look_when_back(session, room.key)  # if it has not left
                    return
                page = await self._page(room.key, form, page.following)
                show(page)
            if names and session in room.members:
                show(await self._store.snapshot(room.key, "", form, some=names))
        except Refused:
            return
        finally:
            room.listings = [one for one in room.listings if one is not names]

    def _page(self, key: str, form: str, start: str) -> Pending[Snapshot]:
        """A page as members see it; who wants the same page meanwhile shares it."""
        one: Pending[Snapshot] = Pending()
        what = (key, form, start)
        askers = self._pages.get(what)
        if askers is not None:
            askers.append(one)
            return one
        self._pages[what] = [one]

        def answer(reply: Pending[Snapshot]) -> None:
            for asker in self._pages.pop(what):
                if reply.error is not None:
                    asker.fail(reply.error)
                else:
                    asker.resolve(reply.value)

        self._store.snapshot(key, "", form, start).then(answer)
        return one

    def leave(self, session: Receiver, key: str, reason: str) -> Pending[list[str]]:
        """Leave a room. Refused: offline, noroom, notin."""
        return self._store.part(session.sid, user_of(session).key, key, reason)

    def look(self, session: Receiver, key: str, members: str = "none") -> Pending[Snapshot]:
        """A room as the asker sees it, with a page of members; see `RoomActs.snapshot`."""
        return self._store.snapshot(key, user_of(session).key, members)

    def look_as_member(self, key: str, members: str) -> Pending[Snapshot]:
        """The same as any member sees it."""
        return self._store.snapshot(key, "", members)

    def listed(self, session: Receiver, keys: list[str], start: str) -> Pending[Rows[Listed]]:
        """Rooms, or a page of all (none named), that the asker may know of."""
        return self._store.list_rooms(user_of(session).key, keys, start)

    def new(self, key: str) -> tuple[str, str]:
        """Modes of a room that is made, and the prefix modes of who makes it."""
        return (SHARED_ROOM_MODES, "") if key == self._shared else (NEW_ROOM_MODES, "o")

    # -- queues --------------------------------------------------------------------------------

    def _queue(self, key: str, entry: _Entry) -> _Entry:
        """Enter at once, or with the next party where one is on its way."""
        queue = self._queues.get(key)
        if queue is not None:
            queue.append(entry)
        else:
            self._queues[key] = deque((entry,))
            self._next_party(key)
        return entry

    def _next_party(self, key: str) -> None:
        """Send some of those at the queue to Redis; nobody is on the way into the room then."""
        queue = self._queues[key]
        party: list[_Entry] = []
        entrants: list[Entrant] = []
        while queue and len(party) < PARTY:
            entry = queue.popleft()
            user = entry.session.user
            if user is None:
                entry.fail(Refused("offline"))  # gone while it waited
                continue
            party.append(entry)
            sid, name = entry.session.sid, user.key
            entrants.append(Entrant(sid, name, entry.shown, entry.password))
        if not party:
            del self._queues[key]
            return
        self._store.join(
            key, entrants, most=self._most, new=self.new(key), server=self.server
        ).then(partial(self._entered, key, party))

    def _entered(self, key: str, party: list[_Entry], reply: Pending[list[Refused | None]]) -> None:
        """Redis has let them in, or not: show the room to those who are in, admit the next."""
        if reply.error is not None:
            for entry in (*party, *self._queues.pop(key)):
                entry.fail(reply.error)
            return
        answers = reply.result()
        self._queues[key].extendleft(reversed(party[len(answers) :]))
        outcomes = list(zip(party, answers, strict=False))
        views: dict[str, list[_Entry]] = {}
        for entry, refused in outcomes:
            if refused is None:
                views.setdefault(entry.session.members_on_entry, []).append(entry)
        for view, entries in views.items():
            self._store.snapshot(key, "", view).then(partial(_show, entries))
        self._next_party(key)
        for entry, refused in outcomes:
            if refused is not None:
                entry.fail(refused)


def _show(entries: list[_Entry], reply: Pending[Snapshot]) -> None:
    for entry in entries:
        if reply.error is not None:
            entry.fail(reply.error)
        else:
            entry.resolve(reply.value)
