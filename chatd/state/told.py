"""Each session hears an event once, although it is told in several rooms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from chatd.state.events import Event
from chatd.state.local import Receiver

REMEMBERED_EVENTS = 1024
"""Events over several rooms that are remembered."""
REMEMBERED_RECEIVERS = 250_000
"""Receivers of all of them together, about 26 MB; the latest event is remembered in any case."""


class Told:
    """Who has had which event, of the latest ones."""

    def __init__(self) -> None:
        self._events: OrderedDict[bytes, set[Receiver]] = OrderedDict()
        self._receivers = 0

    @property
    def receivers(self) -> int:
        """How many are remembered, of all events together."""
        return self._receivers

    def first_time(self, event: Event, receivers: Iterable[Receiver]) -> list[Receiver]:
        """Those who have not had this event yet. From now on they have had it."""
        told = self._events.get(event.event_id)
        if told is None:
            told = self._events[event.event_id] = set()
        fresh = [receiver for receiver in receivers if receiver not in told]
        told.update(fresh)
        self._receivers += len(fresh)
        while len(self._events) > REMEMBERED_EVENTS or (
            self._receivers > REMEMBERED_RECEIVERS and len(self._events) > 1
        ):
            self._receivers -= len(self._events.popitem(last=False)[1])
        return fresh

    def forget(self) -> None:
        """Redis has lost what came last: other events may have the same ids."""
        self._events.clear()
        self._receivers = 0
