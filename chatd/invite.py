"""The command ``chatd invite``: makes, lists and ends invitations to make accounts."""

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn

import click

from chatd.account import settled, with_store
from chatd.config import Config, ConfigError
from chatd.located import Located, fail

if TYPE_CHECKING:
    from chatd.store.admission import Invitation
    from chatd.store.store import Store

_TOKEN_BYTES = 15
"""120 random bits: nobody guesses them."""
_DAY_MS = 86_400_000
_ID_CHARS = 8
"""Of the digest, by which an invitation is named: the token itself is kept nowhere."""


@click.command(cls=Located)
@click.option(
    "--uses",
    type=click.IntRange(1, 100_000),
    default=1,
    show_default=True,
    help="How many accounts it is for.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, 3_650, min_open=True),
    default=7.0,
    show_default=True,
    help="How long it counts.",
)
@click.option("--list", "shows", is_flag=True, help="Show all that count: ID, what is left, until.")
@click.option("--revoke", metavar="ID", help="End one, by its ID or its token.")
@click.pass_obj
def invite(config: Config, uses: int, days: float, shows: bool, revoke: str | None) -> None:
    """Print a token with which somebody can make an account: `chat login NAME --invite TOKEN`.

    It is shown once: Redis keeps its digest only. It is needed where gateways run with
    --registration invite. Name the Redis or the data directory as for `chatd serve`.
    """  # fmt: skip
    if shows and revoke:
        raise click.UsageError("give --list or --revoke, not both")

    async def work(store: "Store") -> str:
        if shows:
            return _table(await settled(store.invitations()))
        if revoke:
            return await _revoke(store, revoke)
        return await _make(store, uses, int(days * _DAY_MS))

    _run(config, work)


async def _make(store: "Store", uses: int, lasts_ms: int) -> str:
    from chatd.state.admissions import digest_of

    token = secrets.token_hex(_TOKEN_BYTES)
    await settled(store.make_invitation(digest_of(token), uses, lasts_ms))
    return token


async def _revoke(store: "Store", named: str) -> str:
    from chatd.state.admissions import digest_of
    from chatd.store.errors import Refused

    digests = [one.digest for one in await settled(store.invitations())]
    found = [one for one in digests if one == digest_of(named)]
    if not found and len(named) >= _ID_CHARS:
        found = [one for one in digests if one.startswith(named)]
    if len(found) != 1:
        raise Refused("noinvitation")
    await settled(store.end_invitation(found[0]))
    return f"The invitation {found[0][:_ID_CHARS]} is ended"


def _table(found: "list[Invitation]") -> str:
    now_ms = time.time() * 1000
    return "\n".join(
        f"{one.digest[:_ID_CHARS]}\t{one.left} of {one.uses}\tuntil {_moment(one.until_ms)}"
        for one in sorted(found, key=lambda one: one.until_ms)
        if one.until_ms > now_ms
    )


def _moment(ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ms / 1000))


def _run(config: Config, work: "Callable[[Store], Awaitable[str]]") -> None:
    """Do it, show what it returns; an error is one line and the exit code 1."""
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import Refused, StoreError

    try:
        text = asyncio.run(with_store(config, work))
    except Refused as refused:
        _refused(refused.word)
    except TimeoutError:
        fail("Redis does not answer: is it running?")
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))
    if text:
        click.echo(text)


def _refused(word: str) -> NoReturn:
    if word == "toomany":
        fail("there are 1,000 invitations: end some with `chatd invite --revoke ID`")
    fail("there is no such invitation: `chatd invite --list` shows all that count")
