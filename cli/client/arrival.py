"""From a fresh login to being there: in all rooms again, and with nothing missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client import tokens
from cli.client.beginning import Beginning, shared_in
from cli.client.checks import number
from cli.client.conversation import folded
from cli.client.lookback import Lookback
from cli.client.recovery import DIRECT, PAGE, Recovery
from cli.client.timing import Timing

TRIES: Final = 6
"""Attempts to enter the rooms after a login, when the server refuses them only for now."""

MAX_PASSED: Final = 100
"""Rooms that are about to be left; more are none of this client."""

_JOIN_REFUSED: Final = frozenset({"403", "405", "471", "473", "474", "475", "476", "477"})
"""Replies that mean that a room cannot be entered."""


class Arrival:
    """Enters the rooms after each login, fetches what was missed, and then calls ``arrived``.

    It sees all events on their way to ``show``: until it is done they wait for those that were
    missed.
    """

    def __init__(
        self,
        rooms: Sequence[str],
        timing: Timing,
        show: Callable[[ev.Event], None],
        arrived: Callable[[], None],
        lookback: Lookback | None = None,
    ) -> None:
        self.away: str | None = None
        """The text with which the user is away, None when they are not."""
        self._wanted = {folded(room): room for room in rooms}
        self._used = set(self._wanted)
        """Rooms that this session is for, and not only the user; folded, as the next ones."""
        self._passed: set[str] = set()
        """Rooms that another session leaves next, which had entered them for one command."""
        self._beginning: Beginning | None = None
        self.home = next(iter(rooms), "")
        """The room where one begins, '' = none."""
        self.shared = ""
        """The room that everybody shares, '' while the server has named none."""
        self._timing = timing
        self._show = show
        self._arrived = arrived
        self._recovery = Recovery()
        self._lookback = lookback
        """Until what was said before the first login is shown."""
        self._login = 0.0
        self.page = PAGE
        """Messages of history that the server gives at once (RPL_ISUPPORT CHATHISTORY)."""
        self._send: Callable[[bytes], None] = _send_nothing
        self._caps: set[str] = set()
        self._fence = ""
        self._in_rooms = self._looking = False
        self._refused_for_now = False
        self._tries = 0
        self._timers: list[asyncio.TimerHandle] = []

    def begin(
        self, send: Callable[[bytes], None], caps: set[str], at: float, *, again: bool
    ) -> None:
        """Start on a new connection, logged in at the server's time ``at``."""
        self._send, self._caps, self._login = send, caps, at
        self._recovery.start_of(DIRECT, at)
        if self._lookback is not None:
            self._recovery.hold()
        elif again:
            self._recovery.begin()
        self._in_rooms = False
        self._passed.clear()
        self._tries = 0
        if self._beginning is None:
            self._enter_rooms()
        else:
            self._later(self._timing.beginning, self._begin_somewhere)

    def stop(self) -> None:
        """Forget the connection; it is gone."""
        self._send, self._in_rooms, self._looking = _send_nothing, False, False
        self._stop_timers()

    def want(self, room: str) -> None:
        """Enter a room the next time."""
        self._wanted[folded(room)] = room

    def use(self, room: str) -> None:
        """Stay in a room when another session leaves it that was there for one command."""
        self._used.add(folded(room))

    def leaves(self, room: str) -> None:
        """Take note that the user leaves a room, which may be on its way already."""
        self._used.discard(folded(room))

    def drop(self, room: str) -> None:
        """Do not enter a room again."""
        self._wanted.pop(folded(room), None)
        self.leaves(room)

    def take(self, message: Message) -> None:
        """Take any line of the server, for what it says about entering rooms and about limits."""
        params = message.params
        if self._beginning is not None:
            for line in self._beginning.take(message, self._caps):
                self._send(line)
            if self._beginning.over:
                self._begin_somewhere()
        if message.command == "PONG" and self._fence and self._fence in params[-1:]:
            self._fence = ""
            self._entered()
        elif message.command in _JOIN_REFUSED and len(params) > 1:
            self.drop(params[1])
        elif message.command == "MARKREAD" and self._lookback is not None:
            self._lookback.mark(message)
            self._recover()
        elif message.command == "005":
            self.shared = shared_in(message) or self.shared
            for name, _, value in (token.partition("=") for token in params[1:-1]):
                if name == "CHATHISTORY":
                    self.page = number(value) or 0

    def reply(self, message: Message, subject: str, for_now: bool) -> bool:
        """Take a FAIL, NOTE or error about the command ``subject``; return if it was for us."""
        if self._recovery.gap(message):
            for gap in self._recovery.gaps():
                self._show(gap)
            return True
        entering = subject in ("JOIN", "AWAY") and not self._in_rooms
        if for_now and entering and self._tries < TRIES:
            self._refused_for_now = True
            return True
        if subject == "MARKREAD":
            if self._lookback is not None and message.command == "FAIL":
                self._lookback.marker_failed()
                self._recover()
            return True
        if subject != "CHATHISTORY" or message.command == "NOTE" or not self._recovery.active:
            return False
        if self._lookback is not None:
            self._lookback.failed(message.params[1], message.params[-1])
            self._recover()
        elif for_now:
            self._later(self._timing.retry_first, self._recover)
        else:
            self._recovery.failed(message.params[-1])
            self._recover()
        return True

    def happened(self, event: ev.Event, *, missed: bool) -> None:
        """Take an event: show it, or keep it until those before it are there."""
        if missed:
            if isinstance(event, ev.Said):
                (self._lookback or self._recovery).found(event)
            elif isinstance(event, ev.Reacted | ev.Redacted):
                self._recovery.meanwhile(event)
            return
        if isinstance(event, ev.Passing):
            if len(self._passed) < MAX_PASSED:
                self._passed.add(folded(event.room))
            return
        if isinstance(event, ev.Joined) and event.own:
            self.want(event.room)
            self._recovery.start_of(event.room, event.at)
        if isinstance(event, ev.RoomRenamed):
            used = folded(event.old) in self._used
            self.drop(event.old)
            self.want(event.new)
            if used:
                self.use(event.new)
            self._recovery.renamed(event.old, event.new)
        if isinstance(event, ev.Left) and event.own:
            self._left(event.room)
        for now in self._recovery.live(event):
            self._show(now)

    def _left(self, room: str) -> None:
        passed, used = folded(room) in self._passed, folded(room) in self._used
        self._passed.discard(folded(room))
        self._recovery.forget(room)
        if passed and used:
            self._send(format_line("JOIN", room))
        else:
            self.drop(room)

    def skipped(self, message: Message) -> None:
        """Take a line of history that says nothing to this user, but counts for the page."""
        (self._lookback or self._recovery).skipped(message)

    def page_over(self) -> None:
        """Take the end of a batch of history."""
        (self._lookback or self._recovery).page_over()
        self._recover()

    def begin_in(self, room: str) -> None:
        """Begin where the server says, or does, or else in a room that it knows."""
        self._beginning = Beginning(room)

    @property
    def decided(self) -> bool:
        """Tell whether it is known where one begins."""
        return self._beginning is None

    def _begin_somewhere(self) -> None:
        """Enter the rooms: it is known where one begins, or nobody says so."""
        if self._beginning is not None:
            self.home = self._beginning.room
            self._beginning = None
            if self.home:
                self.want(self.home)
                self.use(self.home)
            self._stop_timers()
            self._enter_rooms()

    def _enter_rooms(self) -> None:
        self._tries += 1
        self._refused_for_now = False
        self._fence = tokens.token_hex(8)
        for room in self._wanted.values():
            self._send(format_line("JOIN", room))
        if self.away is not None:
            self._send(format_line("AWAY", self.away))
        self._send(format_line("PING", self._fence))

    def _entered(self) -> None:
        if self._refused_for_now:
            self._later(self._timing.retry_first * self._tries, self._enter_rooms)
            return
        history = {"draft/chathistory", "batch"} <= self._caps
        self._looking = self._lookback is not None
        if self._lookback is not None and history:
            markers = "draft/read-marker" in self._caps
            self._lookback.begin(self._wanted.values(), self.page, markers=markers)
        elif self._recovery.active and not history:
            self._recovery.give_up("the server keeps no history")
        if self._recovery.active and history:
            self._later(self._timing.history, self._no_history)
        self._recover()

    def _recover(self) -> None:
        """Ask for the next page; after the last one show all of it."""
        if self._lookback is not None:
            if self._looking:
                self._look_back(self._lookback)
            return
        if self._recovery.active:
            line = self._recovery.request(self.page)
            if line is not None:
                self._send(line)
                return
            for event in self._recovery.finish():
                self._show(event)
        self._over()

    def _look_back(self, lookback: Lookback) -> None:
        """Ask for what was said before the first login; at last show all of it."""
        for line in lookback.requests():
            self._send(line)
        if lookback.active:
            return
        self._lookback, self._looking = None, False
        for event in self._recovery.finish(lookback.finish(self._login), lookback.heard()):
            self._show(event)
        self._over()

    def _over(self) -> None:
        self._stop_timers()
        if not self._in_rooms:
            self._in_rooms = True
            self._arrived()

    def _no_history(self) -> None:
        (self._lookback or self._recovery).give_up("the server does not answer")
        self._recover()

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, do))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _send_nothing(line: bytes) -> None:
    """Send nothing: there is no connection."""
