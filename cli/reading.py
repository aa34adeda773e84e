"""``chat history`` and ``chat tail``: what was and is said, for people and for scripts."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from chatd.wire.casemap import is_room
from cli.asked import ask_with
from cli.client import events as ev
from cli.client.asking import Asking
from cli.client.conversation import folded
from cli.client.errors import (
    ChatError,
    LoginRefused,
    NoSuchTarget,
    NotConnected,
    Refused,
    TimedOut,
)
from cli.client.lookback import Lookback
from cli.client.past import Past
from cli.client.session import Session
from cli.ending import warn
from cli.entering import AGAIN_S, BEGINNING, enter, first_room, must_be_there, was_left
from cli.options import Options
from cli.render import Renderer
from cli.signin import refused, sign_in
from cli.transcript import as_json, as_line


def history(
    options: Options, name: str, password: str | None, past: Past, seconds: float, *, json: bool
) -> None:
    """Print what was said; without a target in the room where everybody begins. Raises ChatError.

    A room is entered for it, and left again, unless the user is in it already: the server shows
    what was said in a room to those who are in it.
    """

    async def work(session: Session) -> None:
        await session.ready.wait()  # before that it is not known in which rooms the user is
        past.target = past.target or first_room(session)
        await print_past(session, past, problems, json=json)

    tell, problems = listener(past.target)
    run_session(options, name, password, tell, work, seconds)


def listener(place: str = "") -> tuple[Callable[[ev.Event], None], list[str]]:
    """Make what hears a session of which only answers are wanted, and the problems that it had.

    ``place``: of which all the answers are.
    """
    problems: list[str] = []

    def tell(event: ev.Event) -> None:
        if isinstance(event, ev.Problem):
            problems.append(event.text)
        elif isinstance(event, ev.Gap):
            warn(str(Renderer(place).lines(event)[0]).partition("-- ")[2])

    return tell, problems


async def print_past(session: Session, past: Past, problems: list[str], *, json: bool) -> None:
    """Print what was said; a room is entered for it. Raises ChatError."""
    entered = is_room(past.target) and folded(past.target) not in session.chat.rooms
    if entered:
        await enter(session, past.target, problems)
    while not past.over:
        try:
            await _print_pages(session, past, json=json)
        except (NoSuchTarget, Refused):
            if not was_left(session, past.target):
                raise
            await enter(session, past.target, problems)
    if entered:
        session.leave_again(past.target)


async def _print_pages(session: Session, past: Past, *, json: bool) -> None:
    async for page in pages(session, past):
        for said in page:
            print(as_json(said) if json else as_line(said, place=False))
        sys.stdout.flush()  # a disk that is full is told of here, and not at the exit


async def pages(session: Session, past: Past) -> AsyncIterator[list[ev.Said]]:
    """Yield what was said, page by page, over lost connections. Raises NoSuchTarget, Refused."""
    while not past.over:
        await session.ready.wait()
        if not session.ready.is_set():
            continue  # it was lost again before this went on
        future: asyncio.Future[list[ev.Said] | ChatError] = (
            asyncio.get_running_loop().create_future()
        )
        session.ask(past, future.set_result)
        page = await future
        if isinstance(page, NotConnected):
            await asyncio.sleep(AGAIN_S)
        elif isinstance(page, ChatError):
            raise page
        else:
            yield page


def tail(
    options: Options,
    name: str,
    password: str | None,
    rooms: Sequence[str],
    lines: int,
    *,
    follow: bool,
    json: bool,
) -> None:
    """Print the last lines, and go on with what is said. Raises ChatError.

    ``rooms`` are entered; nothing of other rooms is printed, and nothing private. When there are
    none it is the room in which everybody begins, and all that the user hears.
    """
    only = {folded(room) for room in rooms}
    lookback = Lookback(lines, last=True, rooms=rooms) if lines else None
    view = Renderer("")

    def show(event: ev.Event) -> None:
        if not isinstance(event, ev.Said):
            if isinstance(event, ev.Problem | ev.Gap | ev.Disconnected | ev.Unreachable):
                for line in view.lines(event):
                    warn(line.text.removeprefix("-- "))
        elif not only or folded(event.target) in only:
            print(as_json(event) if json else as_line(event, place=len(only) != 1))
            sys.stdout.flush()

    async def work(session: Session) -> None:
        await session.ready.wait()
        for room in rooms:
            if folded(room) not in session.chat.rooms:
                raise Refused(f"{room} cannot be entered")  # why has been told
        if follow:
            await asyncio.get_running_loop().create_future()

    if rooms:
        _must_be_there(options, name, password, rooms)
    run_session(options, name, password, show, work, None, rooms, lookback, begin=True)


def _must_be_there(options: Options, name: str, password: str | None, rooms: Sequence[str]) -> None:
    """Look for the rooms before they are entered: the session enters them whenever it logs in."""

    async def look(asking: Asking) -> None:
        for room in rooms:
            await must_be_there(asking, room)

    ask_with(options, name, password, LOOK_S, look, device="~tail")


LOOK_S = 30.0
"""Seconds for the look whether a room is there."""


def run_session(
    options: Options,
    name: str,
    password: str | None,
    emit: Callable[[ev.Event], None],
    work: Callable[[Session], Coroutine[Any, Any, None]],
    seconds: float | None,
    rooms: Sequence[str] = (),
    lookback: Lookback | None = None,
    *,
    begin: bool = False,
) -> None:
    """Log in, do the work while the session is served, and leave; SIGTERM and SIGHUP end it.

    Raises what these raise, and TimedOut after ``seconds``.
    """

    async def run() -> None:
        attempt = sign_in(options.state, name, password, options.server_password)
        session = Session(
            attempt.login, options.state.gateways(), emit, rooms=rooms, lookback=lookback
        )
        if begin and not rooms:
            session.begin_in(BEGINNING)
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        await attempt.start_within(session, end)
        try:
            async with asyncio.timeout_at(end):
                await _serve(session, work)
        except TimeoutError:
            raise TimedOut(f"this was not done within {seconds:g} s") from None

    try:
        asyncio.run(run())
    except LoginRefused as error:
        raise refused(error, options.state, name) from None


async def _serve(session: Session, work: Callable[[Session], Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(session.run()), asyncio.create_task(work(session))]
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, tasks[1].cancel)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await session.close()
