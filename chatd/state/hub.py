"""Who on this gateway hears what: applies Redis' events, in their order, to local sessions."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable

from chatd.state import changes, events
from chatd.state.events import Event
from chatd.state.gaps import Gaps
from chatd.state.local import Fanout, Feed, LocalNetwork, LocalRoom, LocalUser, Receiver
from chatd.state.network import Network
from chatd.state.replay import Owner
from chatd.store.errors import Refused, StoreError, StoreUnavailable
from chatd.store.login import Login
from chatd.store.pending import Pending
from chatd.store.rooms import Snapshot
from chatd.store.store import Store
from chatd.wire.casemap import fold

log = logging.getLogger(__name__)

REMEMBERED_SPREAD = 1024
"""Events over several rooms remembered, so that each session gets one of them once."""
REMEMBERED_RECEIVERS = 250_000
"""Receivers of all of them together, about 26 MB; the latest event is remembered in any case."""

WAITING_CALLS = 100
"""PINGs of one session that wait for Redis to come back; with the standard limits of a flood that
is one every second, for more than a minute."""


class Hub:
    """The gateway's rooms and users, and the channels that it follows for them."""

    def __init__(self, store: Store, fanout: Fanout) -> None:
        self.store = store
        self.fanout = fanout
        self.rooms: dict[str, LocalRoom] = {}
        self.users: dict[str, LocalUser] = {}
        self.gaps = Gaps(store, self._apply, self._lost)
        self._subscribed: Counter[str] = Counter()
        self._owners: dict[bytes, Owner] = {}
        self._spread: OrderedDict[bytes, set[Receiver]] = OrderedDict()
        self._spread_size = 0
        self._waiting: dict[Receiver, deque[Callable[[], None]]] = {}
        self.network = Network(self, store)
        self._unsure: set[tuple[Receiver, str]] = set()

    # -- channels ----------------------------------------------------------------------------

    def pin(self, channel: str) -> None:
        """Hear a channel until `unpin`, from before whatever is called next."""
        self._subscribed[channel] += 1
        if self._subscribed[channel] == 1:
            self.store.relay.subscribe(channel)

    def unpin(self, channel: str) -> None:
        """The reverse of one `pin`."""
        self._subscribed[channel] -= 1
        if not self._subscribed[channel]:
            del self._subscribed[channel]
            self.store.relay.unsubscribe(channel)

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
                self._apply(owner, record)
            except Exception:  # a bug with one event must not cost the others behind it
                log.exception("an event could not be handled")

    def heal_all(self) -> None:
        """After a new link: read what each stream holds beyond what was seen."""
        self.gaps.heal(*self._owners.values())
        self.gaps.when_healed(lambda _: self._make_sure())
        self.go_on_waiting()

    def _make_sure(self) -> None:
        unsure, self._unsure = self._unsure, set()
        for session, key in unsure:
            self._follow(session, key)

    def go_on_waiting(self) -> None:
        """Call what waits for Redis, behind a fence."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return

        def reached(fence: Pending[None]) -> None:
            for session, calls in waiting.items():
                for then in calls:
                    if session.user is None:
                        break
                    if fence.error is None:
                        then()
                    else:
                        self.when_back(session, then)  # the link was lost once more

        self.fence().then(reached)

    def fence(self) -> Pending[None]:
        """Resolved when all that was acknowledged before has been delivered here, gaps included."""
        fence: Pending[None] = Pending()

        def reached(trip: Pending[None]) -> None:
            if trip.error is not None:
                fence.fail(trip.error)
            else:
                self.gaps.when_healed(healed)

        def healed(error: StoreError | None) -> None:
            if error is not None:
                fence.fail(error)
            else:
                fence.resolve(None)

        self.store.fence().then(reached)
        return fence

    def when_back(self, session: Receiver, then: Callable[[], None]) -> None:
        """Call ``then`` behind a fence when the link is back, in the order of the calls.

        Of one session the last `WAITING_CALLS` count.
        """
        calls = self._waiting.get(session)
        if calls is None:
            calls = self._waiting[session] = deque(maxlen=WAITING_CALLS)
        calls.append(then)

    def unsure(self, session: Receiver, key: str) -> None:
        """Nobody knows whether this session's user is in a room: look when the link is back."""
        self._unsure.add((session, key))

    def _lost(self, owner: Owner, count: int) -> None:
        if isinstance(owner, LocalRoom):
            self.fanout.lost(list(owner.members), owner, count)
        elif isinstance(owner, LocalNetwork):
            self.network.lost()
        else:
            self.fanout.lost(list(owner.sessions), None, count)

    # -- sessions ----------------------------------------------------------------------------

    def attach(self, session: Receiver, key: str, found: Login, account_key: str) -> LocalUser:
        """A session has logged in: its user is here from this very point of the stream on."""
        user = self.users.get(key)
        if user is None:
            user = LocalUser(key, self.store.keys.user(key))
            user.feed.last_id, user.feed.added = found.last_id, found.added
            self.users[key] = user
            self.own(user)
        user.describe(found.nick, found.user, found.host)
        user.realname, user.away, user.since_ms = found.realname, found.away, found.since_ms
        user.account, user.account_key = found.account, account_key
        user.modes = found.modes
        user.sessions.append(session)
        session.user = user
        return user

    def enter_rooms(self, session: Receiver, rooms: Iterable[str]) -> None:
        """Put a session into the rooms in which its user already is."""
        for key in rooms:
            self._follow(session, key)

    def detach(self, session: Receiver) -> None:
        """Forget a session; the store is not told here."""
        self._waiting.pop(session, None)
        if self._unsure:
            self._unsure = {one for one in self._unsure if one[0] is not session}
        self.network.forget(session)
        user = session.user
        if user is None:
            return
        session.user = None
        user.sessions.remove(session)
        for room in list(user.rooms.values()):
            room.members.pop(session, None)
            if not user.sessions:
                self._close_if_unused(room)
        if not user.sessions:
            del self.users[user.key]
            self._disown(user)

    def own(self, owner: Owner) -> None:
        """Follow a channel from now on."""
        self.pin(owner.channel)
        self._owners[owner.channel.encode()] = owner

    def _disown(self, owner: Owner) -> None:
        del self._owners[owner.channel.encode()]
        self.unpin(owner.channel)

    # -- rooms -------------------------------------------------------------------------------

    def open_room(self, key: str) -> LocalRoom:
        """The room, followed from before the next act on; it closes when nobody is in it."""
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = LocalRoom(key, self.store.keys.room(key))
            self.own(room)
        return room

    def close_if_unused(self, key: str) -> None:
        """After a refused join: stop following a room that nobody here is in."""
        room = self.rooms.get(key)
        if room is not None:
            self._close_if_unused(room)

    def _close_if_unused(self, room: LocalRoom) -> None:
        unused = not room.members and self._subscribed[room.channel] == 1
        if unused and self.rooms.pop(room.key, None) is not None:
            self._disown(room)

    def move(self, room: LocalRoom, key: str) -> None:
        """Follow a room to its new name, and read there what comes after what was seen."""
        self.fanout.settle()
        old, before = room.key, room.feed.before
        self._disown(room)
        del self.rooms[old]
        entering = self.rooms.pop(key, None)
        if entering is not None:
            self._disown(entering)  # somebody here is about to join under the new name
        for member in room.members:
            if member.user is not None and member.user.rooms.pop(old, None) is not None:
                member.user.rooms[key] = room
        room.key, room.channel = key, self.store.keys.room(key)
        room.feed = Feed(room.channel + ":log")
        room.feed.last_id = before
        self.rooms[key] = room
        self.own(room)
        if self._subscribed[self.store.keys.room(old)]:
            self.open_room(old)  # and somebody under the old one
        self.gaps.heal(room)

    def baseline(self, room: LocalRoom, snapshot: Snapshot) -> None:
        """A snapshot says how far the room's stream is at this point of the link."""
        if room.feed.added is None and not room.feed.held:
            room.feed.last_id, room.feed.added = snapshot.last_id, snapshot.added

    def _follow(self, session: Receiver, key: str) -> None:
        user = session.user
        if user is None:
            return
        room = self.open_room(key)
        self.pin(room.channel)

        def entered(reply: Pending[Snapshot]) -> None:
            self.unpin(room.channel)
            try:
                snapshot = reply.result()
            except (StoreError, Refused) as error:
                if isinstance(error, StoreUnavailable):
                    self.unsure(session, key)
                self._close_if_unused(room)
                return
            self.baseline(room, snapshot)
            if snapshot.inside and session.user is user and session not in room.members:
                room.shown = snapshot.name
                user.rooms[key] = room
                self._add_member(room, session)
                self.fanout.attached(session, room, snapshot)
            self._close_if_unused(room)

        self.store.snapshot(key, user.key, session.members_on_entry).then(entered)

    # -- events ------------------------------------------------------------------------------

    def _apply(self, owner: Owner, payload: bytes) -> None:
        """One event, at its place in the order."""
        event = Event(payload)
        feed = owner.feed
        if event.id:
            feed.before, feed.last_id = feed.last_id, event.id
            if feed.added is not None:
                feed.added += 1
        # A kind that is not known is from a newer gateway, during an upgrade.
        if isinstance(owner, LocalNetwork):
            self.network.apply(event)
        elif isinstance(owner, LocalRoom):
            if event.kind == events.MESSAGE:
                self.fanout.say(event, owner)
            elif event.kind in _ROOM_EVENTS:
                if event.kind not in _IN_A_ROW:
                    self.fanout.settle()
                _ROOM_EVENTS[event.kind](self, owner, event)
        elif event.kind == events.MESSAGE:
            self.fanout.deliver(event, owner.sessions)
        elif event.kind in _USER_EVENTS:
            _USER_EVENTS[event.kind](self, owner, event)

    def once(self, event: Event, receivers: Iterable[Receiver]) -> list[Receiver]:
        """Those who have not had this event through another room yet."""
        told = self._spread.get(event.event_id)
        if told is None:
            told = self._spread[event.event_id] = set()
        fresh = [receiver for receiver in receivers if receiver not in told]
        told.update(fresh)
        self._spread_size += len(fresh)
        while len(self._spread) > REMEMBERED_SPREAD or (
            self._spread_size > REMEMBERED_RECEIVERS and len(self._spread) > 1
        ):
            self._spread_size -= len(self._spread.popitem(last=False)[1])
        return fresh

    def _on_join(self, room: LocalRoom, event: Event) -> None:
        room.shown = event.args[0].decode()
        user = self.users.get(event.name)
        if user is None:
            self.fanout.say(event, room)
            return
        user.rooms[room.key] = room
        # Who comes back after the gateway was cut off has never left, in the own eyes.
        back = tuple(session for session in user.sessions if session in room.members)
        for session in user.sessions:
            self._add_member(room, session)
        self.fanout.say(event, room, back)

    def _add_member(self, room: LocalRoom, session: Receiver) -> None:
        if session not in room.members:
            self.fanout.admit(session, room)
            room.members[session] = session.outlet

    def _on_part(self, room: LocalRoom, event: Event) -> None:
        self.fanout.say(event, room)
        self._leave(room, event.name)

    def put_out(self, user: LocalUser, room: LocalRoom, reason: str) -> None:
        """The user, who believes to be in a room, is not: tell the own sessions."""
        event = events.synthetic_part(user.key, user.source, user.account, room.shown, reason)
        self.fanout.settle()
        self.fanout.deliver(event, list(user.sessions))
        self._leave(room, user.key)

    def _leave(self, room: LocalRoom, name: str) -> None:
        user = self.users.get(name)
        if user is not None and user.rooms.pop(room.key, None) is not None:
            for session in user.sessions:
                self.fanout.dismiss(session, room)
                room.members.pop(session, None)
            self._close_if_unused(room)

    def _on_quit(self, room: LocalRoom, event: Event) -> None:
        # A user who is still here was removed while this gateway was cut off. It comes back
        # with `Presence`, so its own sessions need not hear that it had gone.
        own = self.users.get(event.name)
        removed = tuple(own.sessions) if own is not None else ()
        if event.args[1:] == [b"1"]:
            self.fanout.say(event, room, removed)
        else:
            self.fanout.settle()
            others = [member for member in room.members if member not in removed]
            self.fanout.deliver(event, self.once(event, others))

    def _on_spread(self, room: LocalRoom, event: Event) -> None:
        self.fanout.deliver(event, self.once(event, room.members))

    def _on_change(self, room: LocalRoom, event: Event) -> None:
        self.fanout.deliver(event, list(room.members))

    def _on_kick(self, room: LocalRoom, event: Event) -> None:
        self.fanout.deliver(event, list(room.members))
        self._leave(room, event.args[1].decode())

    def _on_invitation(self, room: LocalRoom, event: Event) -> None:
        names = event.names() - {event.name}
        self.fanout.deliver(event, _called(room, names))

    def _on_status(self, room: LocalRoom, event: Event) -> None:
        self.fanout.deliver(event, _called(room, event.names()))

    # -- events of a user --------------------------------------------------------------------

    def _own_invited(self, user: LocalUser, event: Event) -> None:
        self.fanout.deliver(event, list(user.sessions))

    def _own_nick(self, user: LocalUser, event: Event) -> None:
        new, nick = event.args[0].decode(), event.args[1].decode()
        user.describe(nick, user.user, user.host)
        if new != user.key:
            self._rekey(user, new, event)
        self.fanout.deliver(event, self.once(event, user.sessions))
        self.network.enforce(user)

    def _rekey(self, user: LocalUser, new: str, event: Event) -> None:
        """Follow the channel of the new name; what came before we heard it is in its stream."""
        self._disown(user)
        del self.users[user.key]
        user.key, user.channel = new, self.store.keys.user(new)
        user.feed = Feed(user.channel + ":log")
        user.feed.last_id = b"%d-18446744073709551615" % (event.time_ms - 1)
        self.users[new] = user
        self.own(user)
        self.gaps.heal(user)

    def _own_away(self, user: LocalUser, event: Event) -> None:
        user.away = event.args[0].decode()
        self.fanout.deliver(event, self.once(event, user.sessions))

    def _own_realname(self, user: LocalUser, event: Event) -> None:
        user.realname = event.args[0].decode()
        self.fanout.deliver(event, self.once(event, user.sessions))

    def _own_account(self, user: LocalUser, event: Event) -> None:
        user.account = event.args[0].decode()
        user.account_key = fold(user.account)
        self.fanout.deliver(event, self.once(event, user.sessions))
        self.network.enforce(user)

    def _own_message(self, user: LocalUser, event: Event) -> None:
        self.fanout.deliver(event, list(user.sessions))

    def _own_modes(self, user: LocalUser, event: Event) -> None:
        user.modes = event.args[1].decode()
        self.fanout.deliver(event, list(user.sessions))

    def _own_kill(self, user: LocalUser, event: Event) -> None:
        for session in list(user.sessions):
            self.fanout.killed(session, event)

    def _own_join(self, user: LocalUser, event: Event) -> None:
        """Another session of this user, on another gateway, entered a room."""
        key = event.args[0].decode()
        for session in user.sessions:
            room = self.rooms.get(key)
            if room is None or session not in room.members:
                self._follow(session, key)


def _called(room: LocalRoom, names: frozenset[str]) -> list[Receiver]:
    """The members of a room who have one of some names."""
    return [one for one in room.members if one.user is not None and one.user.key in names]


_IN_A_ROW = frozenset((events.JOIN, events.PART, events.QUIT))
"""Kinds that many of come at a time, which are handed out together."""
_ROOM_EVENTS: dict[bytes, Callable[[Hub, LocalRoom, Event], None]] = {
    events.JOIN: Hub._on_join,
    events.PART: Hub._on_part,
    events.QUIT: Hub._on_quit,
    events.TOPIC: Hub._on_change,
    events.MULTILINE: Hub._on_change,
    events.MODES: Hub._on_change,
    events.KICK: Hub._on_kick,
    events.INVITATION: Hub._on_invitation,
    events.STATUS: Hub._on_status,
    events.NICK: Hub._on_spread,
    events.AWAY: Hub._on_spread,
    events.REALNAME: Hub._on_spread,
    events.ACCOUNT: Hub._on_spread,
    **changes.ROOM_EVENTS,
}
_USER_EVENTS: dict[bytes, Callable[[Hub, LocalUser, Event], None]] = {
    events.NICK: Hub._own_nick,
    events.AWAY: Hub._own_away,
    events.REALNAME: Hub._own_realname,
    events.ACCOUNT: Hub._own_account,
    events.JOINED_ELSEWHERE: Hub._own_join,
    events.INVITED: Hub._own_invited,
    events.USER_MODES: Hub._own_modes,
    events.MULTILINE: Hub._own_message,
    **changes.USER_EVENTS,
    events.KILL: Hub._own_kill,
}
