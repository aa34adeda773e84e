"""A composer without a chat around it: what it sends waits, and is kept by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.widgets import Static

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.screen.composer import Composer
from cli.screen.drafts import Drafts
from cli.screen.strokes import Strokes
from cli.screen.themes import OURS
from tests.cli.screen.look import look
from tests.cli.talks import talk_of
from tests.support.wait import wait_until


class Desk(Strokes):
    """Has a place for messages, and the composer below it."""

    CSS = "#messages { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [("f2", "to('bob')", ""), ("f3", "to('#global')", "")]

    def __init__(
        self, drafts: Drafts | None = None, keep_file: Callable[[str], str] | None = None
    ) -> None:
        super().__init__()
        self.told: list[ev.Event] = []
        self.typing: list[tuple[str, bool]] = []
        self.farewells: list[str] = []
        self.session = Session(Login("anna"), [Server("127.0.0.1", 1)], self.told.append)
        self.talk = talk_of(self.session, self.told.append)
        self.composer = Composer(self.talk, drafts, keep_file)
        self.pilot: Pilot[None]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(OURS, "#808080")

    def compose(self) -> ComposeResult:
        yield Static(id="messages")
        yield self.composer

    def on_mount(self) -> None:
        self.composer.show("#global")
        self.composer.focus()

    def action_to(self, name: str) -> None:
        """Write to somebody else."""
        self.talk.surface.target = name
        self.composer.show(name)

    @on(Composer.Leave)
    def leave(self, event: Composer.Leave) -> None:
        self.farewells.append(event.farewell)

    @asynccontextmanager
    async def opened(self, width: int = 60, height: int = 14) -> AsyncIterator[Desk]:
        """Show it."""
        async with self.run_test(size=(width, height)) as pilot:
            self.pilot = pilot
            yield self

    async def types(self, text: str) -> None:
        """Type a text; a line break is Alt+Enter."""
        for letter in text:
            key = "alt+enter" if letter == "\n" else letter
            self.post_message(events.Key(key, None if letter == "\n" else letter))
        await self.pilot.pause()
        await self.settled()

    async def presses(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self) -> None:
        """Wait until all keys are carried out and painted."""
        await wait_until(lambda: self._begun is None, "all keys are carried out")
        await self.pilot.pause()

    async def pastes(self, text: str) -> None:
        """Paste a text, as a terminal tells it."""
        self.post_message(events.Paste(text))
        await self.pilot.pause()
        await self.settled()

    @property
    def text(self) -> str:
        """What is written and not sent."""
        return self.composer.text

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was said, and to whom."""
        return [(one.target, one.text) for one in self.told if isinstance(one, ev.Sending)]

    @property
    def answers(self) -> list[str]:
        """What was answered to the user."""
        return [one.text for one in self.told if isinstance(one, ev.Answer)]

    def sees(self) -> str:
        """Return what is in sight."""
        return "\n".join(look(self))
