"""What one gateway does at a time for all: erasing what somebody said, sweeping what is over age.

The job is in Redis, and so is how far it is: when the gateway dies another one goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from chatd.store.chores import Chore
from chatd.store.errors import Refused, StoreError, StoreRejected
from chatd.store.pending import Pending, settled
from chatd.store.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 5.0
"""Seconds after which a gateway asks again whether there is something to do."""
SHARE = 3
"""Of this many parts of the time Redis works for a chore in one."""
PAUSE_S = 0.002
"""Seconds between two acts at least."""
LONGEST_PAUSE_S = 0.005
"""The same at most: an answer that is late because the machine is busy says nothing of Redis."""
SWEEP = "sweep"


class Chores:
    """Does them, one act after the other, each of about 1 ms, and lets others in between."""

    def __init__(
        self, store: Store, is_up: Callable[[], bool] = lambda: True, *, sweeps: bool = True
    ) -> None:
        """``sweeps``: whether it looks for what is over age, too."""
        self._store = store
        self._sweeps = sweeps
        self._is_up = is_up
        self._me = secrets.token_hex(8)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to do: begin at once."""
        self._wake.set()

    async def run(self) -> None:
        """Do what there is to do, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            self._wake.clear()
            if not self._is_up():
                continue
            try:
                while await self.once():
                    pass
            except Refused:
                log.debug("another gateway has taken over what this one did")
            except StoreError as error:
                log.debug("a chore could not be done: %s", error)
            except Exception:
                log.exception("a chore failed")

    async def once(self) -> bool:
        """Do one chore to its end; whether there was one. Raises Refused, StoreError."""
        chore = await settled(self._store.chore(self._me, sweeps=self._sweeps))
        if not chore.id:
            return False
        if chore.log:
            await self._page(chore.id, chore.log)
        else:
            await self._all_logs(chore)
        await self._end(chore.id)
        return True

    async def _all_logs(self, chore: Chore) -> None:
        process = ""
        with contextlib.suppress(StoreRejected):  # this user of Redis may not ask
            process = await settled(self._store.process())
        cursor = chore.cursor if process and chore.process == process else "0"
        while True:
            page = partial(self._store.chore_logs, self._me, chore.id, cursor, process)
            cursor, logs = await self._paced(page)
            if chore.id == SWEEP:
                await self._sweep(logs)
            else:
                for one in logs:
                    await self._page(chore.id, one)
            if cursor == "0":
                return

    async def _page(self, job: str, stream: str, first: str = "-") -> None:
        page = partial(self._store.chore_page, self._me, job, stream, first)
        while not await self._paced(page):
            pass

    async def _sweep(self, logs: list[str]) -> None:
        while logs:
            some = partial(self._store.chore_trim, self._me, logs)
            done, anew = await self._paced(some)
            for at, first in anew:
                await self._page(SWEEP, logs[at], first)
            logs = logs[done:]

    async def _end(self, job: str) -> None:
        start = 0
        while start >= 0:
            end = partial(self._store.chore_end, self._me, job, start)
            following, moved = await self._paced(end)
            for stream in moved:
                await self._page(job, stream)
            start = int(following)

    async def _paced(self, ask: Callable[[], Pending[T]]) -> T:
        asked = time.monotonic()
        answer = await settled(ask())
        took = time.monotonic() - asked
        await asyncio.sleep(min(max(PAUSE_S, took * (SHARE - 1)), LONGEST_PAUSE_S))
        return answer
