"""``chat send``: messages from a script, each acknowledged before the command returns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.errors import NotConnected, Refused, TimedOut
from cli.client.outgoing import Sent, split
from cli.client.session import Session
from cli.render import twice
from cli.signin import SignIn


def messages(text: str, key: str, name: str, target: str) -> list[tuple[str, str]]:
    """Cut a text into messages, each with its idempotency key.

    One message has ``key`` itself; of several lines each has the number of its line behind it, so
    that the same input gives the same keys.
    """
    lines = text.rstrip("\r\n").split("\n")
    numbered = [
        (line, f"{key}.{at}" if len(lines) > 1 else key) for at, line in enumerate(lines, 1)
    ]
    return [
        (piece, f"{line_key}/{part}" if part > 1 else line_key)
        for line, line_key in numbered
        for part, piece in enumerate(split(line, name, target), 1)
    ]


class Problems:
    """Takes a session's events: keeps what went wrong last, and warns of doubled messages."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.last = ""
        self._warn = warn

    def __call__(self, event: ev.Event) -> None:
        """Take one event."""
        if isinstance(event, ev.Problem):
            self.last = event.text
        elif isinstance(event, ev.MayArriveTwice):
            self._warn(twice(event))


async def send(
    session: Session,
    problems: Problems,
    target: str,
    items: Iterable[tuple[str, str]],
    acknowledged: Callable[[Sent], None],
) -> None:
    """Send messages with a started session, one after the other, and tell each acknowledgement.

    A room is entered for it, and left again, unless the user is in it already. Raises
    NoSuchTarget, Refused.
    """
    await session.ready.wait()
    entered = is_room(target) and folded(target) not in session.chat.rooms
    if entered:
        await _enter(session, problems, target)
    for text, key in items:
        acknowledged(await session.delivery.deliver(target, text, key))
    if entered:
        session.part(target)


async def _enter(session: Session, problems: Problems, room: str) -> None:
    while folded(room) not in session.chat.rooms:
        problems.last = ""
        await session.ready.wait()
        try:
            session.join(room)
            await session.fence()
        except NotConnected:
            continue
        if problems.last:
            raise Refused(f"{room} cannot be entered: {problems.last}")


async def within(
    seconds: float,
    attempt: SignIn,
    session: Session,
    work: Callable[[], Coroutine[Any, Any, None]],
    key: str,
) -> None:
    """Log in, do the work while the session is served, and leave.

    Raises what these raise, and after ``seconds`` TimedOut or NotConnected.
    """
    end = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(end):
            await attempt.start(session)
    except TimeoutError:
        raise TimedOut(f"no login within {seconds:g} s: nothing was sent") from None
    serving = asyncio.create_task(session.run())
    working = asyncio.create_task(work())
    left = end - asyncio.get_running_loop().time()
    try:
        await asyncio.wait({serving, working}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        connected = session.connected
        for task in (working, serving):
            if task.done():
                return task.result()
    finally:
        for task in (serving, working):
            task.cancel()
        await asyncio.wait({serving, working})
        await session.close()
    retry = _about_a_retry(key, safe=session.retry_is_safe)
    if not connected:
        raise NotConnected(f"the connection was lost and does not come back: {retry}")
    raise TimedOut(f"no answer within {seconds:g} s: {retry}")


def _about_a_retry(key: str, *, safe: bool) -> str:
    if not key:
        return "it may have worked"
    if safe:
        return f"it may have arrived, `--id {key}` makes a retry safe"
    return "it may have arrived, and without an account a retry may arrive twice"


def as_json(sent: Sent) -> str:
    """Write an acknowledgement as one line of JSON."""
    return json.dumps({"msgid": sent.msgid, "time": sent.at, "target": sent.target, "id": sent.key})
