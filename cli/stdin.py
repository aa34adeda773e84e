"""The lines of stdin as they come."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import threading
from collections.abc import AsyncIterator

from cli.client.errors import ChatError

READ_BYTES = 65536
"""Taken from stdin at once."""

MAX_LINE = 2**20
"""Bytes of one line of stdin; a longer one is no message, and would fill the memory."""


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
                data = _read()
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


def _read() -> bytes:
    """Wait for what comes next; nothing is the end."""
    while True:
        try:
            return os.read(0, READ_BYTES)
        except BlockingIOError:  # another program has set it so: it is no end
            select.select([0], [], [])
        except OSError:
            return b""
