"""The least that a gateway in Python can do: sockets on uvloop, and nothing else.

No Redis, no checks, no errors, no tags, no flood limits: a line is cut at its spaces and its bytes
are written to whoever is to hear it, once per turn of the loop. It is no IRC server; it is what the
bench compares with to see which part of a cost is the kernel's and the loop's, and cannot be saved.

With a second argument, the Unix socket of a Redis, each line is stored (XADD) and published there,
and written to those who are to hear it when it comes back: the least that a message costs that is
stored before it is delivered, and heard by all gateways.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import hiredis
import uvloop

link: Link | None = None
clients: dict[bytes, Client] = {}
rooms: dict[bytes, Room] = {}
dirty: list[Client | Room] = []


def mark(one: Client | Room) -> None:
    """Have it flushed at the end of this turn."""
    if not dirty:
        asyncio.get_running_loop().call_soon(flush)
    dirty.append(one)


def flush() -> None:
    """Write what was said in this turn."""
    for one in dirty:
        if isinstance(one, Client):
            one.transport.write(b"".join(one.out))
        else:
            data = b"".join(line for _, line in one.out)
            speakers = {speaker for speaker, _ in one.out}
            for member in one.members:
                if member not in speakers:
                    member.transport.write(data)
            for speaker in speakers:
                heard = [line for by, line in one.out if by is not speaker]
                if heard:
                    speaker.transport.write(b"".join(heard))
        one.out.clear()
    dirty.clear()


class Room:
    """Who is in it, and what was said in this turn."""

    def __init__(self) -> None:
        self.members: list[Client] = []
        self.out: list[tuple[Client, bytes]] = []


class Client(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.nick = b""
        self.rest = b""
        self.out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Carry out all complete lines."""
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            command, _, rest = line.partition(b" ")
            target = rest.partition(b" ")[0]
            if command == b"PRIVMSG":
                self.say(target, b":%b!u@h %b\r\n" % (self.nick, line))
            elif command == b"NICK":
                self.nick = target
                clients[target] = self
                if link is not None:
                    link.ask(b"SUBSCRIBE", target)
            elif command == b"USER":
                self.transport.write(b":floor 001 %b :Welcome\r\n" % self.nick)
            elif command == b"JOIN":
                if link is not None and target not in rooms:
                    link.ask(b"SUBSCRIBE", target)
                rooms.setdefault(target, Room()).members.append(self)
                self.transport.write(b":floor 366 %b %b :End\r\n" % (self.nick, target))
            elif command == b"PING":
                self.transport.write(b":floor PONG floor %b\r\n" % rest)

    def say(self, target: bytes, line: bytes) -> None:
        """Let others hear a line, when it comes back from Redis if there is one."""
        if link is not None:
            link.ask(b"XADD", target + b":log", b"*", b"e", line)
            link.ask(b"PUBLISH", target, self.nick + b" " + line)
        else:
            deliver(self, target, line)


def deliver(speaker: Client, target: bytes, line: bytes) -> None:
    """Write a line at the end of the turn."""
    room = rooms.get(target)
    if room is not None:
        if not room.out:
            mark(room)
        room.out.append((speaker, line))
    elif target in clients:
        other = clients[target]
        if not other.out:
            mark(other)
        other.out.append(line)


class Link(asyncio.Protocol):
    """The connection to Redis, for commands and what is published."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.reader = hiredis.Reader()
        self.out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Speak RESP3, which lets both share a connection."""
        self.transport = cast("asyncio.Transport", transport)
        self.ask(b"HELLO", b"3")

    def ask(self, *words: Any) -> None:
        """Send a command at the end of this turn; nobody waits for its reply."""
        if not self.out:
            asyncio.get_running_loop().call_soon(self.flush)
        self.out.append(hiredis.pack_command(words))

    def flush(self) -> None:
        """Write what was asked in this turn."""
        self.transport.write(b"".join(self.out))
        self.out.clear()

    def data_received(self, data: bytes) -> None:
        """Deliver what was published."""
        self.reader.feed(data)
        while (item := self.reader.gets()) is not False:
            if type(item) is hiredis.PushNotification and item[0] == b"message":
                speaker, _, line = item[2].partition(b" ")
                deliver(clients[speaker], item[1], line)


async def main(port: int, redis: str | None = None) -> None:
    """Serve for good."""
    global link
    loop = asyncio.get_running_loop()
    if redis is not None:
        _, link = await loop.create_unix_connection(Link, redis)
    server = await loop.create_server(Client, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:3]))
