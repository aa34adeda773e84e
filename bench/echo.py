"""The full screen in a terminal: how long a key takes to be seen, and what it does while idle.

A real gateway, `chat login` on a pseudo terminal. First somebody else says so many messages a
second in the room; keys are pressed meanwhile, each when the one before is painted. Then nothing
happens for a while, and the switches of the process are counted.

    python bench/echo.py --rate 200 --keys 300 --idle 60
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.cli.programs import Programs, Terminal
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

LETTERS = "QZXJ"
"""Keys that are in nothing that the others say."""


async def talk(gateway: Gateway, rate: int) -> None:
    """Say so much in the room."""
    async with await IrcClient.connect(gateway.host, gateway.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global")
        number = 0
        while True:
            for _ in range(max(1, rate // 20)):
                number += 1
                await bob.send(f"PRIVMSG #global :this is message number {number}, of some words")
            await asyncio.sleep(0.05)


async def echoes(terminal: Terminal, keys: int) -> list[float]:
    """Press keys one after the other; return the milliseconds until each was painted."""
    took = []
    for number in range(keys):
        key = LETTERS[number % len(LETTERS)]
        terminal.forget()
        begun = time.perf_counter()
        terminal.type(key)
        await terminal.shows(key)
        took.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.02)
        if number % 40 == 39:
            terminal.type("\x15")
            await asyncio.sleep(0.1)
    return took


def switches(pid: int) -> int:
    """Return how often the process was put to sleep or pushed aside until now, in all threads."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            total += int(line.split()[1]) if "ctxt_switches" in line else 0
    return total


async def measure(rate: int, keys: int, idle: float) -> None:
    """Do all of it, and print."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data")
        async with Gateway("--data-dir", data, "--flood-rate", "0") as gateway:
            programs = Programs(Path(folder) / "state")
            at = ("-s", f"{gateway.host}:{gateway.port}")
            async with await programs.screen(*at, "login", "anna", columns=120) as terminal:
                await terminal.shows("Write to")
                for name, speed in (("quiet", 0), ("busy", rate)):
                    talking = asyncio.create_task(talk(gateway, speed)) if speed else None
                    await asyncio.sleep(1)
                    took = await echoes(terminal, keys)
                    if talking is not None:
                        talking.cancel()
                        print(f"messages painted: {'message number' in terminal.painted}")
                    p99 = quantiles(took, n=100)[98]
                    print(f"{name} ({speed}/s): median {median(took):.1f} ms, p99 {p99:.1f} ms")
                await asyncio.sleep(70)  # what is kept awake by the last key is over
                before = switches(terminal.process.pid)
                await asyncio.sleep(idle)
                print(f"idle {idle:.0f} s: {switches(terminal.process.pid) - before} switches")


def main() -> None:
    """Read the options, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--idle", type=float, default=60)
    options = parser.parse_args()
    asyncio.run(measure(options.rate, options.keys, options.idle))


if __name__ == "__main__":
    main()
