"""The command ``chatd doctor``: whether a Redis keeps what chatd promises."""

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from chatd.config import Config, ConfigError
from chatd.located import WHERE, Located, fail

if TYPE_CHECKING:
    from chatd.store.doctor.facts import Facts, Finding


@click.command(cls=Located, takes=(*WHERE, "lease_s", "sync_replicas"))
@click.pass_obj
def doctor(config: Config) -> None:
    """Check a Redis, and say what to change: a line for each thing, the worst last.

    Give the flags of `chatd serve`. "change": a promise would not hold, and the exit code is 1.
    "advice": something could be better. "cannot tell": Redis, or who runs it, hides it. Nothing is
    changed; gateways may run.
    """
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.doctor.facts import Mark
    from chatd.store.doctor.groups import examine
    from chatd.store.errors import StoreError

    try:
        facts = asyncio.run(_facts(config))
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))
    found = examine(facts)
    click.echo("\n".join(_report(facts, found)))
    sys.exit(any(one.mark == Mark.CHANGE for one in found))


async def _facts(config: Config) -> "Facts":
    from chatd.embedded import open_engine
    from chatd.store.doctor.collect import collect

    engine = await open_engine(config.data_dir) if config.redis_url is None else None
    try:
        url = config.redis_url or (engine.url if engine else "")
        return await collect(url, config.key_prefix, config.lease_s, config.sync_replicas)
    finally:
        if engine is not None:
            await engine.close()


def _report(facts: "Facts", found: list["Finding"]) -> list[str]:
    """The lines, the worst last, and the sum."""
    from chatd.store.doctor.facts import Mark

    order = (Mark.OK, Mark.UNKNOWN, Mark.ADVICE, Mark.CHANGE)
    named = len(facts.nodes) > 1 or facts.fails_over
    lines = [
        f"{one.mark}: {f'{one.node}: ' if one.node and named else ''}{one.text}"
        for mark in order
        for one in found
        if one.mark == mark
    ]
    if any("CONFIG SET" in line for line in lines):
        lines.append("CONFIG SET holds until a restart: CONFIG REWRITE, or redis.conf, keeps it")
    counts = Counter(one.mark for one in found)
    verdict = "Not all promises hold" if counts[Mark.CHANGE] else "All promises hold"
    if counts[Mark.UNKNOWN] and not counts[Mark.CHANGE]:
        verdict = "As far as can be told all promises hold"
    summed = ", ".join(f"{counts[mark]} {mark}" for mark in reversed(order) if counts[mark])
    return [*lines, f"{verdict}: {summed}"]
