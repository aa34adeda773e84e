"""Waiting, at the server's own terminal, until what somebody said is erased."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chatd.store.chores import Erasing
    from chatd.store.store import Store

ERASING_S = 86_400.0
"""Seconds that erasing may take."""


async def erased(store: "Store", job: str) -> int:
    """Do a job of erasing, or wait until others have; show how far it is. How many it erased."""
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.state.chores import Chores
    from chatd.store.errors import Refused
    from chatd.store.pending import settled

    chores, shown = Chores(store, sweeps=False), -1
    while job:
        doing = asyncio.ensure_future(chores.once())
        await asyncio.wait([doing], timeout=1.0)
        while not doing.done():
            shown = _show_progress(await settled(store.erasing(job, "")), shown)
            await asyncio.wait([doing], timeout=1.0)
        try:
            doing.result()
        except Refused:  # a gateway does it
            await asyncio.sleep(0.2)
        found = await settled(store.erasing(job, ""))
        if not found.goes_on:
            return int(found.changed)
        await asyncio.sleep(0.05)
    return 0


def _show_progress(found: "Erasing", shown: int) -> int:
    if sys.stderr.isatty() and found.looked != shown:
        click.echo(f"{found.looked} entries looked at, {found.changed} changed", err=True)
    return found.looked
