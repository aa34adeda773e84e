"""Reading what was published while nobody listened."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from chatd.state.events import id_order
from chatd.state.local import LocalRoom, LocalUser, LocalWorld
from chatd.store.errors import StoreError, StoreUnavailable
from chatd.store.pending import Pending
from chatd.store.store import Store

log = logging.getLogger(__name__)
Owner = LocalRoom | LocalUser | LocalWorld

MOST = 100_000
"""Entries read for one gap; streams are kept shorter than that."""


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
        self._torn: StoreError | None = None
        self._waiters: list[Callable[[StoreError | None], None]] = []

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
        if not feed.last_id:
            return
        if feed.held is None:
            feed.held = []
        self._open += 1
        pending = self._store.gap(feed.stream, feed.last_id, MOST)
        pending.then(lambda reply: self._finish(owner, reply))

    def _finish(self, owner: Owner, reply: Pending[list[Any]]) -> None:
        feed = owner.feed
        held, feed.held = feed.held or [], None
        try:
            added, *entries = reply.result()
        except StoreUnavailable as error:
            log.info("a gap could not be read yet: %s", error)
            self._torn = error
        except StoreError as error:
            # going on would leave the gap open in silence; a new link reads it again
            log.warning("a gap could not be read: %s", error)
            self._torn = StoreUnavailable("a gap could not be read")
            self._store.relay.reset("a gap could not be read")
        else:
            if feed.added is not None:
                missing = int(added) - feed.added - len(entries) // 2
                if missing > 0:
                    self._lost(owner, missing)
            feed.added = int(added) - len(entries) // 2
            for entry, record in zip(entries[::2], entries[1::2], strict=True):
                self._apply(owner, entry + b"\0" + record)
            newest = id_order(feed.last_id)
            for payload in held:
                entry = payload.partition(b"\0")[0]
                if not entry or id_order(entry) > newest:
                    self._apply(owner, payload)
        finally:
            self._closed()

    def _closed(self) -> None:
        self._open -= 1
        if not self._open:
            waiters, self._waiters = self._waiters, []
            torn, self._torn = self._torn, None
            for then in waiters:
                then(torn)
