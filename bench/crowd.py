"""What the full screen of `chat` costs in a room of 20,000 people, and with 1,000 conversations.

The whole screen runs in this process, as in bench/screen.py. CPU time until all is painted.

    python bench/crowd.py
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.cli.screen.stage import Stage

PEOPLE = 20_000
CONVERSATIONS = 1000

_numbers = itertools.count()


async def measure(name: str, act: Awaitable[None]) -> None:
    """Print the milliseconds of CPU that something takes."""
    before = time.process_time()
    await act
    sys.stderr.write(f"| {name} | {(time.process_time() - before) * 1000:.0f} ms |\n")


async def crowd(letters: str) -> None:
    """Be in a room of many, whose names begin with these letters."""
    async with Stage().played(120, 40) as stage:

        async def enters() -> None:
            for begin in range(0, PEOPLE, 50):
                names = " ".join(f"{letters}{n}" for n in range(begin, begin + 50))
                stage.takes(f":s 353 anna = #global :{names}".encode())
            await stage.receives(":s 366 anna #global :End")

        async def says(count: int) -> None:
            n = next(_numbers)
            said = (f"@msgid={n}-{k} :{letters}{k}!u@h PRIVMSG #global :hi" for k in range(count))
            await stage.receives(*said)

        await stage.receives(":anna!u@h JOIN #global")
        await measure(f"{PEOPLE:,} people come into sight", enters())
        await measure("200 of them speak", says(200))
        await measure("one message more", says(1))
        await measure("a key", stage.presses("u"))
        await measure("Tab completes it", stage.presses("tab"))
        await stage.presses("ctrl+c")
        await measure("Ctrl+K", stage.presses("ctrl+k"))
        await measure("a letter there", stage.presses("u"))
        await stage.presses("escape")
        stage.app.roster.focus()
        await measure("ten pages of the roster", stage.presses(*["pagedown"] * 10))


async def conversations() -> None:
    """Have many conversations at the left."""
    async with Stage().played(120, 40) as stage:
        said = [f"@msgid={n} :friend{n}!u@h PRIVMSG anna :hi" for n in range(CONVERSATIONS)]
        await measure(f"{CONVERSATIONS:,} conversations", stage.receives(*said))
        await measure("a message more", stage.receives("@msgid=x :friend7!u@h PRIVMSG anna :hi"))
        await measure("Ctrl+N", stage.presses("ctrl+n"))
        await measure("Ctrl+K", stage.presses("ctrl+k"))


async def main() -> None:
    """Print a table."""
    await crowd("user")
    await crowd("участник")
    await conversations()


if __name__ == "__main__":
    asyncio.run(main())
