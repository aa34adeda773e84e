"""One write per client and turn of the loop: what is due leaves together.

What happens in one room in a row is kept as one run: what is said, who comes and who goes. At its
end the run is joined once for each set of capabilities, and every member's outlet gets the same
bytes object, however much it holds. A session that has something of its own to hear meanwhile first
gets what the run holds for it; from then on its place in the run is behind that, as is the place of
one that has come into the room in the middle of the run. So nobody's order changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol, cast

from chatd.session.outlet import Outlet, spread, write_out
from chatd.session.render import RENDER
from chatd.state.events import JOIN, MESSAGE, PART, QUIT, Event
from chatd.state.local import LocalRoom, Receiver

log = logging.getLogger(__name__)

SPREAD_CAPS: Final = RENDER[MESSAGE][1] | RENDER[JOIN][1] | RENDER[PART][1] | RENDER[QUIT][1]
"""Capabilities that change the bytes of what a run may hold."""


class Member(Receiver, Protocol):
    """A session, as it hears what happens in a room."""

    caps: int

    @property
    def outlet(self) -> Outlet:
        """Where its lines wait for the end of the turn."""

    def queue(self, data: bytes) -> None:
        """Write lines behind all that waits, but for what the run holds."""


class Run:
    """What happens in one room in a row.

    ``since``: how many of the events a member has had by itself, or missed; 0 for who is not in it.
    """

    __slots__ = ("_lines", "events", "room", "since")

    def __init__(self, room: LocalRoom) -> None:
        self.room = room
        self.events: list[Event] = []
        self.since: dict[Member, int] = {}
        self._lines: dict[int, list[bytes]] = {}

    def whole(self, caps: int) -> bytes:
        """All events, for clients with these capabilities."""
        return self.text(caps, 0)

    def text(self, caps: int, start: int) -> bytes:
        """The events from one on, for clients with these capabilities."""
        lines = self._lines.get(caps)
        if lines is None:
            lines = self._lines[caps] = []
        for event in self.events[len(lines) :]:
            write, mask = RENDER[event.kind]
            try:
                lines.append(write(event, caps & mask))
            except Exception:  # a bug with one event must not cost the others behind it
                log.exception("an event could not be written")
                lines.append(b"")
        return b"".join(lines[start:])


class Outboxes:
    """Flushes the outlets that were written to in this turn of the loop, at its end."""

    __slots__ = ("_dirty", "_loop", "_scheduled", "flushed", "run")

    def __init__(self) -> None:
        self._dirty: list[Outlet] = []
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self.run: Run | None = None
        self.flushed: Callable[[], None] | None = None
        """Told at the end of each turn in which something was written."""

    def mark(self, outlet: Outlet) -> None:
        """The outlet has its first waiting line of this turn."""
        self._dirty.append(outlet)
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        self.end_run()
        dirty, self._dirty = self._dirty, []
        for outlet in write_out(dirty):
            if outlet.owner is not None:
                try:
                    outlet.owner.flush()
                except Exception:  # a bug with one session must not cost the others their lines
                    log.exception("a session could not be written to")
        if self.flushed is not None:
            self.flushed()

    # -- runs --------------------------------------------------------------------------------

    def say(self, event: Event, room: LocalRoom, apart: Iterable[Member]) -> None:
        """An event to all members of a room but those apart: they get it by themselves, or not."""
        run = self.run
        if run is None or run.room is not room:
            self.end_run()
            run = self.run = Run(room)
            if not self._scheduled:
                self._schedule()
        for session in apart:
            self.catch_up(session)
        run.events.append(event)
        for session in apart:
            run.since[session] = len(run.events)

    def admit(self, session: Member, room: LocalRoom) -> None:
        """A session is about to become a member: what is said from here on is for it too."""
        run = self.run
        if run is not None and run.room is room:
            run.since[session] = len(run.events)

    def catch_up(self, session: Member) -> None:
        """Give a session what the run holds for it: something of its own comes next."""
        run = self.run
        if run is None or session not in run.room.members:
            return
        start = run.since.get(session, 0)
        if start < len(run.events):
            run.since[session] = len(run.events)
            session.queue(run.text(session.caps & SPREAD_CAPS, start))

    def end_run(self) -> None:
        """Hand the run to the outboxes: when something else happens, and at the end."""
        run, self.run = self.run, None
        if run is None:
            return
        members = cast("dict[Member, Outlet]", run.room.members)
        texts: dict[int, bytes] = {}
        for outlet in spread(members, run.since, texts, run.whole, self._dirty):
            if outlet.owner is not None:
                outlet.owner.queue(texts[outlet.caps])
        for session, start in run.since.items():
            if session in members:
                session.queue(run.text(session.caps & SPREAD_CAPS, start))
