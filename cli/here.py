"""How far the user has read: told to the server, and kept on this machine.

What scrolls by while nobody sits there is not read. The user is there when they log in, when they
type, and when they leave; then all that was shown is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.errors import ChatError
from cli.client.lookback import partner
from cli.client.session import Session

KEEP_SECONDS: Final = 10.0
"""Between two times that it is written down; the last one is written when the user leaves."""


class Here:
    """Notes what is shown, and says that it is read when the user is there.

    ``keep`` writes a time by the server's clock down. It may raise ChatError: then the line
    between old and new will stand too early, and there is nothing to be done about it.
    """

    def __init__(
        self,
        session: Session,
        keep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._keep = keep
        self._clock = clock
        self._shown: dict[str, tuple[str, float]] = {}
        self._at = 0.0
        self._kept = 0.0
        self._next = 0.0

    def shown(self, events: Sequence[ev.Event]) -> None:
        """Take what is on the screen by now."""
        for event in events:
            self._shown_one(event)
        for event in events:
            if isinstance(event, ev.NewSince):
                self._looked_back(event)

    def _shown_one(self, event: ev.Event) -> None:
        if isinstance(event, ev.Said):
            name = event.target if is_room(event.target) else partner(event)
            at = max(event.at, self._shown.get(folded(name), ("", 0.0))[1])
            self._shown[folded(name)] = name, at
            self._at = max(self._at, event.at)
        elif isinstance(event, ev.NewSince):
            self._at = max(self._at, event.login)

    def _looked_back(self, event: ev.NewSince) -> None:
        """Go on after a login: where not all that is new could be shown, it stays unread."""
        for place in event.places:
            if place.hidden:
                self._shown.pop(folded(place.target), None)
        self.active()

    def active(self) -> None:
        """Take note that the user is there."""
        for name, at in self._shown.values():
            self._session.mark_read(name, at)
        self._shown.clear()
        if self._at > self._kept and self._clock() >= self._next:
            self._write()

    def leaves(self) -> None:
        """Take note that the user leaves by their own will."""
        self._next = 0.0
        self.active()

    def _write(self) -> None:
        self._kept, self._next = self._at, self._clock() + KEEP_SECONDS
        try:
            self._keep(self._at)
        except ChatError:
            return
