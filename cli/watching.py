"""``chat who --watch``: who comes, leaves, and is away, as it happens."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from chatd.wire.message import Message
from chatd.wire.text import printable
from cli.client import events as ev
from cli.client.dataclass import dataclass
from cli.client.errors import NotConnected, Refused, TimedOut
from cli.client.lists import people_in
from cli.client.session import Session
from cli.client.spelling import folded, reason_of, server_time
from cli.ending import warn
from cli.entering import enter
from cli.options import Options
from cli.reading import run_session
from cli.who import Online, roster

LOOK_EACH_S: Final = 2.0
"""Between two looks at the roster; more, if a look takes long."""
SHARE: Final = 20
"""At most the twentieth part of the time is spent looking."""

_WORDS: Final = {
    "here": "is here", "came": "came", "left": "left", "back": "is back", "away": "is away",
    "renamed": "is now called",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to somebody. ``event``: of `_WORDS`; ``away``: the text; ``to``: a new name."""

    at: float
    event: str
    name: str
    away: str | None = None
    to: str | None = None

    def as_json(self) -> str:
        """One line; ``time`` in UTC."""
        row = {"time": server_time(self.at), "event": self.event, "name": self.name}
        return json.dumps(row | {"away": self.away, "to": self.to})

    def as_line(self) -> str:
        """For people, with the local time."""
        when = datetime.fromtimestamp(self.at).strftime("%H:%M:%S")
        more = f" {self.to}" if self.to else f": {self.away}" if self.away else ""
        return f"{when} {printable(f'{self.name} {_WORDS[self.event]}{more}')}"


class Crowd:
    """Who is there, as far as it was told; each change is told on, once."""

    def __init__(self, tell: Callable[[Change], None]) -> None:
        self._tell = tell
        self._here: dict[str, Online] | None = None

    def all_are(self, people: Iterable[Online], at: float) -> None:
        """Take all who are there."""
        now = {folded(one.name): one for one in people}
        before, self._here = self._here, now
        if before is None:
            for one in now.values():
                self._tell(Change(at, "here", one.name, one.away))
            return
        for key, one in before.items():
            if key not in now:
                self._tell(Change(at, "left", one.name))
        for key, one in now.items():
            old = before.get(key)
            if old is not None and old.since != one.since:
                self._tell(Change(at, "left", old.name))
                old = None
            if old is None:
                self._tell(Change(at, "came", one.name, one.away))
            elif one.away == "" and old.away is not None:
                now[key] = old  # the text is not told everywhere
            elif old.away != one.away:
                self._away(one, at)

    def one_is(self, name: str, at: float, away: str | None = None) -> None:
        """Take one who is there, come just now or not."""
        if self._here is None:
            return
        old = self._here.get(folded(name))
        self._here[folded(name)] = one = Online(name, away, 0.0)
        if old is None:
            self._tell(Change(at, "came", name, away))
        elif old.away != away:
            self._away(one, at)

    def knows(self, name: str) -> bool:
        """Tell whether somebody is there."""
        return self._here is not None and folded(name) in self._here

    def left(self, name: str, at: float) -> None:
        """Take one who has left."""
        if self._here is not None and (gone := self._here.pop(folded(name), None)) is not None:
            self._tell(Change(at, "left", gone.name))

    def renamed(self, old: str, new: str, at: float) -> None:
        """Take another name of somebody."""
        if self._here is not None and (one := self._here.pop(folded(old), None)) is not None:
            self._here[folded(new)] = Online(new, one.away, one.since)
            self._tell(Change(at, "renamed", one.name, to=new))

    def _away(self, one: Online, at: float) -> None:
        event = "back" if one.away is None else "away"
        self._tell(Change(at, event, one.name, one.away))


def _printer(*, json_output: bool) -> Callable[[Change], None]:
    def tell(change: Change) -> None:
        print(change.as_json() if json_output else change.as_line())
        sys.stdout.flush()

    return tell


def watch_everybody(options: Options, seconds: float, *, json_output: bool) -> None:
    """Print who is online, and then each change. Raises ChatError, but for a lost connection."""
    asyncio.run(_everybody(options, seconds, Crowd(_printer(json_output=json_output))))


async def _everybody(options: Options, seconds: float, crowd: Crowd) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    told, looked = "", False
    while True:
        begun = time.monotonic()
        try:
            people = await roster(options.readable_at, options.server_password, seconds)
        except (NotConnected, TimedOut) as error:
            if not looked:
                raise
            if told != str(error):
                warn(str(error))
            told = str(error)
        except asyncio.CancelledError:
            return
        else:
            crowd.all_are(people, time.time())
            told, looked = "", True
        try:
            await asyncio.sleep(max(LOOK_EACH_S, (time.monotonic() - begun) * SHARE))
        except asyncio.CancelledError:
            return


def watch_room(
    options: Options, name: str, password: str | None, room: str, *, json_output: bool
) -> None:
    """Be in a room, and print who is there and each change. Raises ChatError."""
    crowd = Crowd(_printer(json_output=json_output))
    problems: list[str] = []
    news = asyncio.Event()
    here = folded(room)

    def show(event: ev.Event) -> None:
        match event:
            case ev.Problem():
                problems.append(event.text)
            case ev.Connected() | ev.Members():
                news.set()
            case ev.Disconnected() | ev.Unreachable():
                warn(f"the connection is lost: {event.reason}")
            case ev.Joined() if folded(event.room) == here:
                crowd.one_is(event.nick, event.at)
            case ev.Left() if folded(event.room) == here:
                crowd.left(event.nick, event.at)
            case ev.Quit():
                crowd.left(event.nick, event.at)
            case ev.Renamed():
                crowd.renamed(event.old, event.new, event.at)
            case ev.AwayChanged() if crowd.knows(event.nick):
                crowd.one_is(event.nick, event.at, event.text)

    async def work(session: Session) -> None:
        session.use(room)
        await enter(session, room, problems)
        while True:
            news.clear()
            await session.ready.wait()
            people = await _members(session, room)
            if people is not None:
                crowd.all_are(people, time.time())
                await news.wait()

    run_session(options, name, password, show, work, None)


async def _members(session: Session, room: str) -> list[Online] | None:
    """Who is in a room; None when the connection was lost meanwhile. Raises Refused."""
    try:
        return members_of(await session.answer_to("WHO", room))
    except NotConnected:
        return None


def members_of(answer: Sequence[Message]) -> list[Online]:
    """Read the answer to WHO. Raises Refused."""
    for message in answer:
        if message.command == "FAIL" or message.command in ("400", "403", "421"):
            raise Refused(f"the server does not tell who is there: {reason_of(message)}")
    return [Online(one.nick, "" if one.away else None, 0.0) for one in people_in(answer)]
