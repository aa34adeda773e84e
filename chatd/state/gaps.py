"""Reading what was published while nobody listened."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from chatd.state.events import MOVED, RENAMED_USER, id_order
from chatd.state.local import Feed, LocalUser
from chatd.state.replay import SKEW_MS, Gap, Owner, Replay, Rollback
from chatd.store.errors import StoreError, StoreRefusing, StoreUnavailable
from chatd.store.pending import Pending
from chatd.store.store import Store

log = logging.getLogger(__name__)

PAGE = 100
"""Entries in one answer."""
AT_ONCE = 16
"""Pages asked for at one time: 14 MB of the largest records. Redis closes a link to which more than
32 MB have to be sent (``client-output-buffer-limit pubsub``): asked for at once, big gaps would be
asked for again and again.
"""


class Gaps:
    """Hands on what the streams hold, in order, then what came meanwhile, each event once."""

    def __init__(
        self,
        store: Store,
        apply: Callable[[Owner, bytes], None],
        lost: Callable[[Owner, int], None],
        gone_back: Callable[[Owner, bytes], None] = lambda *_: None,
    ) -> None:
        self._store = store
        self._replay = Replay(apply, lost)
        self._lost = lost
        self._gone_back = gone_back
        self.rolled_back: dict[Owner, Rollback] = {}
        """Of which Redis has lost what came last, until `chatd.state.audit` has dealt with it."""
        self.cut: set[Owner] = set()
        """Of which something was not kept, and nobody here knows what it was; until then, too."""
        self._held: list[tuple[Owner, Feed, bytes]] = []
        self._asked = 0
        self._asking = False
        self._queue: deque[Gap] = deque()
        self._error: StoreError | None = None
        self._waiters: list[Callable[[StoreError | None], None]] = []

    @property
    def open(self) -> bool:
        """Whether gaps are being read: answers to questions may overtake events until then."""
        return bool(self._replay.gaps)

    def when_healed(self, then: Callable[[StoreError | None], None]) -> None:
        """Call ``then`` at once, or when the gaps that are being read now are closed.

        It gets the error if they could not be closed.
        """
        if self.open:
            self._waiters.append(then)
        else:
            then(None)

    def heal(self, *owners: Owner) -> None:
        """Start to read gaps; events of these owners are held back until all are closed."""
        self.prepare(*owners)
        self.read()

    def prepare(self, *owners: Owner) -> None:
        """Hold back the events of these owners from now on, until `read` has closed the gaps."""
        if self.open and not (self._asked or self._asking):
            self._error = StoreUnavailable("the link was lost before a gap could be read")
            self._close()
        for owner in owners:
            feed = owner.feed
            if feed.last_id and not feed.held:
                feed.held, feed.first_held = True, b""
                gap = Gap(owner)
                self._replay.gaps.append(gap)
                self._queue.append(gap)

    def restart(self) -> None:
        """Nothing of what was seen is in the streams any more: read all that they hold."""
        self.rolled_back.clear()
        for gap in self._replay.gaps:
            gap.read, gap.counted = b"0-0", None

    def read(self) -> None:
        """Read the gaps that are prepared."""
        self._ask()

    def hold(self, owner: Owner, payload: bytes) -> None:
        """Keep what has been published meanwhile."""
        if not owner.feed.first_held:
            owner.feed.first_held = payload.partition(b"\0")[0]
        self._held.append((owner, owner.feed, payload))

    # -- reading -----------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask for the next pages. Answers may come within the call, so this is a loop."""
        if self._asking:
            return
        self._asking = True
        while self.open:
            while self._queue and self._asked < AT_ONCE:
                self._asked += 1
                self._page(self._queue.popleft())
            if self._asked or self._queue:
                break
            self._advance()
        self._asking = False

    def _page(self, gap: Gap) -> None:
        def read(reply: Pending[list[Any]]) -> None:
            self._asked -= 1
            try:
                self._add_page(gap, *reply.result())
            except StoreError as error:
                self._fail(error)
            self._ask()

        uid = gap.owner.uid if isinstance(gap.owner, LocalUser) else ""
        self._store.gap(gap.stream, gap.read, PAGE, uid).then(read)

    def _add_page(self, gap: Gap, added: int, length: int, follows: bytes, *words: bytes) -> None:
        """Keep the entries of a page until it is known that nothing older is missing."""
        if added < 0:  # the log is somebody else's now, and what was in it is not kept
            self.rolled_back[gap.owner] = Rollback(gap.read, gap.counted)
            gap.complete, gap.counted = True, None
            return
        entries = list(zip(words[::2], words[1::2], strict=True))
        before = added - length  # entries that are not kept any more
        if self._has_gone_back(gap, follows, before, entries):
            self._go_back(gap, follows)
        lost = 0 if gap.counted is None else max(0, before - gap.counted)
        held = id_order(gap.feed.first_held) if gap.feed.first_held else None
        fresh = [pair for pair in entries if held is None or id_order(pair[0]) < held]
        gap.complete = len(entries) < PAGE
        if gap.rollback is not None:  # to count, one has to read to the end
            gap.counted = gap.rollback.count(added, len(entries), len(fresh))
        else:
            if gap.counted is not None:
                gap.counted += lost + len(fresh)
            if gap.complete and len(fresh) == len(entries):
                gap.counted = added
            gap.complete = gap.complete or len(fresh) < len(entries)
        if lost:
            self.cut.add(gap.owner)
            if not fresh:
                self._lost(gap.owner, lost)
        for entry, record in fresh:
            self._replay.add(gap, entry, record, lost)
            lost = 0
        if read := entries if gap.rollback else fresh:
            gap.read = read[-1][0]

    @staticmethod
    def _has_gone_back(
        gap: Gap, follows: bytes, before: int, entries: list[tuple[bytes, bytes]]
    ) -> bool:
        """Whether a stream has lost what was told last, and not only what is too old to be kept.

        Then fewer are not kept than were told. What is left of a log that has another name now is
        one entry, which says so.
        """
        if follows:
            return follows != gap.read
        moved = entries and entries[0][1][:1] in (RENAMED_USER, MOVED)
        return gap.counted is not None and before < gap.counted and not moved

    def _go_back(self, gap: Gap, follows: bytes) -> None:
        """Read on behind what is left."""
        last_id = gap.read
        gap.rollback = self.rolled_back[gap.owner] = Rollback(last_id, gap.counted)
        gap.read, gap.counted = follows or b"0-0", None
        feed = gap.feed
        # its clock may be behind: what comes may have smaller ids than what was told
        feed.last_id = feed.before = gap.read
        feed.added = None
        self._gone_back(gap.owner, last_id)

    def _fail(self, error: StoreError) -> None:
        """The gaps stay open; a new link reads them again, also after one that refuses."""
        if isinstance(error, StoreUnavailable) and not isinstance(error, StoreRefusing):
            log.debug("a gap could not be read yet: %s", error)
            self._error = error
        elif self._error is None:
            # going on would leave the gap open in silence
            log.warning("a gap could not be read: %s", error)
            self._error = StoreUnavailable("a gap could not be read")
            self._store.relay.reset("a gap could not be read")

    # -- telling -----------------------------------------------------------------------------

    def _advance(self) -> None:
        """Hand on what is known of all streams; then read on where too little is known, or end."""
        if self._error is not None:
            self._close()
            return
        unfinished = [gap for gap in self._replay.gaps if not gap.complete]
        if not unfinished:
            self._close()
            return
        known_ms = min(id_order(gap.read)[0] for gap in unfinished)
        self._replay.hand_on_before(known_ms - SKEW_MS)
        self._queue.extend(gap for gap in unfinished if id_order(gap.read)[0] <= known_ms)

    def _close(self) -> None:
        if self._error is None:
            self._replay.finish()
            if any(not gap.complete for gap in self._replay.gaps):
                return  # an event has led to another stream
        gaps, held = self._replay.gaps, self._held
        waiters, error = self._waiters, self._error
        self._replay.clear()
        self._held, self._waiters, self._error = [], [], None
        self._queue.clear()
        for gap in gaps:
            gap.feed.held = False
            if error is None:
                gap.feed.added = gap.counted
        for owner, feed, payload in held if error is None else ():
            entry = payload.partition(b"\0")[0]
            if owner.feed is feed and (not entry or id_order(entry) > id_order(feed.last_id)):
                self._replay.hand_on(owner, payload)
        for then in waiters:
            then(error)
