"""What users type, against real gateways: each command says what came of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cli import words
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Talk
from tests.cli.played import Surface
from tests.support.servers import Gateway
from tests.support.wait import PATIENCE_S, wait_until

SOON_S = PATIENCE_S

pytestmark = pytest.mark.slow


class User:
    """Somebody who types, and what was told to them."""

    def __init__(self, name: str, gateway: Gateway, **login: Any) -> None:
        self.name = name
        server = Server(gateway.host, gateway.port)
        self.session = Session(Login(name, **login), [server], self._happens, rooms=["#global"])
        self.buffers = Buffers(self.session.chat)
        self.surface = Surface(self.buffers)
        self.talk = Talk(self.session, self.surface, self.buffers, COMMANDS)
        self.surface.target = "#global"
        self._seen: list[str] = []

    def _happens(self, event: ev.Event) -> None:
        self.buffers.take(event)
        self.surface.events.append(event)

    @asynccontextmanager
    async def there(self) -> AsyncIterator[User]:
        """Be logged in."""
        await self.session.start()
        running = asyncio.create_task(self.session.run())
        await self.session.ready.wait()
        yield self
        running.cancel()
        await self.session.close()

    async def types(self, text: str, *sentences: str) -> None:
        """Type something, and wait for these sentences."""
        self.surface.events.clear()
        assert self.talk.type(text), f"{text}: {self._told()}"
        for sentence in sentences:
            await self.sees(sentence)

    async def sees(self, sentence: str) -> None:
        """Wait for a sentence."""
        with contextlib.suppress(AssertionError):
            await wait_until(lambda: any(sentence in one for one in self._told()), sentence, SOON_S)
            return
        pytest.fail(f"{self.name} does not see {sentence!r}, but {self._told()}")

    def _told(self) -> list[str]:
        here = self.surface.target
        told = [text for event in self.surface.events for text in words.sentences(event, here)]
        said = [event for event in self.surface.events if isinstance(event, ev.Said)]
        return told + [f"{one.source}: {one.text}" for one in said]


async def test_what_people_type_over_two_gateways(two_gateways: tuple[Gateway, Gateway]) -> None:
    """'Whoever creates a room can moderate it'"""
    one, other = two_gateways
    async with User("anna", one).there() as anna, User("bob", other).there() as bob:
        await anna.types("/join #dev", "you are in #dev")
        await anna.types("/topic what we do", "topic (set by anna): what we do")
        await anna.types("/mode +k sesame", "key")
        await bob.types("/join #dev", "#dev has another key")
        assert bob.talk.target == "#global"
        await bob.types("/join #dev sesame", "you are in #dev")
        await anna.types("/mode", "modes of #dev: ")
        await bob.types("/topic", "the topic of #dev is: what we do")
        await bob.types("/kick anna", "only an operator of #dev can do this")
        await anna.types("/voice bob", "bob has voice")
        await bob.types("/msg anna psst")
        await anna.sees("bob: psst")
        await anna.types("/r what is it?")
        await bob.sees("anna: what is it?")
        await bob.types("/list", "#dev", "#global")
        await bob.types("/names", "2 in #dev: @anna, +bob")
        await anna.types("/devoice bob")
        await anna.types("/quiet bob 10m", "bob can say nothing in #dev for 10m")
        await anna.types("/bans", "banned from #dev: ")
        await bob.types("one")
        await bob.sees("not sent")
        await anna.types("/unquiet bob", "bob can speak in #dev again")
        await anna.types("/ban bob be nice", "bob was put out of #dev by anna: be nice")
        await bob.types("/join #dev sesame", "you are banned from #dev")
        await anna.types("/unban bob", "bob can come to #dev again")
        await anna.types("/invite bob", "bob is asked into #dev")
        await bob.sees("anna asks you into #dev")
        await bob.types("/join #dev", "you are in #dev")
        await bob.types("/nick robert", "your name is robert now")
        await bob.types("/whois anna", "anna: ")
        await bob.types("/away lunch", "you are away")
        await bob.types("/back", "you are back")
        await bob.types("/raw TIME", "391 robert")
        await bob.types("/ns help", "REGISTER")
        await anna.types("/op robert", "robert is operator now")
        await bob.types("/who", "2 in #dev")
        await anna.types("it was nice")
        await bob.sees("anna: it was nice")
        await bob.types("/react +1")
        await anna.sees("robert reacts with 👍")
        await anna.types("/delete", "anna took a message back")
        await bob.types("/part #dev so long", "you are no longer in #dev: so long")
        await bob.types("/reconnect", "connected again")
        await bob.types("/join #dev sesame", "you are in #dev")
