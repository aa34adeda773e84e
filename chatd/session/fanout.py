"""Events to sessions: each rendering is made once, the same bytes go into every outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from chatd.commands import costs
from chatd.session.connection import Connection
from chatd.session.notices import NOTICES
from chatd.session.outbox import Outboxes
from chatd.session.render import RENDER, render
from chatd.state import events as e
from chatd.state.events import Event
from chatd.state.local import LocalRoom, Receiver
from chatd.state.notices import Notice
from chatd.wire import caps as c

_FOR_OTHERS = {e.AWAY: c.CAP_AWAY_NOTIFY, e.JOIN: c.CAP_AWAY_NOTIFY}
"""Capabilities that count for others only: "Clients SHOULD NOT be sent AWAY messages to notify them
of their own away status", https://ircv3.net/specs/extensions/away-notify
"""


class SessionFanout:
    """The session layer's side of `chatd.state.local.Fanout`."""

    def __init__(self, outboxes: Outboxes) -> None:
        self._outboxes = outboxes
        self.connections: dict[bytes, Connection] = {}
        """Every session of this gateway by its id."""

    def say(self, event: Event, room: LocalRoom, without: tuple[Receiver, ...] = ()) -> None:
        """Write a message, JOIN, PART or QUIT to every member of the room, but to some."""
        if event.kind == e.JOIN and event.args[2]:
            # the own sessions are not told that they are away, so not all get the same
            self.hand_out()
            self.deliver(event, [one for one in room.members if one not in without])
            return
        apart = cast("tuple[Connection, ...]", without)
        origin = self.connections.get(event.sid)
        if origin is None or origin not in room.members or origin in apart:
            self._outboxes.say(event, room, apart)
        elif event.kind == e.MESSAGE or origin.collecting:
            self._outboxes.say(event, room, (origin, *apart))
            self._answer(origin, event)
        else:
            self._outboxes.say(event, room, apart)

    def admit(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to become a member: of what was said until now it hears nothing."""
        self._outboxes.admit(cast("Connection", receiver), room)

    def dismiss(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to be a member no more: of what was said until now it hears all."""
        self._outboxes.catch_up(cast("Connection", receiver))

    def receiver(self, sid: bytes) -> Receiver | None:
        """The session of that id."""
        return self.connections.get(sid)

    def resume(self, receiver: Receiver, sid: str) -> None:
        """A connection goes on with the session of that id."""
        connection = cast("Connection", receiver)
        self.connections.pop(connection.sid.encode(), None)
        connection.session.sid = sid
        self.connections[sid.encode()] = connection

    def hand_out(self) -> None:
        """Hand out what was said until now: what comes next is not for all of one room."""
        self._outboxes.end_run()

    def deliver(self, event: Event, receivers: Iterable[Receiver]) -> None:
        """Write the event to each receiver in its own rendering."""
        function, mask = RENDER[event.kind]
        origin = self.connections.get(event.sid)
        for_others = _FOR_OTHERS.get(event.kind, 0)
        rendered: dict[int, bytes] = {}
        for connection in cast("Iterable[Connection]", receivers):
            if connection is origin:
                self._answer(connection, event)
                continue
            caps = connection.caps & mask
            if for_others and connection.user is not None and connection.user.key == event.name:
                caps &= ~for_others
            line = rendered.get(caps)
            if line is None:
                line = rendered[caps] = function(event, caps)
            if line:
                connection.write(line)

    def _answer(self, connection: Connection, event: Event) -> None:
        """The event is what this very session has asked for."""
        if event.kind in (e.MESSAGE, e.MULTILINE, e.STATUS):
            if event.kind == e.STATUS:
                connection.charge(event.args[-1].count(b" ") / costs.HOLDERS)
            connection.posting.echo(event)
        else:
            connection.answer(render(event, connection.caps & ~_FOR_OTHERS.get(event.kind, 0)))

    def tell(self, receivers: Iterable[Receiver], notice: Notice) -> None:
        """Tell sessions something that is no event."""
        NOTICES[type(notice)](list(cast("Iterable[Connection]", receivers)), notice)
