"""Reading what was published while nobody listened."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from chatd.state.events import id_order
from chatd.state.local import Feed, LocalRoom, LocalUser, LocalWorld
from chatd.store.errors import StoreError, StoreUnavailable
from chatd.store.pending import Pending
from chatd.store.store import Store

log = logging.getLogger(__name__)
Owner = LocalRoom | LocalUser | LocalWorld

PAGE = 100
"""Entries in one answer."""
AT_ONCE = 16
"""Pages asked for at one time: 14 MB of the largest records. Redis closes a link to which more than
32 MB have to be sent (``client-output-buffer-limit pubsub``): asked for at once, big gaps would be
asked for again and again.
"""


class Gaps:
    """Heals feeds: events of the stream first, in order, then what came meanwhile, each once."""

    def __init__(
        self,
        store: Store,
        apply: Callable[[Owner, bytes], None],
        lost: Callable[[Owner, int], None],
    ) -> None:
        self._store = store
        self._apply = apply
        self._lost = lost
        self._open = 0
        self._asked = 0
        self._asking = False
        self._queue: deque[tuple[Owner, Feed]] = deque()
        self._torn: StoreError | None = None
        self._waiters: list[Callable[[StoreError | None], None]] = []

    @property
    def open(self) -> bool:
        """Whether gaps are being read: answers to questions may overtake events until then."""
        return self._open > 0

    def when_healed(self, then: Callable[[StoreError | None], None]) -> None:
        """Call ``then`` at once, or when the gaps that are being read now are closed.

        It gets the error if one of them could not be closed.
        """
        if self._open:
            self._waiters.append(then)
        else:
            then(None)

    def heal(self, owner: Owner) -> None:
        """Start to read the gap of ``owner``; its events are held back until it is closed."""
        feed = owner.feed
        if not feed.last_id or feed.held is not None:
            return
        feed.held = []
        self._open += 1
        self._queue.append((owner, feed))
        self._ask()

    def _ask(self) -> None:
        """Ask for the next pages. Answers may come within the call, so this is a loop."""
        if self._asking:
            return
        self._asking = True
        while self._queue and self._asked < AT_ONCE:
            owner, feed = self._queue.popleft()
            self._asked += 1
            self._page(owner, feed)
        self._asking = False

    def _page(self, owner: Owner, feed: Feed) -> None:
        def read(reply: Pending[list[Any]]) -> None:
            self._asked -= 1
            if self._take(owner, feed, reply):
                self._queue.append((owner, feed))
            else:
                self._closed()
            self._ask()

        self._store.gap(feed.stream, feed.last_id, PAGE).then(read)

    def _take(self, owner: Owner, feed: Feed, reply: Pending[list[Any]]) -> bool:
        """Apply a page; whether there are more."""
        try:
            added, length, *words = reply.result()
        except StoreError as error:
            self._tear(feed, error)
            return False
        before = int(added) - int(length)  # entries that are not kept any more
        if feed.added is not None and feed.added < before:
            self._lost(owner, before - feed.added)
            feed.added = before
        entries = list(zip(words[::2], words[1::2], strict=True))
        more = len(entries) == PAGE
        if not more:
            feed.added = int(added) - len(entries)
        for entry, record in entries:
            if owner.feed is not feed:
                break  # it has another name, and another stream, from here on
            self._hand_on(owner, entry + b"\0" + record)
        if owner.feed is feed and more:
            return True
        held, feed.held = feed.held or [], None
        newest = id_order(feed.last_id)
        for payload in held:
            entry = payload.partition(b"\0")[0]
            if owner.feed is feed and (not entry or id_order(entry) > newest):
                self._hand_on(owner, payload)
        return False

    def _hand_on(self, owner: Owner, payload: bytes) -> None:
        try:
            self._apply(owner, payload)
        except Exception:  # one bad event must not keep all others waiting
            log.exception("an event could not be handled")

    def _tear(self, feed: Feed, error: StoreError) -> None:
        """A gap stays open; a new link reads it again."""
        feed.held = None
        if isinstance(error, StoreUnavailable):
            log.debug("a gap could not be read yet: %s", error)
            self._torn = error
        else:
            # going on would leave the gap open in silence
            log.warning("a gap could not be read: %s", error)
            self._torn = StoreUnavailable("a gap could not be read")
            self._store.relay.reset("a gap could not be read")

    def _closed(self) -> None:
        self._open -= 1
        if not self._open:
            waiters, self._waiters = self._waiters, []
            torn, self._torn = self._torn, None
            for then in waiters:
                then(torn)
