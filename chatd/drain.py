"""The command ``chatd drain``: has a gateway let its clients go, and waits until it is empty."""

import sys
from typing import TYPE_CHECKING

import click

from chatd.account import settled, with_store
from chatd.config import Config, ConfigError
from chatd.located import Located, fail

if TYPE_CHECKING:
    from chatd.store.store import Store

_LOOK_S = 0.2
"""Seconds between two looks at how many clients are left."""


@click.command(cls=Located)
@click.option("--gateway", metavar="ID", help="Which one; may be left out where only one lives.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86_400),
    default=60.0,
    show_default=True,
    help="Seconds to wait for it to be empty.",
)
@click.pass_obj
def drain(config: Config, gateway: str | None, timeout: float) -> None:
    """Take a gateway out of service: it takes no new clients, and lets those that it has go.

    Name the Redis or the data directory as for `chatd serve`. The gateway lets its clients go as
    at SIGTERM, spaced out over its own --drain-time, and then stays, empty, until it is stopped.
    The exit code is 0 when it is empty or has stopped, 1 when it is not, or does not live.
    """
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import Refused, StoreError

    async def work(store: "Store") -> bool:
        one = gateway or await _only(store)
        await settled(store.drain(one))
        return await _empty(store, one, timeout)

    try:
        done = asyncio.run(with_store(config, work, timeout + _LOOK_S))
    except Refused:
        fail(f"no gateway with the id {gateway} lives")
    except TimeoutError:
        fail("Redis does not answer: is it running?")
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))
    sys.exit(not done)


async def _only(store: "Store") -> str:
    """The gateway that is meant where none is named. ConfigError: there is not one alone."""
    living: list[str] = [
        one for one in await settled(store.gateways()) if await settled(store.lives(one))
    ]
    if len(living) == 1:
        return living[0]
    if not living:
        raise ConfigError("no gateway lives")
    raise ConfigError(f"give --gateway: {', '.join(living)} live")


async def _empty(store: "Store", gateway: str, seconds: float) -> bool:
    """Wait, and say how many clients are left whenever that has changed."""
    import asyncio
    import time

    end, said = time.monotonic() + seconds, -1
    while True:
        left = await settled(store.held_by(gateway))
        if not await settled(store.lives(gateway)):
            click.echo(f"gateway {gateway} has stopped")
            return True
        if left != said:
            said = left
            click.echo(f"gateway {gateway}: {left} sessions" if left else f"{gateway} is empty")
        if not left:
            return True
        if time.monotonic() > end:
            click.echo(
                f"chatd: gateway {gateway} has {left} sessions after {seconds:g} s", err=True
            )
            return False
        await asyncio.sleep(_LOOK_S)
