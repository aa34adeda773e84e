"""Events in a room."""

from __future__ import annotations

from collections.abc import Callable

from chatd.state import events
from chatd.state.events import Event
from chatd.state.hub import ROOM_EVENTS, Hub, RoomApplier
from chatd.state.local import LocalRoom, Receiver
from chatd.state.notices import Renamed
from chatd.state.values import tell_value
from chatd.wire.casemap import fold
from chatd.wire.modes import BY_LETTER, Kind, changes_of

Tell = Callable[[Hub, LocalRoom, Event, list[Receiver]], None]
Change = Callable[[Hub, LocalRoom, Event], None]


def register(kind: bytes, tell: Tell, then: Change | None = None) -> None:
    """A kind of event: whom it is told, and what it changes afterwards."""

    def apply(hub: Hub, room: LocalRoom, event: Event) -> None:
        tell(hub, room, event, list(room.members))
        if then is not None:
            then(hub, room, event)

    ROOM_EVENTS[kind] = RoomApplier(apply, tell, False)


def everybody(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    """All hear it."""
    hub.fanout.deliver(event, receivers)


def once(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    """It is told in several rooms; each session hears it once."""
    hub.fanout.deliver(event, hub.told.first_time(event, receivers))


# -- who comes and goes --------------------------------------------------------------------------


def _joined(hub: Hub, room: LocalRoom, event: Event) -> None:
    room.shown = event.args[0].decode()
    user = hub.users.get(event.name)
    if user is None or user.absence is not None:
        hub.fanout.say(event, room)
        if room in hub.gaps.rolled_back:
            _tell_prefix(hub, room, event)
        return
    user.rooms[room.key] = room
    if len(event.args) > 3 and event.args[3]:
        room.prefixes[user] = event.args[3].decode()
    else:
        room.prefixes.pop(user, None)
    hub.moves.note(user, room, event.id)
    for session in user.sessions:
        hub.enter(room, session)
    hub.fanout.say(event, room)


def _tell_prefix(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Redis has lost the room, somebody has made it again: no MODE tells those who are in it."""
    prefix = event.args[3].decode()
    if prefix:
        nick = event.source.partition(b"!")[0].decode()
        words = " ".join([f"+{prefix}", *[nick] * len(prefix)])
        modes = events.synthetic_modes(event.source.decode(), room.shown, words)
        hub.fanout.hand_out()
        hub.fanout.deliver(modes, room.believers())


def _returned(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Redis had forgotten that somebody is in the room; nobody was told of a leave."""
    user = hub.users.get(event.name)
    hub.moves.note(user, room, event.id)
    if user is not None and user.absence is None:
        for session in user.sessions:
            if user.rooms.get(room.key) is room:
                hub.add_member(room, session)
            else:
                hub.show_room(session, room.key)  # it has not heard of it either
    if len(event.args) > 1:
        strangers = room.strangers(event.field("entry"))
        event.kind = events.JOIN
        hub.fanout.deliver(event, [one for one in strangers if one.user is not user])


def _parted(hub: Hub, room: LocalRoom, event: Event) -> None:
    hub.fanout.say(event, room)
    hub.moves.note(hub.users.get(event.name), room, event.id)
    hub.leave(room, event.name)


def _left(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Redis had forgotten a PART or KICK; who has not heard of it, hears of it now."""
    user = hub.users.get(event.name)
    inside = user is not None and user.absence is None and user.rooms.get(room.key) is room
    own = user.sessions if user is not None and inside else []
    strangers = room.strangers(event.field("entry"))
    event.kind, event.args = events.PART, event.args[:2]
    hub.fanout.deliver(event, dict.fromkeys((*strangers, *own)))
    if inside:
        hub.leave(room, event.name)


def _quit(hub: Hub, room: LocalRoom, event: Event) -> None:
    # A user who is still here was removed while this gateway was cut off. It comes back with
    # `Presence`, so its own sessions need not hear that it had gone.
    own = hub.users.get(event.name)
    removed = tuple(own.sessions) if own is not None else ()
    if event.args[1:] == [b"1"]:
        hub.fanout.say(event, room, removed)
    else:
        hub.fanout.hand_out()
        others = [member for member in room.members if member not in removed]
        hub.fanout.deliver(event, hub.told.first_time(event, others))


def _kicked(hub: Hub, room: LocalRoom, event: Event) -> None:
    name = event.args[1].decode()
    hub.moves.note(hub.users.get(name), room, event.id)
    hub.leave(room, name)


ROOM_EVENTS[events.JOIN] = RoomApplier(_joined, everybody, True)
ROOM_EVENTS[events.RETURNED] = RoomApplier(_returned, lambda *_: None, False)
ROOM_EVENTS[events.LEFT] = RoomApplier(_left, lambda *_: None, False)
ROOM_EVENTS[events.PART] = RoomApplier(_parted, everybody, True)
ROOM_EVENTS[events.QUIT] = RoomApplier(_quit, once, True)
register(events.KICK, everybody, _kicked)

# -- what is said and changed --------------------------------------------------------------------


def _holders(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    hub.fanout.deliver(event, _called(receivers, event.names()))


def _status(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Its names are looked up: there are fewer of them than members."""
    users = (hub.users.get(name) for name in event.names())
    sessions = (one for user in users if user is not None for one in user.sessions)
    hub.fanout.deliver(event, [one for one in sessions if one in room.members])


def _operators(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    """Who has invited knows it already."""
    hub.fanout.deliver(event, _called(receivers, event.names() - {event.name}))


def _called(receivers: list[Receiver], names: frozenset[str]) -> list[Receiver]:
    """Those who have one of some names."""
    return [one for one in receivers if one.user is not None and one.user.key in names]


def _note_modes(hub: Hub, room: LocalRoom, event: Event) -> None:
    for sign, letter, param in changes_of(event.args[1].decode()):
        kind = BY_LETTER[letter].kind if letter in BY_LETTER else Kind.LIST
        if kind == Kind.PREFIX:
            user = hub.users.get(fold(param))
            if user is not None and user.rooms.get(room.key) is room:
                others = room.prefixes.get(user, "").replace(letter, "")
                room.prefixes[user] = others + letter if sign == "+" else others
        elif kind != Kind.LIST:
            room.modes.pop(letter, None)
            if sign == "+":
                room.modes[letter] = param


def _topic_again(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Redis had forgotten a topic; those who know it need not hear of it again."""
    topic = event.field("topic").decode(), event.source.decode(), int(event.field("at"))
    known, room.topic = room.topic[0], topic
    if known != topic[0]:
        event.kind = events.TOPIC
        hub.fanout.deliver(event, list(room.members))


def _note_topic(hub: Hub, room: LocalRoom, event: Event) -> None:
    room.topic = (event.args[1].decode(), event.source.decode(), event.time_ms // 1000)


register(events.MODES, everybody, _note_modes)
register(events.TOPIC, everybody, _note_topic)
ROOM_EVENTS[events.TOPIC_AGAIN] = RoomApplier(_topic_again, lambda *_: None, False)
for _kind in (events.MULTILINE, events.REDACTION):
    register(_kind, everybody)
for _kind in (events.AWAY, events.REALNAME, events.ACCOUNT):
    register(_kind, once)


def _has_a_new_name(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Who reads the list of members may have read on where the new name belongs."""
    for names in room.listings:
        names.append(event.args[0].decode())


register(events.NICK, once, _has_a_new_name)
ROOM_EVENTS[events.STATUS] = RoomApplier(_status, _holders, False)
register(events.INVITATION, _operators)


def _metadata(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    fresh = hub.told.first_time(event, receivers) if event.spread else receivers
    tell_value(hub, event, fresh)


register(events.METADATA, _metadata)


def _host(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    """Others hear of a new host once, but who is shown a QUIT needs a JOIN for every room."""
    own = hub.users.get(event.name)
    others = [one for one in receivers if own is None or one.user is not own]
    first = hub.told.first_time(event, others)
    hub.fanout.deliver(event, first)
    event.kind = events.HOST_AGAIN
    told = set(first)
    hub.fanout.deliver(event, [one for one in others if one not in told])


register(events.HOST, _host)

# -- a room gets another name --------------------------------------------------------------------


def _moved(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Follow the room to its new name, and read its stream there from what was seen last."""
    if room.members or room.absent:  # else somebody is about to enter what has the old name now
        hub.move(room, event.args[1].decode())


def _renamed(hub: Hub, room: LocalRoom, event: Event) -> None:
    hub.fanout.deliver(event, list(room.members))
    if event.args[1].decode() == room.key:  # else it has yet another name now
        known, room.shown = room.shown, event.args[2].decode()
        hub.fanout.tell(list(room.members), Renamed(room, known, event))


def _renamed_late(hub: Hub, room: LocalRoom, event: Event, receivers: list[Receiver]) -> None:
    hub.fanout.deliver(event, receivers)
    hub.fanout.tell(receivers, Renamed(room, event.args[0].decode(), event))


ROOM_EVENTS[events.MOVED] = RoomApplier(_moved, lambda *_: None, False)
ROOM_EVENTS[events.RENAMED] = RoomApplier(_renamed, _renamed_late, False)
