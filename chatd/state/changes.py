"""Events of extensions: hosts that change, messages taken back, rooms that get another name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.state import events
from chatd.state.events import Event
from chatd.state.local import LocalRoom, LocalUser

if TYPE_CHECKING:
    from chatd.state.hub import Hub


def _host_in_room(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Others hear of a new host once, but who is shown a QUIT needs a JOIN for every room."""
    own = hub.users.get(event.name)
    others = [one for one in room.members if own is None or one.user is not own]
    first = hub.once(event, others)
    hub.fanout.deliver(event, first)
    event.kind = events.HOST_AGAIN
    told = set(first)
    hub.fanout.deliver(event, [one for one in others if one not in told])


def _own_host(hub: Hub, user: LocalUser, event: Event) -> None:
    user.describe(user.nick, event.args[0].decode(), event.args[1].decode())
    event.kind = events.HOST_OWN
    hub.fanout.deliver(event, hub.once(event, user.sessions))
    hub.network.enforce(user)


def _redacted(hub: Hub, room: LocalRoom, event: Event) -> None:
    hub.fanout.deliver(event, list(room.members))


def _own_redacted(hub: Hub, user: LocalUser, event: Event) -> None:
    hub.fanout.deliver(event, list(user.sessions))


def _metadata(hub: Hub, room: LocalRoom, event: Event) -> None:
    members = list(room.members)
    hub.fanout.metadata(event, hub.once(event, members) if event.spread else members)


def _own_metadata(hub: Hub, user: LocalUser, event: Event) -> None:
    hub.fanout.metadata(event, hub.once(event, user.sessions))


def _moved(hub: Hub, room: LocalRoom, event: Event) -> None:
    """Follow the room to its new name, and read its stream there from what was seen last."""
    if room.members:  # without them somebody is about to enter what has the old name now
        hub.move(room, event.args[1].decode())


def _renamed(hub: Hub, room: LocalRoom, event: Event) -> None:
    hub.fanout.deliver(event, list(room.members))
    if event.args[1].decode() == room.key:  # else it has yet another name now
        known, room.shown = room.shown, event.args[2].decode()
        hub.fanout.renamed(list(room.members), room, known, event)


ROOM_EVENTS: dict[bytes, Callable[[Hub, LocalRoom, Event], None]] = {
    events.HOST: _host_in_room,
    events.REDACTION: _redacted,
    events.METADATA: _metadata,
    events.RENAMED: _renamed,
    events.MOVED: _moved,
}
USER_EVENTS: dict[bytes, Callable[[Hub, LocalUser, Event], None]] = {
    events.HOST: _own_host,
    events.REDACTION: _own_redacted,
    events.METADATA: _own_metadata,
}
"""Kinds of events, and who hears of them; those of `chatd.state.hub` beside them."""
