"""A chat from its beginning to its end, whatever it is shown on and typed into."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.errors import LoginRefused, NameTaken, PasswordRefused, TimedOut
from cli.client.session import Session
from cli.client.spelling import folded
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit, Talk
from cli.folding import Crowd, Folding
from cli.here import Here
from cli.render import Line, Renderer
from cli.settings import Preferences

Show = Callable[[Sequence[Line]], Awaitable[None]]
"""Writes lines to where the user sees them."""


async def talk(
    session: Session,
    events: asyncio.Queue[ev.Event | None],
    target: str,
    typing: Callable[[Talk], Coroutine[None, None, None]],
    show: Show,
    patience: float,
    here: Here | None = None,
    calm: float = 0.0,
    chosen: Preferences | None = None,
) -> None:
    """Show what happens and carry out what is typed, until the user leaves.

    ``events`` is what the session emits. ``typing`` reads the user and returns, or raises Quit,
    when they leave; then what is not acknowledged gets ``patience`` seconds. ``here`` notes what
    is read; ``calm``: see `cli.folding`. Raises TimedOut when some is not sent, or LoginRefused.
    """
    buffers = Buffers(session.chat)
    view = Renderer(target, is_mention=buffers.is_mention)
    showing = asyncio.create_task(_show_all(events, view, buffers, show, here, Folding(calm)))
    serving = asyncio.create_task(session.run())
    surface, there = LineSurface(view, events.put_nowait), partial(_there, buffers, here)
    reading = asyncio.create_task(typing(Talk(session, surface, buffers, COMMANDS, there, chosen)))
    with _ending(reading):
        try:
            tasks = {serving, reading, showing}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await _finish(session, 0.0 if serving.done() else patience)
        finally:
            unsent = session.delivery.pending
            _note_leaving(reading, here)
            await _stop(reading)
            await _stop(serving)
            session.delivery.abandon("you left before it could be sent")
            await session.close(_farewell(reading))
            events.put_nowait(None)
            await showing
    _raise(serving, reading)
    if unsent:
        raise TimedOut(f"{unsent} messages were not sent")


class LineSurface:
    """Lines that scroll by: `cli.commands.talk.Surface` without anything but text."""

    def __init__(self, view: Renderer, tell: Callable[[ev.Event], None]) -> None:
        self._view = view
        self.tell = tell
        self.abilities: dict[str, Callable[[], None]] = {}
        """What a terminal can do besides."""

    @property
    def target(self) -> str:
        """The room or the person that a text without a command goes to."""
        return self._view.target

    @target.setter
    def target(self, name: str) -> None:
        self._view.target = name

    def does(self, what: str, *words: str) -> bool:
        """Do it if the terminal can."""
        able = self.abilities.get(what)
        if able is not None:
            able()
        return able is not None


def _there(buffers: Buffers, here: Here | None) -> None:
    """Take note that the user is there: they have seen what scrolled by."""
    if here is not None:
        here.active()
    for buffer in buffers.order():
        buffers.read(buffer.name)


async def _show_all(
    events: asyncio.Queue[ev.Event | None],
    view: Renderer,
    buffers: Buffers,
    show: Show,
    here: Here | None,
    folding: Folding,
) -> None:
    """Take all events that wait, then write them at once."""
    goes_on = True
    while goes_on:
        taken: list[ev.Event] = []
        goes_on = await _wait(events, taken, folding.wait)
        told: list[ev.Event | Crowd] = []
        for one in taken:
            buffers.take(one)
            _follow(view, one)
            told += folding.take(one)
        if not (goes_on and folding.wait):
            told += folding.over()
        lines = [line for one in told for line in view.lines(one)]
        if lines:
            await show(lines)
        if here is not None:
            here.shown(taken)


def _follow(view: Renderer, event: ev.Event) -> None:
    """Go on with who is called something else now, or a room that is, not with the old name."""
    if isinstance(event, ev.Renamed | ev.RoomRenamed) and folded(event.old) == folded(view.target):
        view.target = event.new


async def _wait(
    events: asyncio.Queue[ev.Event | None], taken: list[ev.Event], seconds: float | None
) -> bool:
    """Wait for events, and take all that are there; return whether there are to be more."""
    try:
        async with asyncio.timeout(seconds):
            event = await events.get()
    except TimeoutError:
        return True
    while event is not None:
        taken.append(event)
        if events.empty():
            return True
        event = events.get_nowait()
    return False


async def _finish(session: Session, patience: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await session.delivery.drain()


def _farewell(reading: asyncio.Task[None]) -> str:
    reason = None if reading.cancelled() else reading.exception()
    return str(reason) if isinstance(reason, Quit) else ""


def _note_leaving(reading: asyncio.Task[None], here: Here | None) -> None:
    """Let ``here`` know that the user left, if they did: nobody reads what a signal ends."""
    if here is not None and reading.done() and not reading.cancelled():
        here.leaves()


def _raise(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        reason = None if task.cancelled() else task.exception()
        if isinstance(reason, NameTaken | PasswordRefused):
            # not as at a login, where a password is asked for: what is typed by now is none
            raise LoginRefused(f"{reason}: log in again with the one that it has now") from None
        if reason is not None and not isinstance(reason, Quit):
            raise reason


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


class _ending:  # noqa: N801 - reads as a statement
    """Let SIGTERM and SIGHUP end the reading, as if the user had left."""

    def __init__(self, reading: asyncio.Task[None]) -> None:
        self._reading = reading
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._reading.cancel)

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.remove_signal_handler(number)
