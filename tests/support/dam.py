"""A dam between a gateway and its Redis: while it is shut, Redis answers nothing for any time.

A Redis that is stopped does that for five seconds: then it counts as gone, as it is silent. One
that is only far behind is heard now and then, and so is this.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from chatd.store.link import SILENCE_S
from tests.support.asking import connect
from tests.support.servers import RedisServer, free_port

_SIGN_OF_LIFE = b">3\r\n$7\r\nmessage\r\n$3\r\ndam\r\n$0\r\n\r\n"
"""Something published on a channel that nobody follows."""


_READ_BYTES = 2**20


class Dam:
    """Give ``url`` to a gateway as its Redis. A node of a cluster says that it is where this is."""

    def __init__(self, redis: RedisServer) -> None:
        self._redis = redis
        self._socket = f"{redis.folder}/dam.sock"
        self.url = redis.url if redis.clustered else f"unix://{self._socket}"
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        if self._redis.clustered:
            port = free_port()
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
            await self._redis.ask("CONFIG", "SET", "cluster-announce-port", port)
        else:
            self._server = await asyncio.start_unix_server(self._connected, self._socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def shut(self) -> None:
        """Let nothing through to Redis any more."""
        self._open.clear()

    def open(self) -> None:
        """Let all through that waits, and what comes."""
        self._open.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await connect(self._redis.where)
        for work in (self._ask(reader, questions), self._answer(answers, writer)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_READ_BYTES):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await self._next(reader):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        """What comes from Redis; while the dam is shut and nothing comes, a sign of life."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SILENCE_S / 5):
                    return await reader.read(_READ_BYTES)
            if not self._open.is_set():
                return _SIGN_OF_LIFE  # for a second nothing has come, so no answer is cut in two
