"""When a lost connection is tried again, and what the user is told about it. No I/O.

The next server is tried at once. When all of them failed in turn there is a pause, and each
further round doubles it. A connection that breaks before it worked is a failed try, too: a server
that lets everybody in and closes at once is not asked any faster than one that cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cli.client.dataclass import dataclass

MOST_REASONS: Final = 20
"""Different reasons that are told during one trouble; a server can invent more."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What to do after a failed try.

    ``seconds`` are waited before the next try, 0 for none. ``reason`` is to be told to the user,
    empty when it was told already.
    """

    seconds: float
    reason: str = ""


class Retry:
    """Counts the failed tries since a connection last worked."""

    def __init__(
        self,
        pauses: tuple[float, float],
        chance: Callable[[float, float], float] | None = None,
    ) -> None:
        self._first, self._most = pauses
        self._chance = chance or _uniform
        self._reasons: list[str] = []
        """Of the tries since the last pause."""
        self._breaks = 0
        """How many of these tries were a connection that broke before it worked."""
        self._told: set[str] = set()
        self._pause = self._first
        self._rounds_with_breaks = 0

    def worked(self) -> None:
        """Take note that a connection works: the next pause is the shortest one again."""
        self._reasons.clear()
        self._told.clear()
        self._pause = self._first
        self._breaks = self._rounds_with_breaks = 0

    @property
    def unsteady(self) -> bool:
        """Tell whether logging in means little, as connections broke right after it twice."""
        return self._rounds_with_breaks > 1

    def failed(self, reason: str, servers: int, *, logged_in: bool = False) -> Pause:
        """Take a failed try at one of some servers; return how long to wait before the next one.

        ``logged_in`` tells that the server let us in, and the connection broke before it worked.
        """
        self._reasons.append(reason)
        self._breaks += logged_in
        if len(self._reasons) < servers:
            return Pause(0.0)
        why = "; ".join(dict.fromkeys(self._reasons))
        self._rounds_with_breaks += self._breaks > 0
        # The first break of each connection is told as such.
        told_already = self._breaks == len(self._reasons) and not self.unsteady
        self._reasons.clear()
        self._breaks = 0
        # Not all clients at the same moment.
        seconds = self._pause * self._chance(0.7, 1.0)
        self._pause = min(self._pause * 2, self._most)
        if told_already or why in self._told or len(self._told) >= MOST_REASONS:
            return Pause(seconds)
        self._told.add(why)
        return Pause(seconds, why)


def _uniform(least: float, most: float) -> float:
    from random import uniform  # of no use to most commands

    return uniform(least, most)  # noqa: S311 - it keeps no secret
