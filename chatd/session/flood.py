"""How fast one client may send: a token bucket on an injected clock."""

from __future__ import annotations

EVERYBODY = 10
"""Lines that a question about everybody or every room counts for."""
PAGE = 3
"""Lines that a page of history counts for."""

_WIDE = frozenset("*?<>!")

COSTLY = frozenset(("CHATHISTORY", "JOIN", "LIST", "NAMES", "PART", "ROSTER", "WHO"))
"""Commands that can cost more than one line."""


def extra_cost(command: str, params: list[str]) -> int:
    """How many lines a line counts for, beyond itself: what costs Redis more comes less often."""
    first = params[0] if params else ""
    if command == "ROSTER":
        return EVERYBODY - 1
    if command in ("WHO", "LIST") and (first in ("", "0") or not _WIDE.isdisjoint(first)):
        return EVERYBODY - 1
    if command == "CHATHISTORY":
        return PAGE - 1
    return first.count(",") if command in ("JOIN", "PART", "NAMES", "LIST") else 0


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

    def charge(self, lines: int) -> None:
        """Take more lines out for one that was carried out, as a debt if need be."""
        if self._rate and self._burst:
            self._tokens -= lines

    def give_back(self) -> None:
        """Put a line back that was not carried out."""
        self._tokens += 1

    def wait_s(self) -> float:
        """Seconds until there is a line again."""
        return max(0.0, (1 - self._tokens) / self._rate)
