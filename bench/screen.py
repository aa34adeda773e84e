"""What the full screen of `chat` costs: bursts, scrolling, long words, memory.

The whole screen runs in this process, without a terminal and without a server: its session's events
are told to it. Times are CPU time of the process until all is painted, the median of some runs.

    python bench/screen.py [--runs 5] [--width 200] [--height 60]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from cli.client import events as ev
from tests.cli.screen.stage import Stage

AT = 1_764_158_580.0
BURST = 5000
KEPT = 3000
MANY = 100_000

Row = tuple[str, float, str]


def messages(count: int, begin: int = 0) -> list[ev.Said]:
    """As people write: three of them, one message in three longer than a line."""
    words = "some words that people say "
    return [
        ev.Said(
            AT + n, f"user{n % 7 % 3}", "#global", f"message {n} {words * (n % 9)}", "text", f"m{n}"
        )
        for n in range(begin, begin + count)
    ]


async def took(act: Callable[[], Awaitable[None]]) -> float:
    """Return the milliseconds of CPU that something takes."""
    before = time.process_time()
    await act()
    return (time.process_time() - before) * 1000


async def one_run(width: int, height: int) -> list[Row]:
    """Do everything once, on a screen of its own."""
    rows: list[Row] = []
    async with Stage().played(width, height) as stage:
        view, pilot = stage.app.messages, stage.pilot

        async def measure(name: str, act: Callable[[], Awaitable[None]]) -> None:
            rows.append((name, await took(act), "ms"))

        await measure(f"{BURST:,} messages at once", lambda: stage.tells(*messages(BURST)))
        number = BURST
        for name, text in _long():
            said = ev.Said(AT + number, "user1", "#global", text, "text", f"l{number}")
            number += 1
            await measure(name, lambda said=said: stage.tells(said))  # type: ignore[misc]
        for said in messages(20, number):
            await measure(f"one message more, {KEPT:,} kept", lambda said=said: stage.tells(said))  # type: ignore[misc]

        async def scroll(by: int) -> None:
            view.action_page(by)
            await pilot.pause()

        for _ in range(20):
            await measure("a page back", lambda: scroll(-1))

        async def resize(to: int) -> None:
            await pilot.resize_terminal(to, height)
            await pilot.pause()

        await measure(f"another width, {KEPT:,} kept", lambda: resize(width - 20))

        async def switch(name: str) -> None:
            stage.app.open(name)
            await pilot.pause()

        await switch("")
        await measure(f"going to a room, {KEPT:,} kept", lambda: switch("#global"))
        rows.append(("memory with it", _resident(), "MB"))
        for begin in range(number + 100, number + 100 + MANY, 10_000):
            await stage.tells(*messages(10_000, begin))
        rows.append((f"memory after {MANY:,} messages more", _resident(), "MB"))
    return rows


def _long() -> Iterator[tuple[str, str]]:
    yield "a word of 10,000 letters", "x" * 10_000
    yield "10,000 wide letters", "漢" * 10_000
    yield "10,000 overrides of direction", "\u202e" * 10_000
    yield "5,000 letters, each with its format", "\x02a" * 5000


def _resident() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main(runs: int, width: int, height: int) -> None:
    """Print a table."""
    values: dict[tuple[str, str], list[float]] = {}
    for _ in range(runs):
        for name, value, unit in await one_run(width, height):
            values.setdefault((name, unit), []).append(value)
    print(f"| {width} x {height} | median | longest |\n|---|---|---|")
    for (name, unit), all_ in values.items():
        print(f"| {name} | {median(all_):.0f} {unit} | {max(all_):.0f} {unit} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--width", type=int, default=200)
    parser.add_argument("--height", type=int, default=60)
    asked = parser.parse_args()
    asyncio.run(main(asked.runs, asked.width, asked.height))
