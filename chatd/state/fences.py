"""Fences, and what waits until one can be had: the link to Redis is away, or gaps are read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from chatd.state.gaps import Gaps
from chatd.state.local import Receiver
from chatd.store.errors import StoreError
from chatd.store.pending import Pending
from chatd.store.store import Store

PINGS_WAITING = 100
"""PINGs of one session that wait for Redis to come back; of more the oldest get no PONG. With the
standard limits of a flood that is one every second, for more than a minute."""


class Fences:
    """Asks Redis for fences. ``look``: shows a session a room, if its user is in it."""

    def __init__(self, store: Store, gaps: Gaps, look: Callable[[Receiver, str], None]) -> None:
        self._store = store
        self._gaps = gaps
        self._look = look
        self._waiting: dict[Receiver, deque[Callable[[], None]]] = {}
        self._rooms: set[tuple[Receiver, str]] = set()

    @property
    def rooms(self) -> set[tuple[Receiver, str]]:
        """Session and room, folded, where nobody knows whether its user is in it."""
        return self._rooms

    def fence(self) -> Pending[None]:
        """Resolved when all that was acknowledged before has been delivered here, gaps included."""
        fence: Pending[None] = Pending()

        def reached(trip: Pending[None]) -> None:
            if trip.error is not None:
                fence.fail(trip.error)
            else:
                self._gaps.when_healed(healed)

        def healed(error: StoreError | None) -> None:
            if error is not None:
                fence.fail(error)
            else:
                fence.resolve(None)

        self._store.fence().then(reached)
        return fence

    def when_back(self, session: Receiver, then: Callable[[], None]) -> None:
        """Call ``then`` behind a fence when the link is back, in the order of these calls."""
        calls = self._waiting.setdefault(session, deque(maxlen=PINGS_WAITING))
        calls.append(then)

    def look_when_back(self, session: Receiver, room: str) -> None:
        """Nobody knows whether this session's user is in a room: look when the link is back."""
        self._rooms.add((session, room))

    def link_is_back(self) -> None:
        """Gaps are closed: look into rooms, and make the calls that waited."""
        rooms, self._rooms = self._rooms, set()
        for session, room in rooms:
            self._look(session, room)
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

    def forget(self, session: Receiver) -> None:
        """A session is gone."""
        self._waiting.pop(session, None)
        if self._rooms:
            self._rooms = {one for one in self._rooms if one[0] is not session}
