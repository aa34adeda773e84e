"""A screen without a server: what a session would tell is told by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

from textual.pilot import Pilot

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.connection import ConnectionLost, Server, _parse
from cli.client.errors import LoginRefused
from cli.client.handshake import Login
from cli.client.session import Session
from cli.screen.app import ChatApp
from tests.cli.screen.look import look
from tests.support.wait import wait_until

CAPS = {"batch", "draft/chathistory", "draft/read-marker", "labeled-response", "message-tags"}


class Line:
    """Stands for a connection: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.watch = SimpleNamespace(lag=None)

    def send(self, line: bytes) -> None:
        self.sent += line.decode().splitlines()

    def attend(self) -> float:
        return 0.0

    async def leave(self, line: bytes, seconds: float) -> None:
        self.send(line)


class Stage:
    """A chat on a screen, and the server that the test plays."""

    def __init__(
        self,
        nick: str = "anna",
        *,
        connected: bool = True,
        caps: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.events: asyncio.Queue[ev.Event | None] = asyncio.Queue()
        self.session = Session(Login(nick), [Server("127.0.0.1", 1)], self.events.put_nowait)
        self.line = Line()
        if connected:
            self.session._connection = self.line  # type: ignore[assignment]
            self.session._caps = CAPS | {*caps}
            self.session.ready.set()
            self.session.delivery.connected(self.line.send, CAPS | {*caps})
        self.app = ChatApp(self.session, self.events, "#global", **options)
        self.pilot: Pilot[None]

    @property
    def sent(self) -> list[str]:
        """What was sent to the server."""
        return self.line.sent

    @asynccontextmanager
    async def played(self, width: int = 100, height: int = 24) -> AsyncIterator[Stage]:
        """Open the screen."""
        async with self.app.run_test(size=(width, height)) as pilot:
            self.pilot = pilot
            yield self

    async def receives(self, *lines: str) -> None:
        """Let the server send lines, and wait until they are shown."""
        for line in lines:
            self.session._handle(parse(line.encode()))
        await self.settled()

    def takes(self, data: bytes) -> None:
        """Let bytes arrive, which need not be lines that mean something."""
        for line in data.split(b"\r\n"):
            if (message := _parse(line)) is not None:
                with suppress(ConnectionLost, LoginRefused):
                    self.session._handle(message)

    async def tells(self, *events: ev.Event) -> None:
        """Let the session tell events, and wait until they are shown."""
        for event in events:
            self.events.put_nowait(event)
        await self.settled()

    async def types(self, text: str) -> None:
        """Type a text and press Enter."""
        await self.pilot.press(*(_key(letter) for letter in text), "enter")
        await self.settled()

    async def presses(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self) -> None:
        """Wait until all events are taken and painted."""
        await wait_until(lambda: self.events.empty(), "the events are taken")
        await self.pilot.pause()

    def sees(self) -> str:
        """Return what is in sight."""
        return "\n".join(look(self.app))


def _key(letter: str) -> str:
    names = {" ": "space", "/": "slash", "#": "number_sign", "@": "at", "?": "question_mark"}
    return names.get(letter, letter)
