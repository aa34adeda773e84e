"""One question to a Redis, without a library that follows, tries again or translates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import hiredis

ANSWER_S = 5.0
"""For an answer; who asks a server that may be frozen gives less."""


class Refusal(Exception):
    """An error that Redis answered. Its text begins with the code: ``MOVED 7186 127.0.0.1:1``."""


async def ask(
    where: int | Path,
    *command: str | int,
    password: str = "",
    timeout: float = ANSWER_S,  # noqa: ASYNC109 - of all its steps
) -> Any:
    """Send one command to a port of 127.0.0.1, or to a Unix socket; return what is answered.

    Texts are str, with surrogates where bytes are no UTF-8. Raises Refusal, OSError (TimeoutError
    too) when nobody answers.
    """
    async with asyncio.timeout(timeout):
        reader, writer = await connect(where)
        try:
            if password:
                writer.write(_packed("AUTH", password))
                await _answer(reader)
            writer.write(_packed(*command))
            return await _answer(reader)
        finally:
            writer.close()


async def connect(where: int | Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a port of 127.0.0.1, or to a Unix socket. Raises OSError."""
    if isinstance(where, int):
        return await asyncio.open_connection("127.0.0.1", where)
    return await asyncio.open_unix_connection(where)


def fields(text: str) -> dict[str, str]:
    """Lines ``name:value`` as a dict; INFO and CLUSTER INFO answer so."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


async def _answer(reader: asyncio.StreamReader) -> Any:
    parser = hiredis.Reader(encoding="utf-8", errors="surrogateescape")
    while True:
        value = parser.gets()
        if isinstance(value, hiredis.ReplyError):
            raise Refusal(str(value))
        if value is not False:  # RESP2 has no false
            return value
        data = await reader.read(2**16)
        if not data:
            raise ConnectionResetError("Redis closed the connection")
        parser.feed(data)


def _packed(*words: str | int) -> bytes:
    raw: Any = tuple(str(word).encode("utf-8", "surrogateescape") for word in words)
    packed: bytes = hiredis.pack_command(raw)
    return packed
