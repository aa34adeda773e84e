"""A connection that notices when nobody is at its other end any more."""

from __future__ import annotations

import asyncio
from typing import Final

from chatd.wire.message import Message, format_line
from cli.client import tokens
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.timing import Timing
from cli.client.watch import Watch

STOOD_STILL_S: Final = 1.0
"""After so long a delay of our own a silence says nothing."""


class Watched:
    """Does as `cli.client.connection.Connection` does, and asks the server when it is silent."""

    def __init__(self, connection: Connection, timing: Timing, there_until: float = 0.0) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.Timeout | None = None
        self.dropped = False
        """The user wants another one."""
        self.watch = Watch(timing, self._loop.time(), there_until)

    @property
    def server(self) -> Server:
        """Where it goes to."""
        return self._connection.server

    def send(self, *lines: bytes) -> None:
        """Write lines, and expect a sign of life for them."""
        for line in lines:
            self.watch.sent(line, self._loop.time())
        self._connection.send(*lines)
        self._look()

    def attend(self) -> float:
        """Take note that the user is there; return until when a silence is looked at sooner."""
        self.watch.attended(self._loop.time())
        self._look()
        return self.watch.there_until

    async def receive(self) -> list[Message]:
        """Return what comes next. Raises ConnectionLost, also when the server is silent."""
        while True:
            try:
                async with asyncio.timeout_at(self.watch.due) as self._alarm:
                    messages = await self._connection.receive()
                break
            except TimeoutError:
                self._ask()
            except ConnectionLost:
                if self.dropped:
                    raise ConnectionLost("you wanted another one") from None
                raise
            finally:
                self._alarm = None
        now = self._loop.time()
        self.watch.heard(now)
        for message in messages:
            if message.command == "PONG" and message.params:
                self.watch.answered(message.params[-1], now)
            elif message.command == "CAP" and message.params[1:2] == ["NEW"]:
                self._offered(message.params[-1])
        return messages

    def drop(self) -> None:
        """Leave because the user wants another connection: what is received next is its end."""
        self.dropped = True
        self._connection.drop()

    async def leave(self, line: bytes, seconds: float) -> None:
        """Say goodbye and let the server close, or close after some seconds."""
        await self._connection.leave(line, seconds)

    async def close(self) -> None:
        """Close the socket."""
        await self._connection.close()

    def _offered(self, words: str) -> None:
        """Obey a policy that is new: "Clients MUST store or update an STS policy"."""
        for word in words.split():
            name, _, value = word.partition("=")
            if name == "sts" and self._connection.sts is not None:
                self._connection.sts(value)

    def _look(self) -> None:
        """Wake up earlier, if that is right by now."""
        if self._alarm is not None and not self._alarm.expired():
            when = self._alarm.when()
            if when is not None and self.watch.due < when:
                self._alarm.reschedule(self.watch.due)

    def _ask(self) -> None:
        now = self._loop.time()
        if self.watch.is_asked and now < self.watch.due + STOOD_STILL_S:
            raise ConnectionLost("it does not answer any more")
        line = format_line("PING", tokens.token_hex(8))
        self.watch.sent(line, now)
        self.watch.asked(now)
        self._connection.send(line)
