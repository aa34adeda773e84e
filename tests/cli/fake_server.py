"""A server that is written in the test, line by line.

    async with FakeServer() as server:
        peer = await server.accept()
        await peer.expects("@label=<label>;chatd/id=<id> PRIVMSG #global hi")
        await peer.sends("@label=<label>;msgid=1 :anna!u@h PRIVMSG #global :hi")

``<word>`` stands for anything without a space or semicolon; what it was is remembered by the
server, and must be the same at the next place with that word.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.servers import free_port
from tests.support.wait import PATIENCE_S

CAPS = (
    "message-tags server-time batch echo-message labeled-response standard-replies sasl=PLAIN "
    "draft/account-registration draft/chathistory chatd/id"
)


class Peer:
    """The server's end of one connection."""

    def __init__(
        self,
        words: dict[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.words = words
        self._reader = reader
        self._writer = writer
        self._log: list[str] = []
        self._first = b""

    async def speaks(self) -> bool:
        """Wait for its first line; tell whether there is one."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._first = await self._reader.readuntil(b"\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            return False
        return True

    async def expects(self, *lines: str) -> None:
        """Read lines; each must be as written."""
        for line in lines:
            async with asyncio.timeout(PATIENCE_S):
                try:
                    got = (self._first or await self._reader.readuntil(b"\r\n"))[:-2].decode()
                except (TimeoutError, asyncio.IncompleteReadError):
                    raise AssertionError("\n".join([*self._log, f"missing: {line}"])) from None
            self._first = b""
            self._log.append(f"<- {got}")
            match = re.fullmatch(self._pattern(line), got)
            if match is None:
                raise AssertionError("\n".join([*self._log, f"expected: {line}"]))
            self.words.update(match.groupdict())

    async def sends(self, *lines: str) -> None:
        """Write lines, with what the words stand for."""
        for line in lines:
            text = re.sub(r"<(\w+)>", lambda match: self.words[match[1]], line)
            self._log.append(f"-> {text}")
            self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()

    async def sends_bytes(self, data: bytes) -> None:
        """Write what need not be lines."""
        self._writer.write(data)
        await self._writer.drain()

    async def closes(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def resets(self) -> None:
        """Break the connection: the client reads ECONNRESET."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()

    async def is_left(self) -> None:
        """Wait until the client has closed the connection; what it still sends does not matter."""
        async with asyncio.timeout(PATIENCE_S):
            while await self._reader.read(4096):
                pass

    async def lets_in(
        self, nick: str, *, caps: str = CAPS, more: str = "", secret: str = "", claims: bool = False
    ) -> None:
        """Go through a login.

        ``more``: what is offered besides, and asked for.
        ``secret``: it logs in with SASL; ``claims``: it registers its name (word: secret).
        """
        await self.expects("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * {nick}")
        await self.sends(f":server CAP * LS :{' '.join((caps, more)).strip()}")
        if caps:
            asked = _requested(caps, more)
            await self.expects(f"CAP REQ :{asked}")
            await self.sends(f":server CAP * ACK :{asked}")
        if secret:
            await self.expects("AUTHENTICATE PLAIN")
            await self.sends("AUTHENTICATE +")
            await self.expects("AUTHENTICATE <plain>")
            del self.words["plain"]
            await self.sends(f":server 903 {nick} :SASL authentication successful")
        await self.expects("CAP END")
        await self.sends(f"@time=2025-11-22T12:00:00.000Z :server 001 {nick} :Welcome")
        await self.sends(f":server 005 {nick} chatd/ROOM=#global :are supported by this server")
        if claims:
            await self.expects("REGISTER * * <secret>")
            await self.sends(f":server REGISTER SUCCESS {nick} :Account registered")

    async def welcomes(
        self,
        nick: str,
        *rooms: str,
        caps: str = CAPS,
        more: str = "",
        secret: str = "",
        claims: bool = False,
        attached: tuple[str, ...] = (),
    ) -> None:
        """Let a client in, and into ``rooms``; it is in those of ``attached`` already."""
        await self.lets_in(nick, caps=caps, more=more, secret=secret, claims=claims)
        for room in attached:
            await self.sends(f":{nick}!u@h JOIN {room}")
        for room in rooms:
            await self.expects(f"JOIN {room}")
            await self.sends(
                f"@time=2025-11-22T12:00:01.000Z :{nick}!u@h JOIN {room}",
                f":server 353 {nick} = {room} :{nick} bob",
                f":server 366 {nick} {room} :End of /NAMES list",
            )
        await self.passes_the_fence()

    async def tells_the_past(self, *lines: str, of: str = "#global", count: int = 23) -> None:
        """Answer a terminal of 24 lines that asks for what was said in its room."""
        await self.expects(f"CHATHISTORY LATEST {of} * {count}", "CHATHISTORY LATEST * * 200")
        await self.sends(f":server BATCH +b chathistory {of}")
        await self.sends(*(f"@batch=b;{line.removeprefix('@')}" for line in lines))
        await self.sends(":server BATCH -b", ":server BATCH +c chathistory *", ":server BATCH -c")

    async def passes_the_fence(self) -> None:
        """Answer a PING."""
        await self.expects("PING <fence>")
        await self.sends(":server PONG server <fence>")
        del self.words["fence"]

    def _pattern(self, line: str) -> str:
        def group(match: re.Match[str]) -> str:
            name = match[1]
            known = self.words.get(name)
            return rf"(?P<{name}>[^ ;]+)" if known is None else re.escape(known)

        # re.escape leaves < and > alone.
        return re.sub(r"<(\w+)>", group, re.escape(line))


class FakeServer:
    """Listens on a free port of the loopback interface."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        """``tls``: certificate and key."""
        self.words: dict[str, str] = {}
        self.port = free_port()
        self._tls = tls
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where it listens, as for ``--server``."""
        return f"{'ircs://' if self._tls else ''}127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.opens()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.stops_listening()
        for _ in range(3):  # who was just taken in becomes a writer, and that one closes
            await asyncio.sleep(0)
            for writer in self._writers:
                writer.close()
        await asyncio.sleep(0)

    async def opens(self) -> None:
        """Listen, again at the same port if it was open before."""
        context = None
        if self._tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stops_listening(self) -> None:
        """Refuse new connections."""
        if self._server is not None:
            self._server.close()

    async def accept(self) -> Peer:
        """Wait for the next client."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._peers.get()

    async def accept_speaker(self) -> Peer:
        """Wait for the next that says something: some look at the certificate and go."""
        while not await (peer := await self.accept()).speaks():
            pass
        return peer

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._peers.put_nowait(Peer(self.words, reader, writer))


def _requested(caps: str, more: str) -> str:
    from cli.client.handshake import WANTED

    offered = {cap.partition("=")[0] for cap in (*caps.split(), *more.split())}
    return " ".join(cap for cap in dict.fromkeys((*WANTED, *more.split())) if cap in offered)
