"""Letting in some at a time, in the order in which they came."""

from __future__ import annotations

from collections import deque

from chatd.store.pending import Pending


class Limiter:
    """At most some are inside. Who waits is resumed when another leaves, in the same turn."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[Pending[None]] = deque()
        self._admitting = False

    def enter(self) -> Pending[None]:
        """Resolved when there is room; who was let in has to `leave`."""
        pending: Pending[None] = Pending()
        self._waiting.append(pending)
        self._admit()
        return pending

    def leave(self) -> None:
        """Make room for the next."""
        self._free += 1
        self._admit()

    def _admit(self) -> None:
        """Who is let in may leave within the call, and many may: so this is a loop."""
        if self._admitting:
            return
        self._admitting = True
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft().resolve(None)
        self._admitting = False
