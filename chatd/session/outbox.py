"""One write per client and turn of the loop: what is due leaves together."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Flushable(Protocol):
    """A session with lines waiting."""

    def flush(self) -> None:
        """Hand all waiting lines to the socket in one write."""


class Flusher:
    """Flushes the sessions that were written to in this turn of the loop, at its end."""

    __slots__ = ("_dirty", "_loop")

    def __init__(self) -> None:
        self._dirty: list[Flushable] = []
        self._loop = asyncio.get_running_loop()

    def mark(self, session: Flushable) -> None:
        """The session has its first waiting line of this turn."""
        if not self._dirty:
            self._loop.call_soon(self._flush)
        self._dirty.append(session)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for session in dirty:
            session.flush()
