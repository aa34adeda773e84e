"""What waits for an answer of the server: labelled requests, fences, and a new password.

https://ircv3.net/specs/extensions/labeled-response
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message, format_line
from chatd.wire.tags import format_tags
from cli.client import tokens
from cli.client.checks import command_line
from cli.client.errors import ChatError, NotConnected, Refused, TimedOut

Answered = Callable[["list[Message] | ChatError"], None]
"""Takes all lines of an answer, or why there is none."""

HAPPENS: Final = frozenset(
    {"AWAY", "INVITE", "JOIN", "KICK", "MODE", "NICK", "PART", "REDACT", "RENAME", "TOPIC",
     "305", "306", "332", "353", "366"}
)  # fmt: skip
"""Of an answer, what everybody hears, or what says how things are: it is an event, too."""

MAX_LINES: Final = 20_000
"""Of one answer; what a server sends beyond them is left out."""


MAX_SIZE: Final = 20_000_000
"""Characters of the answers that come at once; what is beyond them is left out."""


class Requests:
    """Each ends with its answer, or with NotConnected."""

    def __init__(self) -> None:
        self._fences: dict[str, asyncio.Future[None]] = {}
        self._password: asyncio.Future[None] | None = None
        self._asked: dict[str, tuple[Answered, list[Message]]] = {}
        self._size = 0
        """Characters of the answers that have begun since there was none."""

    def ask(self, put: Callable[[bytes], None], taker: Answered, name: str, *params: str) -> None:
        """Put the line that asks. Raises Refused when it cannot be one, or too much is waiting."""
        line, label = command_line(name, *params), self.expect(taker)
        try:
            put(b"@" + format_tags({"label": label}).encode() + b" " + line)
        except Refused:
            del self._asked[label]  # whoever is told so hears no more of it
            raise

    def expect(self, taker: Answered) -> str:
        """Return the label of a line whose answer is waited for."""
        label = tokens.token_urlsafe(9)
        self._asked[label] = taker, []
        return label

    def answers(self, label: str) -> bool:
        """Tell whether somebody waits for what has this label."""
        return label in self._asked

    def answered(self, message: Message, label: str, *, more: bool) -> None:
        """Take one line of an answer, and whether more of it follows."""
        taker, lines = self._asked[label]
        fits = len(lines) < MAX_LINES and self._size < MAX_SIZE
        if message.command not in ("BATCH", "ACK") and fits:
            lines.append(message)
            self._size += sum(map(len, message.params))
        if not more:
            del self._asked[label]
            self._size = 0 if not self._asked else self._size
            taker(lines)

    def fence(self) -> tuple[bytes, asyncio.Future[None]]:
        """Ask for a sign that the server has done everything sent before."""
        token = tokens.token_hex(8)
        future = asyncio.get_running_loop().create_future()
        self._fences[token] = future
        return format_line("PING", token), future

    def passed(self, token: str) -> None:
        """Take a PONG."""
        future = self._fences.pop(token, None)
        if future is not None and not future.done():
            future.set_result(None)

    async def change_password(
        self, send: Callable[[bytes], None], password: str, seconds: float
    ) -> None:
        """Ask for another password. Raises Refused, NotConnected or TimedOut."""
        self._password = asyncio.get_running_loop().create_future()
        send(command_line("PASSWD", password))
        try:
            async with asyncio.timeout(seconds):
                await self._password
        except TimeoutError:
            raise TimedOut("the server did not answer: the password may have changed") from None

    def password_reply(self, command: str, code: str, text: str) -> bool:
        """Take a FAIL or NOTE about PASSWD; return whether somebody waits for it."""
        change = self._password
        if change is None or change.done():
            return False
        if command != "NOTE":
            change.set_exception(Refused(f"the password was not changed: {text}"))
        elif code == "CHANGED":
            change.set_result(None)
        return True

    def connection_lost(self) -> None:
        """End all that waits."""
        for future in (*self._fences.values(), self._password):
            if future is not None and not future.done():
                future.set_exception(NotConnected("the connection was lost"))
        self._fences.clear()
        asked, self._asked, self._size = self._asked, {}, 0
        for taker, _ in asked.values():
            taker(NotConnected("the connection was lost"))
