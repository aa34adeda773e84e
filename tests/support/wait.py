"""Waiting for a fact, never for a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE_S: Final = 30.0
"""How long what must come may take. It ends the wait for what will never come, so it is far above
what a machine needs that is busy with something else, or stands still for some seconds."""
POLL_SECONDS: Final = 0.005
"""Between two looks at the fact: short beside any round trip, long beside one look."""


async def wait_until(
    fact: Callable[[], object | Awaitable[object]],
    what: str,
    timeout: float = PATIENCE_S,  # noqa: ASYNC109 - its failure names the fact
) -> None:
    """Return as soon as ``fact()`` is true; fail with ``what`` after ``timeout`` seconds.

    ``fact`` is a plain function or a coroutine function; what it raises is raised.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        value = fact()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return
        if loop.time() >= deadline:
            raise AssertionError(f"Not within {timeout:g} s: {what}. Last seen: {value!r}")
        await asyncio.sleep(POLL_SECONDS)
