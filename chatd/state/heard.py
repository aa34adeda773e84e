"""How far the connections of a gateway have heard, as one moment on Redis' clock.

A gateway hears all logs over one link, in the order in which Redis wrote them. So one moment says
how far each was heard: all before that millisecond and nothing behind it, and of the millisecond
itself, in which several logs may have entries, which number each has reached. As text: milliseconds
since 1970, then for each such log its key and the number, with spaces between.

A client acknowledges nothing. Its kernel does: what that has taken is what a session has heard.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import reduce

from chatd.store.login import NEW
from chatd.store.pending import Pending
from chatd.store.store import Store

MOMENT_S = 0.005
"""Between two moments of which it is remembered how far was told then."""
MOMENTS = 400
"""How many of them: what a client takes to acknowledge something, and more."""

_MS_DIGITS = 13
"""Of the milliseconds that an id begins with, until the year 2286; ``-`` and the number follow."""

Entry = tuple[int, int]
"""Id of an entry: milliseconds, and the number within."""


class Heard:
    """How far this gateway has told its connections what it heard."""

    __slots__ = (
        "_earlier", "_ms", "_newest", "_reached", "_said", "_store", "_text", "clock", "told",
        "wanted",
    )  # fmt: skip

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ms = self._newest = b""
        self._reached: dict[str, bytes] = {}
        self._text = self._said = ""
        self.told = ""
        """`text` when all of it had been written to the clients, '' = nothing has been."""
        self._earlier: deque[tuple[float, str]] = deque(maxlen=MOMENTS)
        """When something was told lately, and how far; s, as `clock` counts."""
        self.clock: Callable[[], float] = time.monotonic
        self.wanted = False
        """Whether there has been a session that another gateway may have to go on with."""

    def note(self, channel: str, entry: bytes) -> None:
        """An entry of a log has been told."""
        if not self.wanted:
            self._newest = entry
            return
        ms = entry[:_MS_DIGITS]
        if ms == self._ms:
            self._reached[channel] = entry
        elif ms > self._ms:  # as text: both have as many digits
            self._ms = ms
            self._reached = {channel: entry}
        else:
            return
        self._text = ""

    def want(self) -> None:
        """There is a session that another gateway may have to go on with: note from now on."""
        if not self.wanted:
            self.wanted = True
            if self._newest:
                self.at_least(int(self._newest[:_MS_DIGITS]))

    def at_least(self, now_ms: int) -> None:
        """All that was stored before that moment has been told."""
        ms = b"%d" % now_ms
        if ms > self._ms:
            self._ms, self._reached, self._text = ms, {}, ""

    def text(self) -> str:
        """How far, '' = not known yet."""
        if not self._text:
            words = [self._ms.decode()]
            for channel, entry in self._reached.items():
                words += (channel, entry[_MS_DIGITS + 1 :].decode())
            self._text = " ".join(words)
        return self._text

    def written(self) -> None:
        """What was told until now has been written to the clients: say so in Redis.

        Should this gateway die, others go on from there. What is written and not noted is told
        again, so the note leaves in the turn of the loop in which all was written.
        """
        if not self.wanted:
            return
        self.told = self.text()
        now, earlier = self.clock(), self._earlier
        if not earlier or now - earlier[-1][0] >= MOMENT_S:
            earlier.append((now, self.told))
        if self.told != self._said:
            self._said = self.told
            self._store.note_heard(self.told).then(self._noted)

    def told_before(self, ago_s: float) -> str:
        """How far was told so many seconds ago; '' = that was too long ago."""
        if not ago_s:
            return self.told
        moment = self.clock() - ago_s
        return next((told for at, told in reversed(self._earlier) if at <= moment), "")

    def _noted(self, reply: Pending[object]) -> None:
        if reply.error is not None:
            self._said = ""


def latest(one: str, other: str) -> str:
    """The later of two moments, each '' = not known, `NEW` = nothing was heard yet."""
    if not other or other == NEW:
        return one or other
    return other if one == NEW or one.partition(" ")[0] < other.partition(" ")[0] else one


def earliest(one: str, other: str) -> str:
    """The earlier of two moments, as above; '' if one is not known."""
    return "" if not (one and other) else one if latest(one, other) == other else other


class LeftOff:
    """How far other connections have heard, of which one may be dead: each gateway tells it."""

    __slots__ = ("_heard", "_missing", "told")

    def __init__(self, gateways: int) -> None:
        self._missing = gateways
        self._heard: list[str] = []
        self.told: Pending[None] = Pending()
        """Resolved when all have answered."""

    def add(self, heard: str) -> None:
        """A gateway answers, '' = it does not know."""
        self._heard.append(heard)
        if len(self._heard) == self._missing:
            self.told.resolve(None)

    def earliest(self, noted: str) -> str:
        """How far the one has heard that has heard least. ``noted``: as Redis knows it."""
        all_told = len(self._heard) >= self._missing and all(self._heard)
        known = [heard for heard in self._heard if heard]
        return reduce(earliest, known if all_told else [noted, *known])


def next_entry(heard: str, channel: str) -> Entry:
    """The first entry of a log that was not heard. ``heard``: as above; ValueError: it is not."""
    ms, *reached = heard.split(" ")
    numbers = dict(zip(reached[::2], reached[1::2], strict=True))
    number = numbers.get(channel)
    return (int(ms), 0 if number is None else int(number) + 1)
