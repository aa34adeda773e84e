"""Waiting for a fact instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def wait_until(
    fact: Callable[[], object | Awaitable[object]], what: str, timeout_s: float = 10.0
) -> None:
    """Return as soon as ``fact()`` is true; fail with ``what`` after ``timeout_s`` seconds.

    ``fact`` may be a plain function or a coroutine function.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        found = fact()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        await asyncio.sleep(0.005)
