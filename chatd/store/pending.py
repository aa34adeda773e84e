"""A reply that has not come yet, resumed in the very order of the wire.

An ``asyncio.Future`` wakes its waiter in a later turn of the loop; by then events that Redis sent
after the reply may have been written to clients, and a list of names could overtake a PART that it
does not know. A `Pending` calls its one callback at once, so that replies and events keep the order
in which Redis produced them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Pending(Generic[T]):
    """One expected reply. Await it in a coroutine driven by `drive`, or set ``callback``."""

    __slots__ = ("callback", "convert", "done", "error", "value")

    def __init__(self, convert: Callable[[Any], T] | None = None) -> None:
        self.done = False
        self.value: T | None = None
        self.error: Exception | None = None
        self.convert = convert
        self.callback: Callable[[Pending[T]], None] | None = None

    def resolve(self, raw: Any) -> None:
        """Take the reply, convert it, and call back at once."""
        try:
            self.value = self.convert(raw) if self.convert is not None else raw
        except Exception as error:
            self.error = error
        self._finish()

    def fail(self, error: Exception) -> None:
        """End without a reply."""
        self.error = error
        self._finish()

    def _finish(self) -> None:
        self.done = True
        callback, self.callback = self.callback, None
        if callback is not None:
            try:
                callback(self)
            except Exception:  # a bug in one handler must not cost the others their replies
                log.exception("a reply could not be handled")

    def then(self, callback: Callable[[Pending[T]], None]) -> None:
        """Call back when it is done, at once if it is already."""
        if self.done:
            callback(self)
        else:
            self.callback = callback

    def result(self) -> T:
        """The converted reply; raises what it ended with."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]

    def __await__(self) -> Generator[Any, None, T]:
        if not self.done:
            yield self
        return self.result()


def failed(error: Exception) -> Pending[Any]:
    """A reply that is an error from the start."""
    pending: Pending[Any] = Pending()
    pending.error = error
    pending.done = True
    return pending


def called_back(start: Callable[[Callable[[Exception | None], None]], None]) -> Pending[None]:
    """What calls back in the end, with an error or None, as something to wait for."""
    pending: Pending[None] = Pending()

    def done(error: Exception | None) -> None:
        if error is not None:
            pending.fail(error)
        else:
            pending.resolve(None)

    start(done)
    return pending


def at_most(seconds: float, pending: Pending[Any]) -> Pending[None]:
    """Resolved when ``pending`` has ended in whatever way, and after some seconds in any case."""
    either: Pending[None] = Pending()
    timer = asyncio.get_running_loop().call_later(seconds, either.resolve, None)

    def ended(_: Pending[Any]) -> None:
        timer.cancel()
        if not either.done:
            either.resolve(None)

    pending.then(ended)
    return either


async def settled(pending: Pending[T]) -> T:
    """Wait for ``pending`` from an ordinary asyncio task (no order is promised)."""
    if not pending.done:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake(_: Pending[T]) -> None:
            if not future.done():
                future.set_result(None)

        pending.callback = wake
        await future
    return pending.result()


Done = Callable[[BaseException | None], None]


def drive(coro: Coroutine[Any, Any, None], done: Done) -> None:
    """Run ``coro`` without a task: it is resumed inside the callback of what it awaits.

    It may await a `Pending` or an asyncio future (a thread's result). ``done`` gets what it
    raised, or None; when nothing has to be waited for that happens before `drive` returns.
    """
    _Driven(coro, done).step()


class _Driven:
    """A coroutine under way.

    It is no closure: one that hands itself on as a callback refers to itself, and what it knows, a
    command and its answer, would stay until the garbage collector comes by.
    """

    __slots__ = ("_coro", "_done")

    def __init__(self, coro: Coroutine[Any, Any, None], done: Done) -> None:
        self._coro = coro
        self._done = done

    def step(self, _: object = None) -> None:
        """Go on to the next thing that has to be waited for."""
        try:
            waited = self._coro.send(None)
        except StopIteration:
            self._done(None)
            return
        except BaseException as error:
            self._done(error)
            if not isinstance(error, Exception):
                raise
            return
        if isinstance(waited, Pending):
            waited.callback = self.step
        elif asyncio.isfuture(waited):
            waited._asyncio_future_blocking = False
            waited.add_done_callback(self.step)
        else:
            self._coro.close()
            self._done(TypeError(f"cannot wait for {waited!r}"))


async def completed(coro: Coroutine[Any, Any, None]) -> None:
    """Wait in an ordinary asyncio task for a coroutine that `drive` runs; raises what it raised."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def done(error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(None)

    drive(coro, done)
    await future
