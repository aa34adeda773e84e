"""Trying the addresses of a server: the next one beside one that hangs, and who answers first wins.

A gateway that is frozen still takes connections, so one that says nothing for a moment is not
waited for alone. What it was sent until then is no secret but for the server that it has to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, Protocol, TypeVar

from cli.client.connection import Server
from cli.client.errors import NotConnected
from cli.client.timing import Timing

T = TypeVar("T")


class Addresses(Protocol):
    """Where a server is reached; `next` is asked in turn."""

    @property
    def all(self) -> list[Server]:
        """All of them."""

    def next(self) -> Server:
        """Return the one whose turn it is."""


class Unreached(NotConnected):
    """Some addresses were tried, each without success; ``errors``: in the order of their ends."""

    errors: Sequence[NotConnected] = ()

    @classmethod
    def after(cls, errors: Sequence[NotConnected]) -> Unreached:
        """Sum up what happened."""
        unreached = cls("; ".join(dict.fromkeys(map(str, errors))))
        unreached.errors = errors
        return unreached


class Try(Generic[T]):
    """One address that is tried. Whoever tries it calls `heard` at the first sign of life."""

    def __init__(
        self, server: Server, at: float, attempt: Callable[[Try[T]], Coroutine[Any, Any, T]]
    ) -> None:
        self.server = server
        self.alive = False
        self.at = at
        """When it was begun, and then when it gave its last sign of life."""
        self.task = asyncio.create_task(attempt(self))

    def heard(self) -> None:
        """Take note that somebody is there."""
        self.alive, self.at = True, asyncio.get_running_loop().time()

    def patience(self, timing: Timing) -> float:
        """Return when another one is begun beside it."""
        return self.at + (timing.slow if self.alive else timing.beside)


async def reach(
    addresses: Addresses,
    attempt: Callable[[Try[T]], Coroutine[Any, Any, T]],
    discard: Callable[[T], None],
    timing: Timing,
) -> T:
    """Try the address whose turn it is, and while none answers further ones beside it.

    Each is tried once at most; ``discard`` takes what a second one has reached just then. Raises
    Unreached when all that were begun have failed; what else one raises ends the others.
    """
    tries: list[Try[T]] = []
    errors: list[NotConnected] = []
    now = asyncio.get_running_loop().time
    most, more = len(addresses.all), True
    try:
        while tries or not errors:
            if not tries or (more and tries[-1].patience(timing) <= now()):
                tries.append(Try(addresses.next(), now(), attempt))
            more = len(tries) + len(errors) < most
            wait = max(tries[-1].patience(timing) - now(), 0.0) if more else None
            running = {one.task for one in tries}
            await asyncio.wait(running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for one in [one for one in tries if one.task.done()]:
                tries.remove(one)
                try:
                    return one.task.result()
                except NotConnected as error:
                    errors.append(error)
        raise Unreached.after(errors)
    finally:
        for one in tries:
            _give_up(one.task, discard)


async def try_all(addresses: Addresses, attempt: Callable[[], Awaitable[T]]) -> T:
    """Make an attempt again until each address was tried once. Raises Unreached."""
    errors: list[NotConnected] = []
    while len(errors) < len(addresses.all):
        try:
            return await attempt()
        except Unreached as unreached:
            errors += unreached.errors
    raise Unreached.after(errors)


_GIVEN_UP: set[asyncio.Task[Any]] = set()
"""They close their connections while others go on."""


def _give_up(task: asyncio.Task[T], discard: Callable[[T], None]) -> None:
    """Let one end by itself; what comes of it is nobody's."""

    def over(task: asyncio.Task[T]) -> None:
        _GIVEN_UP.discard(task)
        if not task.cancelled() and task.exception() is None:
            discard(task.result())

    task.cancel()
    _GIVEN_UP.add(task)
    task.add_done_callback(over)
