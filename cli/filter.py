"""The chat as a line filter, for when stdin or stdout is no terminal.

A line from stdin is said to the current target (or is a /command); each event is one line on
stdout, without escapes. What concerns only this client and its connection goes to stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Sequence

from cli.client.errors import ChatError
from cli.commands.talk import Talk
from cli.render import Line

READ_BYTES = 65536
"""Taken from stdin at once."""

MAX_LINE = 2**20
"""Bytes of one line of stdin; a longer one is no message, and would fill the memory."""

MAX_WAITING = 100
"""Messages not acknowledged yet, after which stdin is not read any further."""

PATIENCE = 30.0
"""Seconds for the acknowledgements after the end of stdin."""


async def show(lines: Sequence[Line]) -> None:
    """Write lines where they belong."""
    for line in lines:
        print(line, file=sys.stderr if line.local else sys.stdout)
    sys.stdout.flush()


async def typing(talk: Talk) -> None:
    """Carry out what comes from stdin, until its end. Raises Quit for ``/quit``."""
    async for line in stdin_lines():
        if talk.session.delivery.pending >= MAX_WAITING:
            await talk.session.delivery.drain()
        talk.type(line)


async def stdin_lines() -> AsyncIterator[str]:
    """Yield the lines of stdin as they come.

    A thread reads, because a file or a device cannot be waited for otherwise. It reads the bare
    descriptor: one that waits in Python's buffered stdin would break the end of the process.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    wanted = threading.Semaphore(1)

    def read() -> None:
        data = b"-"
        with contextlib.suppress(RuntimeError):  # the loop may be closed when something comes
            while data:
                wanted.acquire()
                try:
                    data = os.read(0, READ_BYTES)
                except OSError:
                    data = b""
                loop.call_soon_threadsafe(chunks.put_nowait, data)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    begun = bytearray()
    while data := await chunks.get():
        wanted.release()
        *lines, rest = data.split(b"\n")
        for line in lines:
            begun += line
            yield begun.decode("utf-8", "replace").rstrip("\r")
            begun.clear()
        begun += rest
        if len(begun) > MAX_LINE:
            raise ChatError(f"a line of stdin has more than {MAX_LINE} bytes: it is not sent")
    if begun:
        yield begun.decode("utf-8", "replace")
