"""Passwords that wait for a thread."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator

import pytest

from chatd.state import queue
from chatd.state.attempts import Rank, TooBusy
from chatd.state.queue import EACH, NICENESS, QUEUE, PasswordQueue


class Turns:
    """A queue whose threads are all busy, and the order in which others get their turn."""

    def __init__(self) -> None:
        self.queue = PasswordQueue()
        self.order: list[str] = []
        self.ran: set[tuple[str, str, int]] = set()
        """Who ran where: the name, the kind of thread and its niceness."""
        self._go = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def ask(self, rank: Rank, network: str, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self.queue.compute(rank, network, self._note, name))
        self._tasks.append(task)
        return task

    def _note(self, name: str) -> None:
        self._go.wait(30)
        kind = threading.current_thread().name.partition("_")[0]
        niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        self.ran.add((name, kind, niceness))
        self.order.append(name)

    async def begin(self) -> None:
        self.ask(Rank.KNOWN, "busy", "busy")
        self.ask(Rank.REST, "busy", "busy")
        await asyncio.sleep(0)

    async def end(self) -> list[str]:
        """Let all go on; in what order, of each thread kind, they did."""
        self._go.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return [name for name in self.order if name != "busy"]


@pytest.fixture
async def turns(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Turns]:
    monkeypatch.setattr(queue, "WORKERS", 1)  # so that there is one order
    turns = Turns()
    await turns.begin()
    yield turns
    turns._go.set()
    turns.queue.close()
    await asyncio.gather(*turns._tasks, return_exceptions=True)


async def test_who_is_known_comes_first(turns: Turns) -> None:
    for number in range(3):
        turns.ask(Rank.UNBLEMISHED, "a", f"new{number}")
    turns.ask(Rank.KNOWN, "a", "known")
    await asyncio.sleep(0)
    assert (await turns.end())[0] == "known"


async def test_networks_take_turns(turns: Turns) -> None:
    for number in range(5):
        turns.ask(Rank.REST, "a", f"a{number}")
    turns.ask(Rank.REST, "b", "b")
    turns.ask(Rank.REST, "c", "c")
    await asyncio.sleep(0)
    assert await turns.end() == ["a0", "b", "c", "a1", "a2", "a3", "a4"]


async def test_guesses_keep_no_thread_from_others(turns: Turns) -> None:
    """ "Today 300 guessing connections keep every honest login out": whatever waits, the threads
    of the others run no guess, and the system runs theirs first."""
    for number in range(300):
        turns.ask(Rank.REST, f"n{number % 100}", "guess")
    honest = [turns.ask(Rank.UNBLEMISHED, "home", "honest") for _ in range(4)]
    await asyncio.sleep(0)
    order = await turns.end()
    assert not any(task.exception() for task in honest)
    assert order.count("honest") == 4
    assert order.count("guess") == QUEUE
    ran = {(name, kind) for name, kind, _ in turns.ran if name != "busy"}
    assert ran == {("honest", "argon2"), ("guess", "argon2-last")}
    if sys.platform == "linux":  # elsewhere all threads of a process are alike
        nice = {name: niceness for name, _, niceness in turns.ran}
        assert nice["honest"] < nice["guess"] == NICENESS


async def test_some_of_one_network_wait(turns: Turns) -> None:
    """ "at most some of one network wait (beyond: refused)" """
    tasks = [turns.ask(Rank.REST, "a", "a") for _ in range(EACH[Rank.REST] + 1)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await tasks[-1]
    turns.ask(Rank.REST, "b", "b")
    assert "b" in await turns.end()


async def test_the_queue_is_bounded(turns: Turns) -> None:
    tasks = [turns.ask(Rank.REST, f"n{number}", "x") for number in range(QUEUE + 1)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await tasks[-1]


async def test_who_waits_when_the_gateway_ends_is_told(turns: Turns) -> None:
    task = turns.ask(Rank.KNOWN, "a", "a")
    await asyncio.sleep(0)
    turns.queue.close()
    with pytest.raises(TooBusy):
        await task
