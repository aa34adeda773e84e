"""A client for end-to-end tests that read as transcripts.

    async with await IrcClient.connect(host, port) as bob:
        await bob.register("bob", caps=("echo-message",))
        await bob.send("JOIN #room")
        await bob.expect(r":alice!.* PRIVMSG #room :hi")

It sends literal lines and reads from its socket only while it waits for something, so a test can
also be a client that does not read. A failure shows the whole conversation.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from ctypes import addressof, create_string_buffer
from functools import partial
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from typing import Self

from chatd.wire.framing import MAX_TAGS_SERVER, TOO_LONG, LineBuffer
from chatd.wire.message import Message, ParseError, parse
from tests.support.wait import PATIENCE_S

_READ_BYTES = 65536
_AGAIN_S = 0.1
"""Between two PINGs that are refused: 100 of them are remembered, and a flood is punished."""
SO_ATTACH_FILTER = 26
"""Of Linux."""
_tokens = itertools.count(1)


class Line(Message):
    """One received message; ``raw`` is the line as it came, without CR LF."""

    __slots__ = ("raw",)

    def __init__(self, message: Message, raw: str) -> None:
        super().__init__(message.command, message.params, message.source, message.tags)
        self.raw = raw

    @property
    def nick(self) -> str:
        """The nick in the source, or the server's name; ``""`` without source."""
        return (self.source or "").partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter, ``""`` if there is none."""
        return self.params[-1] if self.params else ""


Pattern = str | Callable[[Line], bool]
"""A regular expression searched for in the raw line, or a predicate of the parsed one."""


class IrcClient:
    """One connection; every ``timeout`` is in seconds.

    What does not come as expected is an AssertionError; sending raises ConnectionError.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.log: list[Line] = []
        """All lines received so far."""
        self.nick = ""
        self.answers_ping = True
        """Whether a PING from the server is answered when it is read."""
        self._reader = reader
        self._writer = writer
        self._buffer = LineBuffer(max_tags=MAX_TAGS_SERVER)
        self._unread: deque[Line] = deque()
        self._transcript: list[str] = []

    @classmethod
    async def connect(cls, host: str, port: int) -> Self:
        """Open a connection; nothing is sent yet."""
        return cls(*await asyncio.open_connection(host, port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(self, *lines: str) -> None:
        """Send literal lines, each without its CR LF."""
        await self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are: for rubbish, halves of lines, lines without end."""
        self._transcript += [f">> {line}" for line in data.decode(errors="replace").splitlines()]
        self._writer.write(data)
        await self._writer.drain()

    async def expect(
        self,
        pattern: Pattern,
        timeout: float = PATIENCE_S,  # noqa: ASYNC109 - its failure shows the transcript
        *,
        unless: Pattern | None = None,
    ) -> Line:
        """Read until a line matches and return it; fail at once when one matches ``unless``."""
        return (await self.lines_until(pattern, timeout, unless=unless))[-1]

    async def lines_until(
        self,
        pattern: Pattern,
        timeout: float = PATIENCE_S,  # noqa: ASYNC109 - its failure shows the transcript
        *,
        unless: Pattern | None = None,
    ) -> list[Line]:
        """Read until a line matches; return it and all that came before it."""
        lines: list[Line] = []
        try:
            async with asyncio.timeout(timeout):
                while (line := await self._next()) is not None:
                    lines.append(line)
                    if _matches(pattern, line):
                        return lines
                    if unless is not None and _matches(unless, line):
                        raise self._failure(f"{line.raw!r} came instead of {_show(pattern)}")
        except TimeoutError:
            raise self._failure(f"No line matched {_show(pattern)} in {timeout:g} s") from None
        raise self._failure(f"Closed by the server while waiting for {_show(pattern)}")

    async def fence(
        self,
        timeout: float = PATIENCE_S,  # noqa: ASYNC109 - its failure shows the transcript
    ) -> list[Line]:
        """PING with a fresh token; return all lines received before its PONG.

        While Redis is away a PING is refused: then another one is sent, until ``timeout`` is over.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        before: list[Line] = []
        while True:
            token = f"fence-{next(_tokens)}"
            await self.send(f"PING {token}")
            *lines, answer = await self.lines_until(partial(_answers, token), end - loop.time())
            before += lines
            if answer.command == "PONG":
                return before
            await asyncio.sleep(_AGAIN_S)

    async def expect_closed(
        self,
        timeout: float = PATIENCE_S,  # noqa: ASYNC109 - its failure shows the transcript
    ) -> list[Line]:
        """Read until the server closes the connection; return the lines before that."""
        lines: list[Line] = []
        try:
            async with asyncio.timeout(timeout):
                while (line := await self._next()) is not None:
                    lines.append(line)
        except TimeoutError:
            raise self._failure(f"Not closed by the server in {timeout:g} s") from None
        return lines

    async def register(
        self,
        nick: str,
        caps: Sequence[str] = (),
        sasl: tuple[str, str] | None = None,
    ) -> list[Line]:
        """Register and read all of the welcome, which is returned.

        ``sasl`` is account and password, for PLAIN; it asks for the capability by itself.
        """
        wanted = [*caps, "sasl"] if sasl and "sasl" not in caps else [*caps]
        if wanted:
            await self.send("CAP LS 302")
        await self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        if wanted:
            await self.send(f"CAP REQ :{' '.join(wanted)}")
            await self.expect(r"CAP \S+ ACK ", unless=r"CAP \S+ NAK |^ERROR ")
            if sasl:
                await self._authenticate(*sasl)
            await self.send("CAP END")
        lines = await self.lines_until(
            lambda line: line.command in {"376", "422"},
            unless=lambda line: line.command in {"ERROR", "FAIL", "432", "433", "464", "465"},
        )
        self.nick = next(line.params[0] for line in lines if line.command == "001")
        return lines + await self.fence()

    def cut(self) -> None:
        """Break the connection: its kernel says RST. What was not read is gone."""
        socket = self._writer.get_extra_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        self._writer.transport.abort()

    def go_silent(self) -> None:
        """Its wire is dead: from now on its kernel gets nothing, and so acknowledges nothing.

        A filter does it that drops each packet.
        https://www.kernel.org/doc/html/latest/networking/filter.html
        """
        drop_all = create_string_buffer(pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET | BPF_K: 0 bytes
        program = pack("H6xP", 1, addressof(drop_all))
        self._writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program)

    async def close(self) -> None:
        """Close the connection, without QUIT."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _authenticate(self, account: str, password: str) -> None:
        failed = r" (902|904|905|906|907|908) "
        await self.send("AUTHENTICATE PLAIN")
        await self.expect(r"AUTHENTICATE \+", unless=failed)
        secret = b64encode(f"\0{account}\0{password}".encode()).decode()
        await self.send(f"AUTHENTICATE {secret}")
        await self.expect(r" 903 ", unless=failed)

    async def _next(self) -> Line | None:
        """Return the next line, or None at the end of the connection."""
        while not self._unread:
            try:
                data = await self._reader.read(_READ_BYTES)
            except ConnectionError:
                data = b""
            if not data:
                return None
            for found in self._buffer.receive(data):
                if found is TOO_LONG:
                    raise self._failure("The server sent a line over the limit")
                self._take(found)
        line = self._unread.popleft()
        if line.command == "PING" and self.answers_ping:
            with suppress(ConnectionError):
                await self.send(f"PONG :{line.text}")
        return line

    def _take(self, data: bytes) -> None:
        self._transcript.append(f"<< {data.decode(errors='replace')}")
        try:
            line = Line(parse(data), data.decode())
        except ParseError as error:
            raise self._failure(f"The server broke the grammar: {error}") from None
        self.log.append(line)
        self._unread.append(line)

    def _failure(self, what: str) -> AssertionError:
        who = self.nick or "not registered"
        return AssertionError("\n".join([f"{what} ({who})", *self._transcript]))


def _answers(token: str, line: Line) -> bool:
    """Whether it is the PONG to a PING, or says that Redis is away: FAIL, or 400 without it."""
    if line.command == "FAIL":
        return line.params[:2] == ["PING", "TEMPORARILY_UNAVAILABLE"]
    if line.command == "400":
        return line.params[1] == "PING"
    return line.command == "PONG" and line.text == token


def _matches(pattern: Pattern, line: Line) -> bool:
    if isinstance(pattern, str):
        return re.search(pattern, line.raw) is not None
    return pattern(line)


def _show(pattern: Pattern) -> str:
    return repr(pattern) if isinstance(pattern, str) else "the predicate"
