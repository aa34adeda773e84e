"""Several streams, replayed as the one sequence that they are parts of.

Redis did one act after the other, but it wrote into many streams. If they were read one by one, a
NICK of the first would be told before the JOIN under the old name of the second, and a QUIT before
the messages that came before it. So what was missed is told by its time, and an act over several
streams is told when it is next in all of them.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from chatd.state.events import NICK, id_order
from chatd.state.local import Feed, LocalNetwork, LocalRoom, LocalUser

log = logging.getLogger(__name__)
Owner = LocalRoom | LocalUser | LocalNetwork

SKEW_MS = 100
"""How far apart the entries of one act can be: a script takes some ms, a clock may be set back."""


class Entry(NamedTuple):
    """One entry of a stream.

    ``order``: ms, then acts over several streams after others, then the number within the ms;
    ``act``: id of an act over several streams, else empty; ``name``: of whoever did it;
    ``lost``: how many entries before it are not kept any more.
    """

    order: tuple[int, bool, int]
    payload: bytes
    act: bytes
    name: bytes
    lost: int


class Rollback:
    """A stream has lost what came last: it is as it was a moment ago, and has gone on from there.

    ``last_id``, ``added``: the newest entry that was told, and `Feed.added`, before that was seen.
    ``lost``: how many of the entries that were told are lost, -1 = nobody knows.
    """

    __slots__ = ("_handed_on", "_new", "added", "last_id", "lost")

    def __init__(self, last_id: bytes, added: int | None) -> None:
        self.last_id = last_id
        self.added = added
        self.lost = -1
        self._new = self._handed_on = 0

    def count(self, added: int, new: int, handed_on: int) -> int:
        """Count how many are lost, with one more page of ``new`` entries behind what is left.

        ``added``: how many the stream has had, up to the newest. What `Feed.added` is, when
        ``handed_on`` of the page have been.
        """
        self._new += new
        self._handed_on += handed_on
        left = added - self._new
        if self.added is not None:
            self.lost = max(1, self.added - left)
        return left + self._handed_on


class Gap:
    """What is known of one stream beyond what was told; ``counted``: `Feed.added` at its end."""

    __slots__ = ("complete", "counted", "entries", "feed", "owner", "read", "rollback", "stream")

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.feed: Feed = owner.feed
        self.stream = owner.stream
        self.entries: deque[Entry] = deque()
        self.read = self.feed.last_id
        """Id of the newest entry read."""
        self.counted = self.feed.added
        self.complete = False
        self.rollback: Rollback | None = None
        """Set when the stream has lost what was told last."""


class Replay:
    """The entries of all gaps that are being read."""

    def __init__(
        self, apply: Callable[[Owner, bytes], None], lost: Callable[[Owner, int], None]
    ) -> None:
        self.gaps: list[Gap] = []
        self._apply = apply
        self._lost = lost
        self._copies: Counter[bytes] = Counter()
        self._renames: dict[bytes, tuple[bytes, int]] = {}
        """New name -> act and ms, of renames that have not been told yet."""

    def add(self, gap: Gap, entry: bytes, record: bytes, lost: int) -> None:
        """One more entry of a stream, in its order."""
        kind, _, act, name, *rest = record.split(b"\0", 7)
        ms, number = id_order(entry)
        if not act and isinstance(gap.owner, LocalNetwork):
            act = entry  # the copies in the rooms name it
        if act:
            self._copies[act] += 1
            if kind == NICK:
                self._renames[rest[2]] = act, ms
        order = ms, act != b"", number
        gap.entries.append(Entry(order, entry + b"\0" + record, act, name, lost))

    def hand_on_before(self, until_ms: float) -> None:
        """Hand on what happened before a moment of which every stream is known."""
        heads = [(gap.entries[0].order, n) for n, gap in enumerate(self.gaps) if gap.entries]
        heapify(heads)
        waiting: dict[bytes, list[int]] = {}
        behind: dict[bytes, list[int]] = {}
        while heads and heads[0][0][0] < until_ms:
            _, number = heappop(heads)
            gap = self.gaps[number]
            act = gap.entries[0].act
            if rename := self._renamed_before(gap):
                behind.setdefault(rename, []).append(number)
                continue
            together = [number]
            if act and self._copies[act] > 1:
                together = waiting.setdefault(act, [])
                together.append(number)
                if len(together) < self._copies[act]:
                    continue
                del waiting[act]
            # what concerns everybody says who is gone before the rooms do
            together.sort(key=lambda one: not isinstance(self.gaps[one].owner, LocalNetwork))
            for one in together:
                self._next(self.gaps[one])
            for one in together + behind.pop(act, []):
                if self.gaps[one].entries:
                    heappush(heads, (self.gaps[one].entries[0].order, one))

    def _renamed_before(self, gap: Gap) -> bytes:
        """The rename, not told yet, to the name of who did what is next; empty when there is none.

        Within one ms the ids of two streams say nothing about what came first.
        """
        first = gap.entries[0]
        act, ms = self._renames.get(first.name, (b"", 0))
        if not act or ms > first.order[0] or any(entry.act == act for entry in gap.entries):
            return b""
        return act

    def finish(self) -> None:
        """Hand on all that is left."""
        self.hand_on_before(float("inf"))
        while left := [gap for gap in self.gaps if gap.entries]:
            # two streams contradict each other: no order fits both
            first = min(left, key=lambda gap: gap.entries[0].order)
            self._next(first)
            self.hand_on_before(float("inf"))

    def _next(self, gap: Gap) -> None:
        entry = gap.entries.popleft()
        if entry.act:
            self._copies[entry.act] -= 1
            if not self._copies[entry.act]:
                del self._copies[entry.act]
                self._renames = {
                    name: rename for name, rename in self._renames.items() if rename[0] != entry.act
                }
        if gap.owner.feed is not gap.feed:
            return  # the owner has another name, and another stream, from an earlier entry on
        if entry.lost:
            self._lost(gap.owner, entry.lost)
            if gap.feed.added is not None:
                gap.feed.added += entry.lost
        self.hand_on(gap.owner, entry.payload)

    def hand_on(self, owner: Owner, payload: bytes) -> None:
        """Apply one event; a bug with it must not keep all others waiting."""
        try:
            self._apply(owner, payload)
        except Exception:
            log.exception("an event could not be handled")

    def clear(self) -> None:
        """Forget everything."""
        self.gaps = []
        self._copies.clear()
        self._renames.clear()
