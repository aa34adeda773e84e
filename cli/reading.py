"""``chat history`` and ``chat tail``: what was and is said, for people and for scripts."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import click

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client import events as ev
from cli.client.checks import check_target
from cli.client.conversation import folded
from cli.client.errors import ChatError, LoginRefused, NotConnected, Refused, TimedOut
from cli.client.lookback import Lookback
from cli.client.past import Past
from cli.client.session import Session
from cli.options import Options
from cli.render import Renderer
from cli.signin import refused, sign_in
from cli.transcript import as_json, as_line

AGAIN_S = 0.5
"""Before a page is asked for again that the server could not give just then."""


def history(
    options: Options, name: str, password: str | None, past: Past, seconds: float, *, json: bool
) -> None:
    """Print what was said. Raises ChatError.

    A room is entered for it, and left again, unless the user is in it already: the server shows
    what was said in a room to those who are in it.
    """
    check_target(past.target)

    async def work(session: Session) -> None:
        await session.ready.wait()  # before that it is not known in which rooms the user is
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
        await _enter(session, past.target, problems)
    async for page in pages(session, past):
        for said in page:
            print(as_json(said) if json else as_line(said, place=False))
        sys.stdout.flush()  # a disk that is full is told of here, and not at the exit
    if entered:
        session.part(past.target)


async def pages(session: Session, past: Past) -> AsyncIterator[list[ev.Said]]:
    """Yield what was said, page by page, over lost connections. Raises NoSuchTarget, Refused."""
    while not past.over:
        await session.ready.wait()
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


async def _enter(session: Session, room: str, problems: list[str]) -> None:
    while folded(room) not in session.chat.rooms:
        problems.clear()
        await session.ready.wait()
        with contextlib.suppress(NotConnected):
            session.join(room)
            await session.fence()
            if problems:
                raise Refused(f"{room} cannot be entered: {problems[-1]}")


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
    for room in rooms:
        check_target(room)
        if not is_room(room):
            raise Refused(f"{room} is no room: room names begin with #")
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
        if follow:
            await asyncio.get_running_loop().create_future()

    run_session(options, name, password, show, work, None, rooms or ["#global"], lookback)


def run_session(
    options: Options,
    name: str,
    password: str | None,
    emit: Callable[[ev.Event], None],
    work: Callable[[Session], Coroutine[Any, Any, None]],
    seconds: float | None,
    rooms: Sequence[str] = (),
    lookback: Lookback | None = None,
) -> None:
    """Log in, do the work while the session is served, and leave; SIGTERM and SIGHUP end it.

    Raises what these raise, and TimedOut after ``seconds``.
    """

    async def run() -> None:
        attempt = sign_in(options.state, name, password, options.server_password)
        session = Session(
            attempt.login, options.state.gateways(), emit, rooms=rooms, lookback=lookback
        )
        try:
            async with asyncio.timeout(seconds):
                await attempt.start(session)
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


def warn(text: str) -> None:
    """Tell something on stderr."""
    click.echo(f"chat: {printable(text)}", err=True)
