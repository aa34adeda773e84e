"""How fast one client may send: a token bucket on an injected clock. See `chatd.commands.costs`."""

from __future__ import annotations


class Bucket:
    """Holds up to ``burst`` lines and fills by ``rate`` lines per second; 0 = no limit."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take one line out; False when there is none."""
        if not self._rate or not self._burst:
            return True
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def charge(self, lines: float) -> None:
        """Take more lines out for one that was carried out, as a debt if need be."""
        if self._rate and self._burst:
            self._tokens -= lines

    def give_back(self) -> None:
        """Put a line back that was not carried out."""
        self._tokens += 1

    def wait_s(self) -> float:
        """Seconds until there is a line again."""
        return max(0.0, (1 - self._tokens) / self._rate)
