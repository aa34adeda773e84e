"""Coroutines that wait for replies, without a task for each."""

from __future__ import annotations

import asyncio

import pytest

from chatd.store.pending import Pending, completed, drive


async def test_a_driven_coroutine_resumes_inside_the_reply() -> None:
    """No task, no turn of the loop between a reply and who waits for it."""
    pending: Pending[str] = Pending()
    seen: list[str] = []

    async def work() -> None:
        seen.append(await pending)

    drive(work(), lambda error: seen.append(f"done {error}"))
    assert seen == []
    pending.resolve("reply")
    assert seen == ["reply", "done None"]


async def test_a_driven_coroutine_may_wait_for_a_thread() -> None:
    """Password hashing runs in a thread: its future is an ordinary asyncio one."""
    seen: list[int] = []

    async def work() -> None:
        seen.append(await asyncio.get_running_loop().run_in_executor(None, lambda: 42))

    await completed(work())
    assert seen == [42]


async def test_what_a_driven_coroutine_raises_is_reported() -> None:
    """``completed`` raises what the coroutine raised."""

    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await completed(work())
