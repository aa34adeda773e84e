"""``chat send``: messages from a script, each acknowledged before the command returns."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError, NoSuchTarget, NotConnected, Refused, TimedOut
from cli.client.outgoing import Lines, Sent, multiline, split
from cli.client.session import Session
from cli.entering import enter, was_left
from cli.signin import SignIn


@dataclass(frozen=True, slots=True)
class Item:
    """One message, with its idempotency key; ``lines``: see `cli.client.outgoing.multiline`."""

    text: str
    key: str
    lines: Lines = ()


def messages(text: str, key: str, name: str, target: str) -> list[Item]:
    """Cut a text into messages.

    One message has ``key`` itself; of several lines each has the number of its line behind it, so
    that the same input gives the same keys.
    """
    lines = text.rstrip("\r\n").split("\n")
    if len(lines) == 1:
        return line_of(text, key, name, target)
    numbered = enumerate(lines, 1)
    return [item for at, line in numbered for item in line_of(line, f"{key}.{at}", name, target)]


def line_of(line: str, key: str, name: str, target: str) -> list[Item]:
    """Cut one line into messages; those behind the first have their number in their keys."""
    pieces = enumerate(split(line, name, target), 1)
    return [Item(piece, f"{key}/{part}" if part > 1 else key) for part, piece in pieces]


def as_one(text: str, key: str, name: str, target: str) -> list[Item]:
    """Make one message of all lines of a text, or none of a blank one."""
    lines = multiline(text, name, target)
    if not any(line.strip() for line, _ in lines):
        return []
    return [Item(text, key, lines)] if len(lines) > 1 else [Item(lines[0][0], key)]


class Problems:
    """Takes a session's events: keeps what went wrong, and warns of doubled messages."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.texts: list[str] = []
        self.online: set[str] = set()
        """Who was said to be online, folded."""
        self.news = asyncio.Event()
        """Set when somebody comes online, and when the connection is another."""
        self._warn = warn

    def __call__(self, event: ev.Event) -> None:
        """Take one event."""
        if isinstance(event, ev.Problem):
            self.texts.append(event.text)
        elif isinstance(event, ev.MayArriveTwice):
            from cli.words import twice  # it is seldom wanted

            self._warn(twice(event))
        elif isinstance(event, ev.Online):
            self.online.update(map(folded, event.nicks))
            self.news.set()
        elif isinstance(event, ev.Connected):
            self.news.set()


class Sender:
    """Sends messages with a started session, one after the other.

    ``seconds``: for each, until it is acknowledged. ``wait``: seconds for which a user of whom
    nobody knows is waited for; None = not at all. ``create``: a room that is not there.
    """

    def __init__(
        self, session: Session, problems: Problems, target: str, seconds: float,
        wait: float | None = None, *, create: bool = False,
    ) -> None:  # fmt: skip
        self._session = session
        self._problems = problems
        self._target = target
        self._seconds = seconds
        self._wait = wait
        self._create = create
        self._entered = False

    async def send(self, item: Item, retry: str) -> Sent:
        """Send one message; ``retry``: its id, or that of all, in the sentence about a retry.

        A room is entered for it, unless the user is in it already. Raises NoSuchTarget, Refused,
        TimedOut, NotConnected.
        """
        session = self._session
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._deliver(item)
            except TimeoutError:
                # after a reconnection a session waits longer than that for one who is not back
                if not session.delivery.give_up(self._target):
                    raise no_answer(session, self._seconds, retry) from None
                nobody = NoSuchTarget(f"there is no user {self._target}")
            except NoSuchTarget as error:
                nobody = error
            if self._wait is None or is_room(self._target):
                raise nobody
            await self._appearance(nobody, self._wait)

    def leave(self) -> None:
        """Leave the room that was entered."""
        if self._entered and self._session.connected:
            self._session.leave_again(self._target)

    async def _deliver(self, item: Item) -> Sent:
        while True:
            await self._enter()
            try:
                return await self._session.delivery.deliver(
                    self._target, item.text, item.key, item.lines
                )
            except (NoSuchTarget, Refused):
                if not was_left(self._session, self._target):
                    raise

    async def _enter(self) -> None:
        await self._session.ready.wait()
        if is_room(self._target) and folded(self._target) not in self._session.chat.rooms:
            self._entered = True
            await enter(self._session, self._target, self._problems.texts, create=self._create)

    async def _appearance(self, nobody: NoSuchTarget, seconds: float) -> None:
        """Return when the user is online. https://ircv3.net/specs/extensions/monitor"""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._watch(nobody)
        raise NoSuchTarget(f"{nobody}, and nobody of that name came within {seconds:g} s")

    async def _watch(self, nobody: NoSuchTarget) -> None:
        problems = self._problems
        while True:
            await self._session.ready.wait()
            problems.news = asyncio.Event()
            problems.texts.clear()
            try:
                self._session.command("MONITOR", "+", self._target)
                await self._session.fence()
            except (NotConnected, Refused):
                continue  # the connection was lost just now
            if problems.texts:
                raise NoSuchTarget(f"{nobody}, and the server does not tell who comes online")
            if folded(self._target) not in problems.online:
                await problems.news.wait()
            if folded(self._target) in problems.online:
                problems.online.clear()
                return self._session.command("MONITOR", "-", self._target)


async def within(
    seconds: float,
    attempt: SignIn,
    session: Session,
    work: Callable[[], Coroutine[Any, Any, None]],
    *,
    whole: bool = True,
) -> None:
    """Log in, do the work while the session is served, and leave.

    Raises what these raise, and after ``seconds`` TimedOut or NotConnected; unless it is meant for
    the ``whole`` the work may take longer.
    """
    end = asyncio.get_running_loop().time() + seconds
    await attempt.start_within(session, end)
    serving = asyncio.create_task(session.run())
    working = asyncio.create_task(work())
    left = end - asyncio.get_running_loop().time() if whole else None
    try:
        await asyncio.wait({serving, working}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        late = no_answer(session, seconds, "")
        for task in (working, serving):
            if task.done():
                return task.result()
    finally:
        for task in (serving, working):
            task.cancel()
        await asyncio.wait({serving, working})
        await session.close()
    raise late


def no_answer(session: Session, seconds: float, key: str) -> ChatError:
    """Say that it took too long, and what that means for a retry under ``key``, '' = none."""
    retry = "it may have worked"
    if key and session.retry_is_safe:
        retry = f"it may have arrived, `--id {key}` makes a retry safe"
    elif key:
        retry = "it may have arrived, and without an account a retry may arrive twice"
    if not session.connected:
        return NotConnected(f"the connection was lost and does not come back: {retry}")
    return TimedOut(f"no answer within {seconds:g} s: {retry}")
