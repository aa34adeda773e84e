"""One write per client and turn of the loop: what is due leaves together.

Messages of one room that follow each other are kept as one run. At its end the run is joined once
for each set of capabilities, and every member's outbox gets the same bytes object, however many
messages it holds. A session that has something of its own to hear meanwhile leaves the run: it gets
what the run holds so far, and from then on each message by itself. So nobody's order changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from chatd.session.render import RENDER
from chatd.state.events import MESSAGE, Event
from chatd.state.local import LocalRoom

if TYPE_CHECKING:
    from chatd.session.session import Session

_WRITE, _MASK = RENDER[MESSAGE]


class Run:
    """Messages of one room in a row. ``apart``: members who get theirs one by one."""

    __slots__ = ("apart", "events", "room")

    def __init__(self, room: LocalRoom) -> None:
        self.room = room
        self.events: list[Event] = []
        self.apart: dict[Session, None] = {}


class Outboxes:
    """Flushes the sessions that were written to in this turn of the loop, at its end."""

    __slots__ = ("_dirty", "_loop", "_scheduled", "run")

    def __init__(self) -> None:
        self._dirty: list[Session] = []
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self.run: Run | None = None

    def mark(self, session: Session) -> None:
        """The session has its first waiting line of this turn."""
        self._dirty.append(session)
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self.end_run()
        self._scheduled = False
        dirty, self._dirty = self._dirty, []
        for session in dirty:
            session.flush()

    # -- runs --------------------------------------------------------------------------------

    def say(self, event: Event, room: LocalRoom, origin: Session | None) -> None:
        """A message to all members of a room; its sender, if here, gets it by itself."""
        run = self.run
        if run is None or run.room is not room:
            self.end_run()
            run = self.run = Run(room)
            if not self._scheduled:
                self._schedule()
        if origin is not None and origin in room.members:
            self.leave_run(origin)
        run.events.append(event)
        for session in run.apart:
            if session is not origin:
                session.queue(_WRITE(event, session.caps & _MASK))

    def leave_run(self, session: Session) -> None:
        """Give a session what the run holds for it: something of its own comes next."""
        run = self.run
        if run is None or session in run.apart or session not in run.room.members:
            return
        run.apart[session] = None
        caps = session.caps & _MASK
        session.queue(b"".join([_WRITE(event, caps) for event in run.events]))

    def end_run(self) -> None:
        """Hand the run to the outboxes: before who is in the room changes, and at the end."""
        run, self.run = self.run, None
        if run is None:
            return
        joined: dict[int, bytes] = {}
        apart = run.apart
        for session in cast("Iterable[Session]", run.room.members):
            if session in apart:
                continue
            caps = session.caps & _MASK
            data = joined.get(caps)
            if data is None:
                data = joined[caps] = b"".join([_WRITE(event, caps) for event in run.events])
            session.take(data)
