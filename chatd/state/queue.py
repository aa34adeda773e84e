"""Passwords wait here for a thread, in an order that is fair.

Who is known comes first, then networks without a wrong password, then the rest. Within a rank
networks take turns. The rest has a thread of its own, which the system runs when nobody else wants
the processor: so guesses take what is left over.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

from chatd.state.attempts import Rank, TooBusy

T = TypeVar("T")

WORKERS: Final = 2
"""Threads for argon2id: each takes one core and 19 MiB for about 22 ms."""
QUEUE: Final = 256
"""Computations of a rank that wait at most, about 6 s on one core: clients wait 15 s for the end of
SASL. Above, the answer is "try again"."""
EACH: Final = {Rank.KNOWN: QUEUE, Rank.UNBLEMISHED: QUEUE // 2, Rank.REST: 8}
"""How many of one network wait at most."""
NICENESS: Final = 19

_Job = tuple["asyncio.Future[Any]", Callable[..., Any], tuple[str, ...]]


class _Turns:
    """What waits in one rank: the networks take turns."""

    def __init__(self) -> None:
        self.count = 0
        self.of: dict[str, deque[_Job]] = {}

    def put(self, network: str, job: _Job) -> None:
        self.of.setdefault(network, deque()).append(job)
        self.count += 1

    def take(self) -> _Job:
        network = next(iter(self.of))
        jobs = self.of.pop(network)
        job = jobs.popleft()
        if jobs:
            self.of[network] = jobs  # behind the others
        self.count -= 1
        return job


class PasswordQueue:
    """Computes passwords in threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="argon2")
        self._last = ThreadPoolExecutor(1, "argon2-last", _be_nice)
        self._waiting = {rank: _Turns() for rank in Rank}
        self._running = {self._pool: 0, self._last: 0}

    async def compute(self, rank: Rank, network: str, function: Callable[..., T], *args: str) -> T:
        """What the function returns. Raises TooBusy."""
        turns = self._waiting[rank]
        if turns.count >= QUEUE or len(turns.of.get(network, ())) >= EACH[rank]:
            raise TooBusy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        turns.put(network, (future, function, args))
        self._start()
        try:
            return await future
        except asyncio.CancelledError:  # by `close`
            raise TooBusy from None

    def _start(self) -> None:
        """Give to the threads that are free what comes next."""
        first, second, rest = self._waiting.values()
        while self._running[self._pool] < WORKERS and (first.count or second.count):
            self._run(self._pool, (first if first.count else second).take())
        if not self._running[self._last] and rest.count:
            self._run(self._last, rest.take())

    def _run(self, pool: ThreadPoolExecutor, job: _Job) -> None:
        future, function, args = job
        self._running[pool] += 1
        running = asyncio.get_running_loop().run_in_executor(pool, function, *args)

        def done(running: asyncio.Future[Any]) -> None:
            self._running[pool] -= 1
            if not future.done():
                if running.cancelled():
                    future.cancel()
                elif (error := running.exception()) is not None:
                    future.set_exception(error)
                else:
                    future.set_result(running.result())
            with suppress(RuntimeError):  # the threads have ended
                self._start()

        running.add_done_callback(done)

    def close(self) -> None:
        """End the threads; who waits is told to try again."""
        for turns in self._waiting.values():
            while turns.count:
                turns.take()[0].cancel()
        for pool in self._running:
            pool.shutdown(wait=False, cancel_futures=True)


def _be_nice() -> None:
    """Run this thread when nobody else wants the processor; on Linux it is one of its own."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
