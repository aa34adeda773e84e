"""Waiting for many coroutines at a time."""

from __future__ import annotations

import logging

from chatd.store.errors import StoreError
from chatd.store.pending import Pending

log = logging.getLogger(__name__)


class Countdown(Pending[None]):
    """Resolved when all of some coroutines have ended; fails with the first StoreError of them."""

    __slots__ = ("_error", "_left")

    def __init__(self, count: int) -> None:
        super().__init__()
        self._left = count
        self._error: StoreError | None = None

    def one_less(self, error: BaseException | None) -> None:
        """One has ended; what it raised."""
        if isinstance(error, StoreError):
            self._error = self._error or error
        elif error is not None:
            log.error("a session could not come back", exc_info=error)
        self._left -= 1
        if self._left:
            return
        if self._error is not None:
            self.fail(self._error)
        else:
            self.resolve(None)
