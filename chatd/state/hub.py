"""Who on this gateway hears what: follows channels and applies their events, in Redis' order.

What an event of each kind does stands in `chatd.state.appliers`, which register here.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from chatd.state import events
from chatd.state.events import Event, id_order
from chatd.state.fanout import Fanout
from chatd.state.fences import Fences
from chatd.state.gaps import Gaps
from chatd.state.heard import Heard
from chatd.state.local import Feed, LocalNetwork, LocalRoom, LocalUser, Receiver
from chatd.state.moves import Moves
from chatd.state.notices import Attached, Lost, RolledBack
from chatd.state.replay import Owner, Rollback
from chatd.state.told import Told
from chatd.store.errors import Refused, StoreError, StoreUnavailable
from chatd.store.login import Login
from chatd.store.pending import Pending
from chatd.store.rooms import Snapshot
from chatd.store.store import Store
from chatd.wire.modes import LISTS

log = logging.getLogger(__name__)

MS_DIGITS = 13
"""Of the milliseconds that an id of a stream begins with, until the year 2286."""


class RoomApplier:
    """What an event in a room does.

    ``apply`` does all of it. ``tell`` only tells some sessions, who were not there at its time.
    ``in_a_row``: many come at a time, and are handed out together.
    """

    __slots__ = ("apply", "in_a_row", "tell")

    def __init__(
        self,
        apply: Callable[[Hub, LocalRoom, Event], None],
        tell: Callable[[Hub, LocalRoom, Event, list[Receiver]], None],
        in_a_row: bool,
    ) -> None:
        self.apply = apply
        self.tell = tell
        self.in_a_row = in_a_row


Then = Callable[[], None]
"""What is called when something is done."""
ROOM_EVENTS: dict[bytes, RoomApplier] = {}
USER_EVENTS: dict[bytes, Callable[[Hub, LocalUser, Event], None]] = {}
"""Kinds of events, and what they do."""


class Hub:
    """The gateway's rooms and users, and the channels that it follows for them."""

    def __init__(self, store: Store, fanout: Fanout) -> None:
        self.store = store
        self.fanout = fanout
        self.rooms: dict[str, LocalRoom] = {}
        self.users: dict[str, LocalUser] = {}
        self.network = LocalNetwork(store.keys.global_channel, store.keys.global_log)
        self.gaps = Gaps(store, self.apply, self._lost, self._gone_back)
        self.fences = Fences(store, self.gaps, self._look)
        self.told = Told()
        self.moves = Moves()
        self.heard = Heard(store)
        self._subscribed: Counter[str] = Counter()
        self._owners: dict[bytes, Owner] = {}

    # -- channels ----------------------------------------------------------------------------

    def subscribe(self, channel: str) -> None:
        """Hear a channel until `unsubscribe`, from before whatever is called next."""
        self._subscribed[channel] += 1
        if self._subscribed[channel] == 1:
            self.store.relay.subscribe(channel)

    def unsubscribe(self, channel: str) -> None:
        """Undo one `subscribe`."""
        self._subscribed[channel] -= 1
        if not self._subscribed[channel]:
            del self._subscribed[channel]
            self.store.relay.unsubscribe(channel)

    def follow(self, owner: Owner) -> None:
        """Follow a channel from now on."""
        self.subscribe(owner.channel)
        self._owners[owner.channel.encode()] = owner

    def unfollow(self, owner: Owner) -> None:
        """Undo `follow`."""
        del self._owners[owner.channel.encode()]
        self.unsubscribe(owner.channel)

    def on_message(self, channel: bytes, payload: bytes) -> None:
        """Take what was published."""
        owner = self._owners.get(channel)
        if owner is None:
            return
        feed = owner.feed
        # the acts put records for one channel in a row together, parted by what no UTF-8 has
        for record in payload.split(b"\xff") if 0xFF in payload else (payload,):
            if feed.held:
                self.gaps.hold(owner, record)
                continue
            try:
                self.apply(owner, record)
            except Exception:  # a bug with one event must not cost the others behind it
                log.exception("an event could not be handled")

    def on_bus_message(self, channel: bytes, payload: bytes) -> None:
        """The same in a Redis Cluster, whose bus may be late.

        A node that stood still hands on what it has published before, when another one is the
        master already. It may be in no log, or was read from there: the log is the truth. What
        comes first of a channel is how far that is read, so it is not looked for.
        """
        is_stored = payload[:1] != b"\0"
        if is_stored and payload[:MS_DIGITS] < self.store.relay.linked_ms:
            owner = self._owners.get(channel)
            if owner is None:
                return
            if owner.feed.last_id:
                log.debug("the cluster's bus was late with %r", payload[:80])
                self.gaps.heal(owner)
                return
        self.on_message(channel, payload)

    # -- after a lost link -------------------------------------------------------------------

    def hold(self) -> None:
        """After a new link: keep what comes until what was missed has been read."""
        self.gaps.prepare(*self._owners.values())

    def heal(self, then: Callable[[StoreError | None], None]) -> None:
        """Read what each stream holds beyond what was seen; ``then`` is told how it went."""
        self.gaps.read()
        self.gaps.when_healed(then)

    def start_afresh(self) -> None:
        """Redis has lost all streams: what is in them now was not there before."""
        for owner in self._owners.values():
            owner.feed.last_id, owner.feed.added = b"0-0", None
        self.gaps.restart()

    def newest_ms(self) -> int:
        """When the newest event was stored that was told, by Redis' clock then; ms since 1970."""
        return max((id_order(one.feed.last_id)[0] for one in self._owners.values()), default=0)

    def _lost(self, owner: Owner, count: int) -> None:
        """Entries of a stream are not kept any more."""
        if isinstance(owner, LocalRoom):
            self.fanout.tell(list(owner.members), Lost(owner, count))
        elif isinstance(owner, LocalNetwork):
            self.network.missed()
        else:
            self.fanout.tell(list(owner.sessions), Lost(None, count))

    def _gone_back(self, owner: Owner, last_id: bytes) -> None:
        if isinstance(owner, LocalNetwork):
            self.told.forget()
        elif isinstance(owner, LocalRoom):
            owner.bear_witness(last_id)

    def tell_rollback(self, owner: Owner, rollback: Rollback) -> None:
        """Redis has lost what was told last: say so to those to whom it was told."""
        if isinstance(owner, LocalRoom):
            self.fanout.tell(owner.believers(), RolledBack(owner, rollback.lost))
        elif isinstance(owner, LocalUser):
            self.fanout.tell(list(owner.sessions), RolledBack(None, rollback.lost))

    # -- sessions ----------------------------------------------------------------------------

    def attach(self, session: Receiver, key: str, found: Login, account_key: str) -> LocalUser:
        """A session has logged in: its user hears what comes after this point of the stream."""
        user = self.users.get(key)
        if user is None:
            user = LocalUser(key, self.store.keys.user(key), found.uid)
            self.users[key] = user
            self.follow(user)
            user.feed.last_id, user.feed.added = found.last_id, found.added
        user.update(found, account_key)
        if user.uid == session.sid:
            user.uid = session.sid  # a guest's: one string is enough
        user.sessions.append(session)
        session.user = user
        return user

    def detach(self, session: Receiver) -> None:
        """Forget a session; the store is not told here."""
        self.fences.forget(session)
        self.network.forget(session)
        user = session.user
        if user is None:
            return
        session.user = None
        user.sessions.remove(session)
        for room in list(user.rooms.values()):
            room.members.pop(session, None)
            if not user.sessions:
                room.absent.pop(user, None)
                room.prefixes.pop(user, None)
                self._close_if_unused(room)
        if not user.sessions:
            del self.users[user.key]
            self.unfollow(user)

    def enter_rooms(self, session: Receiver, rooms: Iterable[str]) -> None:
        """Put a session into the rooms in which its user already is."""
        for key in rooms:
            self.show_room(session, key)

    # -- rooms -------------------------------------------------------------------------------

    def open_room(self, key: str) -> LocalRoom:
        """The room, followed from before the next act on; it closes when nobody is in it."""
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = LocalRoom(key, self.store.keys.room(key))
            self.follow(room)
        return room

    def close_if_unused(self, key: str) -> None:
        """After a refused join: stop following a room that nobody here is in."""
        room = self.rooms.get(key)
        if room is not None:
            self._close_if_unused(room)

    def _close_if_unused(self, room: LocalRoom) -> None:
        used = room.members or room.absent or self._subscribed[room.channel] > 1
        if not used and self.rooms.pop(room.key, None) is not None:
            self.unfollow(room)

    def move(self, room: LocalRoom, key: str) -> None:
        """Follow a room to its new name, and read there what comes after what was seen."""
        self.fanout.hand_out()
        old, before = room.key, room.feed.before
        self.unfollow(room)
        del self.rooms[old]
        entering = self.rooms.pop(key, None)
        if entering is not None:
            self.unfollow(entering)  # somebody here is about to join under the new name
        users = {one.user for one in room.members if one.user is not None} | room.absent.keys()
        for user in users:
            if user.rooms.pop(old, None) is not None:
                user.rooms[key] = room
        room.key, room.channel = key, self.store.keys.room(key)
        room.feed = Feed()
        room.feed.last_id = before
        self.rooms[key] = room
        self.follow(room)
        if self._subscribed[self.store.keys.room(old)]:
            self.open_room(old)  # and somebody under the old one
        self.gaps.heal(room)

    def baseline(self, room: LocalRoom, snapshot: Snapshot) -> None:
        """A snapshot says how far the room's stream is at this point of the link."""
        room.topic = (snapshot.topic, snapshot.topic_by, snapshot.topic_at)
        letters = (one for one in snapshot.modes if one not in LISTS)
        room.modes = {letter: snapshot.params.get(letter, "") for letter in letters}
        if room.feed.added is None and not room.feed.held:
            room.feed.last_id, room.feed.added = snapshot.last_id, snapshot.added

    def show_room(
        self, session: Receiver, key: str, *, asked: bool = False, then: Then | None = None
    ) -> None:
        """Show a session a room in which its user is.

        ``asked``: it has asked to enter, and waits for the names even if it knows that it is in.
        ``then`` is called when that is done, or cannot be.
        """
        user, room, shown = session.user, self.open_room(key), False
        self.subscribe(room.channel)

        def entered(reply: Pending[Snapshot]) -> None:
            nonlocal shown
            self.unsubscribe(room.channel)
            try:
                self.baseline(room, reply.result())
                if user is not None and session.user is user and reply.result().inside:
                    shown = self._enter(session, user, room, reply.result(), asked, then)
            except StoreUnavailable:
                self.fences.look_when_back(session, key)
            except (StoreError, Refused):
                log.debug("%s cannot be shown", key)
            self._close_if_unused(room)
            if then is not None and not shown:
                then()

        name = user.key if user is not None else ""
        self.store.snapshot(key, name, session.members_on_entry).then(entered)

    def _enter(
        self,
        session: Receiver,
        user: LocalUser,
        room: LocalRoom,
        snapshot: Snapshot,
        asked: bool,
        then: Then | None,
    ) -> bool:
        """A session is in a room in which its user was; whether it is told."""
        known = session in room.members
        if room.key not in user.rooms:
            room.prefixes[user] = "?"  # what it entered with was told to others only
        room.shown = snapshot.name
        user.rooms[room.key] = room
        self.enter(room, session)
        if asked or not known:
            self.fanout.tell([session], Attached(room, snapshot, known, then))
        return asked or not known

    def _look(self, session: Receiver, key: str) -> None:
        self.show_room(session, key, asked=True)

    def enter(self, room: LocalRoom, session: Receiver) -> None:
        """A session enters a room: of what was before it knows what is still so."""
        if room.witnesses and session not in room.members:
            room.witnesses -= {session.sid}
        self.add_member(room, session)

    def add_member(self, room: LocalRoom, session: Receiver) -> None:
        """A session hears the room from here on."""
        if session not in room.members:
            self.fanout.admit(session, room)
            room.members[session] = session.outlet

    def leave(self, room: LocalRoom, name: str) -> None:
        """A user is in the room no more."""
        user = self.users.get(name)
        if user is not None and user.rooms.pop(room.key, None) is not None:
            room.absent.pop(user, None)
            room.prefixes.pop(user, None)
            for session in user.sessions:
                self.fanout.dismiss(session, room)
                room.members.pop(session, None)
                session.session.left(room.key, self.heard.text())
            self._close_if_unused(room)

    # -- events ------------------------------------------------------------------------------

    def apply(self, owner: Owner, payload: bytes) -> None:
        """One event, at its place in the order. An unknown kind is from a newer gateway."""
        if isinstance(owner, LocalUser) and owner.absence is not None:
            owner.absence.own.append(payload)
            return
        event = Event(payload)
        feed = owner.feed
        if event.id:
            feed.before, feed.last_id = feed.last_id, event.id
            if feed.added is not None:
                feed.added += 1
            self.heard.note(owner.channel, event.id)
        if isinstance(owner, LocalNetwork):
            self.network.apply(event)
        elif isinstance(owner, LocalRoom):
            if owner.absent and self._is_of_the_absent(owner, event, payload):
                return
            if event.kind == events.MESSAGE:
                self.fanout.say(event, owner)
            elif event.kind in ROOM_EVENTS:
                applier = ROOM_EVENTS[event.kind]
                if not applier.in_a_row:
                    self.fanout.hand_out()
                applier.apply(self, owner, event)
        elif event.kind == events.MESSAGE:
            self.fanout.deliver(event, owner.sessions)
        elif event.kind in USER_EVENTS:
            USER_EVENTS[event.kind](self, owner, event)

    def _is_of_the_absent(self, room: LocalRoom, event: Event, payload: bytes) -> bool:
        """Keep an event for those who are absent; whether it says that one of them goes or comes.

        Nobody here is told that: in the eyes of this gateway's users they have never left. Who
        does not get the room back is put out of it, and then all are told.
        """
        if event.kind == events.QUIT or event.kind == events.JOIN:
            own = self.users.get(event.name)
            absence = own.absence if own is not None and own.is_from_here(event.sid) else None
            if absence is not None and not absence.replaced:
                return True
        for user in room.absent:
            if user.absence is not None:
                user.absence.keep(room, payload)
        return False
