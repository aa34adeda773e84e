"""Whether the server is still there: when to ask it, and when to give it up. No I/O.

A connection on which something is owed, or at which somebody sits, is asked soon. One that nobody
looks at is asked seldom.
"""

from __future__ import annotations

from typing import Final

from cli.client.timing import Timing

MOST: Final = 16
"""Questions under way of which the time is known."""

LONGER: Final = 4.0
"""So many times the last round trip an answer may take, on a line that is slow."""


class Watch:
    """Looks after one connection. Times are seconds by any clock that only goes forward."""

    def __init__(self, timing: Timing, now: float, there_until: float = 0.0) -> None:
        self._timing = timing
        self.there_until = there_until
        self._heard = now
        self._owed: float | None = None
        """Since when something was sent and nothing has come."""
        self._asked: float | None = None
        self._pings: dict[str, float] = {}
        self.lag: float | None = None
        """Seconds of the last round trip."""

    def sent(self, line: bytes, now: float) -> None:
        """Take note of lines that go out."""
        if line.startswith(b"PONG "):
            return
        if self._owed is None:
            self._owed = now
        if line.startswith(b"PING ") and len(self._pings) < MOST:
            token = line[5:].rstrip(b"\r\n").removeprefix(b":")
            self._pings[token.decode("utf-8", "replace")] = now

    def heard(self, now: float) -> None:
        """Take note that something came."""
        self._heard, self._owed, self._asked = now, None, None

    def answered(self, token: str, now: float) -> None:
        """Take a PONG."""
        at = self._pings.pop(token, None)
        if at is not None:
            self.lag = now - at

    def attended(self, now: float) -> None:
        """Take note that the user is there."""
        self.there_until = now + self._timing.there

    def asked(self, now: float) -> None:
        """Take note that the server is asked."""
        self._asked = now

    @property
    def is_asked(self) -> bool:
        """Tell whether it was asked and has said nothing since."""
        return self._asked is not None

    @property
    def due(self) -> float:
        """When it is to be asked, or after that, when it is to be given up."""
        timing = self._timing
        if self._asked is not None:
            return self._asked + max(timing.answer, LONGER * (self.lag or 0.0))
        seldom = self._heard + timing.idle
        often = max(self._heard + timing.quiet, self.there_until - timing.there)
        due = often if often < self.there_until else seldom
        return due if self._owed is None else min(due, self._owed + timing.owed)
