"""The message view alone in an app, told events as a session tells them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation, Member, Room
from cli.screen.messages import Messages
from tests.cli.screen.look import look

AT = 1_764_158_580.0
"""2025-11-26 12:03 UTC"""


class Past:
    """Stands for the server's history: pages of ten messages before and behind a number."""

    def __init__(self, buffers: Buffers, count: int) -> None:
        self.buffers = buffers
        self.said = [
            ev.Said(AT - 60 * (count - n), "bob", "#dev", f"old {n}", "text", f"m{n}")
            for n in range(count)
        ]
        self.asked: list[str] = []
        self.refusal: str | None = None
        self.waiting: list[Callable[[], None]] = []
        self.delays = False

    def opened(self, name: str, done: Any = None) -> None:
        self.older(name, done)

    def older(self, name: str, done: Any = None) -> None:
        def answer() -> None:
            buffer = self.buffers.open(name)
            first = buffer.oldest()
            end = self._index(first.msgid) if first is not None else len(self.said)
            self.buffers.prepend(name, self.said[max(0, end - 10) : end])
            buffer.complete = end <= 10

        self._answer("older", done, answer)

    def newer(self, name: str, done: Any = None) -> None:
        def answer() -> None:
            buffer = self.buffers.open(name)
            last = buffer.newest()
            begin = self._index(last.msgid) + 1 if last is not None else 0
            self.buffers.append(name, self.said[begin : begin + 10])
            buffer.detached = begin + 10 < len(self.said)

        self._answer("newer", done, answer)

    def around(self, name: str, msgid: str, done: Any = None) -> None:
        def answer() -> None:
            at = self._index(msgid)
            self.buffers.replace(name, self.said[max(0, at - 5) : at + 5], detached=True)

        self._answer("around", done, answer)

    def latest(self, name: str, done: Any = None) -> None:
        def answer() -> None:
            self.buffers.replace(name, self.said[-10:], detached=False)

        self._answer("latest", done, answer)

    def _index(self, msgid: str) -> int:
        return next(n for n, said in enumerate(self.said) if said.msgid == msgid)

    def _answer(self, what: str, done: Any, answer: Callable[[], None]) -> None:
        self.asked.append(what)

        def act() -> None:
            if self.refusal is None:
                answer()
            if done is not None:
                done(self.refusal)

        if self.delays:
            self.waiting.append(act)
        else:
            # as a session does: outside of all that the screen has started
            asyncio.get_running_loop().call_soon(act, context=Context())


class Page(App[None]):
    """anna looks at one buffer."""

    AUTO_FOCUS = None

    def __init__(self, past: int = 0, **settings: Any) -> None:
        super().__init__()
        self.chat = Conversation("anna")
        self.buffers = Buffers(self.chat)
        self.past = Past(self.buffers, past)
        self.read: list[str] = []
        self.wanted: list[Messages.Wanted] = []
        self.left: list[str] = []
        pager = self.past if past else None
        self.messages = Messages(self.buffers, pager)
        self.at = AT

    def on_messages_end_seen(self, event: Messages.EndSeen) -> None:
        buffer = self.messages.buffer
        if buffer is not None and buffer.unread:
            self.read.append(buffer.name)
            self.buffers.read(buffer.name)

    def compose(self) -> ComposeResult:
        yield self.messages

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.messages.show("#dev")

    def on_messages_wanted(self, event: Messages.Wanted) -> None:
        self.wanted.append(event)

    def on_messages_left(self, event: Messages.Left) -> None:
        self.left.append(event.text)

    def room(self, *nicks: str) -> None:
        members = {nick: Member(nick) for nick in nicks}
        self.chat.rooms["#dev"] = Room("#dev", members)

    def take(self, *events: ev.Event) -> None:
        for event in events:
            self.buffers.take(event)
        self.messages.update(self.buffers.drain())

    def said(
        self, source: str, text: str, msgid: str = "", *, to: str = "#dev", **more: Any
    ) -> ev.Said:
        self.at += more.pop("later", 1)
        own = source == "anna"
        return ev.Said(self.at, source, to, text, more.pop("kind", "text"), msgid, own, **more)


@asynccontextmanager
async def page(
    past: int = 0, *, width: int = 60, height: int = 12
) -> AsyncIterator[tuple[Page, Pilot[None]]]:
    app = Page(past)
    app.room("bob", "carl")
    async with app.run_test(size=(width, height)) as pilot:
        yield app, pilot


def shows(app: Page) -> list[str]:
    """The lines in sight that are not empty, with single blanks, without the scroll bar."""
    lines = (" ".join(line.rstrip("▁▂▃▄▅▆▇█").split()) for line in look(app))
    return [line for line in lines if line]


def numbered(app: Page, count: int, begin: int = 0) -> list[ev.Said]:
    return [app.said("bob", f"line {n}", f"n{n}") for n in range(begin, begin + count)]
