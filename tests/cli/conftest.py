"""A session against a written server, and its events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.client.timing import Clock, Timer, Timing
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs
from tests.support.wait import PATIENCE_S

E = TypeVar("E")

QUICK = Timing(retry_first=0.01, retry_most=0.02, goodbye=0.05)


class StoppedClock(Clock):
    """A clock that sleeps no time, and on which nothing happens later unless a test says so."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._later: list[Callable[[], None]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        self._later.append(do)
        return _Entry(self._later, do)

    def time_passes(self) -> None:
        """Do all that waits."""
        for do in list(self._later):
            do()


class _Entry:
    def __init__(self, entries: list[Callable[[], None]], do: Callable[[], None]) -> None:
        self._entries = entries
        self._do = do

    def cancel(self) -> None:
        if self._do in self._entries:
            self._entries.remove(self._do)


class Client:
    """A session that runs in the test, and what it told so far."""

    def __init__(self, session: Session, events: asyncio.Queue[ev.Event]) -> None:
        self.session = session
        self.events = events
        self.task: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Serve the session in the background."""
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        if not self.session.connected:
            await self.session.start()
        await self.session.run()

    async def next(self, kind: type[E]) -> E:
        """Wait for the next event of a kind; others before it are dropped."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = await self.events.get()
                if isinstance(event, kind):
                    return event

    def is_to_wait(self, timing: Timing) -> None:
        """From now on it waits so long, for the server that it has and for the next ones."""
        self.session._timing = timing
        if self.session._connection is not None:
            self.session._connection.watch._timing = timing

    def told(self) -> list[ev.Event]:
        """Return the events that are there, without waiting."""
        return [self.events.get_nowait() for _ in range(self.events.qsize())]


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as one:
        yield one


@pytest.fixture
async def client(server: FakeServer) -> AsyncIterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(name: str = "anna", *, servers: tuple[FakeServer, ...] = (), **options: Any) -> Client:
        timing = options.pop("timing", QUICK)
        clock = options.pop("clock", None)
        rooms = options.pop("rooms", ("#global",))
        lookback = options.pop("lookback", None)
        gateways = options.pop("gateways", None)
        events: asyncio.Queue[ev.Event] = asyncio.Queue()
        addresses = [Server.parse(one.address) for one in servers or (server,)]
        login = Login(name, **options)
        session = Session(
            login,
            gateways or addresses,
            events.put_nowait,
            rooms=rooms,
            lookback=lookback,
            timing=timing,
            clock=clock,
        )
        clients.append(Client(session, events))
        return clients[-1]

    yield make
    for one in clients:
        if one.task is not None:
            one.task.cancel()
            await asyncio.wait({one.task})
        await one.session.close()


@pytest.fixture
def chat(tmp_path: Path) -> Programs:
    """Start ``chat`` with a state directory of its own."""
    return Programs(tmp_path / "state")
