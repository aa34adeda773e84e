"""Users with sessions here whom Redis has lost: what they would hear is kept until they are back.

In the eyes of the other users of this gateway they have never left, unless somebody else takes the
name or they do not get a room back: then the others hear the QUIT or PART.
"""

from __future__ import annotations

from collections.abc import Callable

from chatd.state import events
from chatd.state.events import Event, id_order
from chatd.state.hub import ROOM_EVENTS, Hub
from chatd.state.local import Absence, LocalRoom, LocalUser, Receiver
from chatd.state.notices import Lost
from chatd.store.errors import StoreError
from chatd.store.login import Login

LOST = "Connection lost"
"""Reason of the QUIT of a user whose gateway died, or was cut off for too long."""


def look_first(hub: Hub, user: LocalUser, lost: Callable[[LocalUser], None]) -> None:
    """Say that a user is lost when its log, which is being read, does not say that it was ended.

    So it is with who was ended when it had just taken another nick.
    """

    def read(error: StoreError | None) -> None:
        if error is None and hub.users.get(user.key) is user:
            lost(user)

    hub.gaps.when_healed(read)


def lose(hub: Hub, user: LocalUser) -> bool:
    """Redis does not know this user now; whether it did until now."""
    if user.absence is not None:
        return False
    hub.fanout.hand_out()
    user.absence = Absence()
    for room in user.rooms.values():
        room.absent[user] = None
        for session in user.sessions:
            hub.fanout.dismiss(session, room)
            room.members.pop(session, None)
    return True


def forgotten(hub: Hub, user: LocalUser, *, told: bool) -> None:
    """Redis has lost that it ever knew this user; ``told``: all have heard a QUIT of the name."""
    lose(hub, user)
    if user.absence is not None:
        user.absence.anew = "joined" if told else "returned"
        user.absence.replaced = user.absence.replaced or told


def came_again(user: LocalUser) -> None:
    """The user has the name from here on: what was said to the name before was not for it."""
    if user.absence is not None:
        user.absence.own.clear()
        user.absence.ended = True


def replaced(hub: Hub, name: str) -> None:
    """Somebody else has a name now: the others here hear that who had it before has gone."""
    user = hub.users.get(name)
    if user is not None:
        give_up(hub, user)


def give_up(hub: Hub, user: LocalUser) -> None:
    """The others here hear the QUIT of a user of whom they were told nothing yet."""
    if user.absence is not None:
        tell_quit(hub, user)


def tell_quit(hub: Hub, user: LocalUser) -> None:
    """The same of a user that was lost, and has no session any more; once."""
    if user.absence is not None:
        if user.absence.replaced:
            return
        user.absence.replaced = True
    others: dict[Receiver, None] = {}
    for room in user.rooms.values():
        others.update(_inside(room))
    hub.fanout.hand_out()
    event = events.synthetic_quit(user.key, user.source, user.account, LOST)
    hub.fanout.deliver(event, [one for one in others if one.user is not user])


def give_back(hub: Hub, user: LocalUser, found: Login, refused: dict[str, str]) -> None:
    """Redis knows the user again: it hears what was kept, of the rooms that it is in.

    ``refused``: rooms, folded, that it is not in any more, and why.
    """
    absence, user.absence = user.absence, None
    if absence is None:
        return
    for room in user.rooms.values():
        room.absent.pop(user, None)
    for room, dropped in absence.dropped.items():
        if room.key not in refused:
            hub.fanout.tell(list(user.sessions), Lost(room, dropped))
    for room, payload in absence.heard:
        if room.key not in refused:
            _tell_late(hub, user, room, Event(payload), away=absence.ended)
    for room in list(user.rooms.values()):
        if room.key in refused:
            put_out(hub, user, room, refused[room.key], others=not absence.replaced)
            continue
        for session in user.sessions:
            hub.add_member(room, session)
    _tell_own(hub, user, absence, found)


def _tell_own(hub: Hub, user: LocalUser, absence: Absence, found: Login) -> None:
    """What was said to the user: while it was away, and since it is back."""
    entries = [(id_order(payload.partition(b"\0")[0]), payload) for payload in absence.own]
    if absence.ended:
        back = id_order(found.last_id)
        for entry, payload in entries:
            if (0, 0) < entry <= back:  # the act that took the user back has said it again
                hub.apply(user, payload)
        user.feed.last_id, user.feed.added = found.last_id, found.added
    for entry, payload in entries:
        if entry > id_order(user.feed.last_id):
            hub.apply(user, payload)


def _tell_late(hub: Hub, user: LocalUser, room: LocalRoom, event: Event, *, away: bool) -> None:
    """An event that happened while the user was absent; its own coming and going is none.

    ``away``: it did not have its name all the time.
    """
    if event.kind in (events.JOIN, events.QUIT) and user.is_from_here(event.sid):
        return
    if away and event.name == user.key and not user.is_from_here(event.sid):
        # somebody else who had the name meanwhile: it would look like the user's own doing
        if event.kind != events.NICK:
            return
        nick, address = event.args[1].decode(), event.source.decode().partition("!")[2]
        event = events.synthetic_join(
            event.args[0].decode(), f"{nick}!{address}", event.account.decode(), room.shown, ""
        )
    if event.kind == events.MESSAGE:
        hub.fanout.deliver(event, user.sessions)
    elif event.kind in ROOM_EVENTS:
        ROOM_EVENTS[event.kind].tell(hub, room, event, list(user.sessions))


def put_out(hub: Hub, user: LocalUser, room: LocalRoom, reason: str, *, others: bool) -> None:
    """The user, who believes to be in a room, is not: tell it, and the ``others`` if they do."""
    event = events.synthetic_part(user.key, user.source, user.account, room.shown, reason)
    hub.fanout.hand_out()
    believers: dict[Receiver, None] = dict.fromkeys(user.sessions)
    if others:
        believers.update(_inside(room))
    hub.fanout.deliver(event, list(believers))
    hub.leave(room, user.key)


def _inside(room: LocalRoom) -> dict[Receiver, None]:
    """The sessions that are in a room, or will be again."""
    found: dict[Receiver, None] = dict.fromkeys(room.members)
    for user in room.absent:
        found.update(dict.fromkeys(user.sessions))
    return found
