"""The least that a gateway in Python can do: sockets on uvloop, and nothing else.

No Redis, no checks, no errors, no tags, no flood limits: a line is cut at its spaces and its bytes
are written to whoever is to hear it, once per turn of the loop. It is no IRC server; it is what the
bench compares with to see which part of a cost is the kernel's and the loop's, and cannot be saved.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

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
            elif command == b"USER":
                self.transport.write(b":floor 001 %b :Welcome\r\n" % self.nick)
            elif command == b"JOIN":
                rooms.setdefault(target, Room()).members.append(self)
                self.transport.write(b":floor 366 %b %b :End\r\n" % (self.nick, target))
            elif command == b"PING":
                self.transport.write(b":floor PONG floor %b\r\n" % rest)

    def say(self, target: bytes, line: bytes) -> None:
        """Let others hear a line at the end of the turn."""
        room = rooms.get(target)
        if room is not None:
            if not room.out:
                mark(room)
            room.out.append((self, line))
        elif target in clients:
            other = clients[target]
            if not other.out:
                mark(other)
            other.out.append(line)


async def main(port: int) -> None:
    """Serve for good."""
    server = await asyncio.get_running_loop().create_server(Client, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
