"""The commands ``chatd account ...``: what is done to accounts from the server's own terminal."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatd.config import Config, ConfigError
from chatd.located import LocatedGroup, fail

if TYPE_CHECKING:
    from chatd.store.store import Store

T = TypeVar("T")

Work = Callable[["Store"], Awaitable[str]]
"""Does something to accounts; what it returns is shown."""

_TOLD = 5
"""Users whose rooms one act tells of an account's name, 1 ms of Redis."""
_REFUSALS = {
    "noaccount": "there is no such account: `chatd account list` shows all",
    "same": "it is called so already",
    "exists": "there is an account of that name already",
    "taken": "somebody is online under that name, and is not this account",
    "confusable": "that name looks like another one that is in use",
    "toomany": "the account is online too many times: end some of its sessions first",
}
_TAKES_S = 20.0
"""Seconds after which a Redis that does not answer is given up."""


@click.group(cls=LocatedGroup)
def account() -> None:
    """Manage accounts: who they are, who is an operator of the server.

    Name the Redis or the data directory as for `chatd serve`, in any place; gateways may run
    meanwhile.
    """


@account.command("list")
@click.pass_obj
def list_(config: Config) -> None:
    """Show all accounts: name, when it was made, whether it is an operator's."""

    async def work(store: "Store") -> str:
        rows, cursor = [], ""
        while cursor != "0":
            cursor, names = await settled(store.accounts(cursor or "0"))
            rows += [await settled(store.account_facts(name)) for name in names]
        return "\n".join(
            f"{name}\t{_day(created_ms)}{chr(9) + 'operator' if operator else ''}"
            for name, created_ms, operator in sorted(rows)
        )

    _run(config, work)


@account.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Make it an operator's no longer.")
@click.pass_obj
def oper(config: Config, name: str, remove: bool) -> None:
    """Make the owner of an account an operator of the server, at once where it is logged in."""

    async def work(store: "Store") -> str:
        await settled(store.account_oper(_folded(name), not remove))
        return f"{name} is {'no operator any more' if remove else 'an operator'}"

    _run(config, work)


@account.command()
@click.argument("name")
@click.confirmation_option(prompt="Delete the account, and its claim to rooms?")
@click.pass_obj
def delete(config: Config, name: str) -> None:
    """Delete an account; its name and its rooms are nobody's then."""

    async def work(store: "Store") -> str:
        await settled(store.account_delete(_folded(name)))
        return f"{name} is deleted"

    _run(config, work)


@account.command()
@click.argument("old")
@click.argument("new")
@click.pass_obj
def rename(config: Config, old: str, new: str) -> None:
    """Give an account another name; who is logged in to it stays so, under the same nick.

    Its history, rooms, devices and all else stay its own; the old name is free.
    """

    async def work(store: "Store") -> str:
        key = _new_name(new)
        renamed = await settled(store.account_rename(_folded(old), key, new))
        for start in range(0, len(renamed.untold), _TOLD):
            await settled(store.account_tell(key, renamed.untold[start : start + _TOLD]))
        return f"{renamed.before} is {new} now"

    _run(config, work)


@account.command()
@click.argument("name")
@click.pass_obj
def passwd(config: Config, name: str) -> None:
    """Set the password of an account; asks for it, or reads it from the first line of stdin."""
    from chatd.state.passwords import acceptable, hash_password
    from chatd.wire.scram import make_verifier

    if sys.stdin.isatty():
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not acceptable(password):
        fail("a password has 1 to 300 bytes: choose another one")
    hashed, scram = hash_password(password), str(make_verifier(password))

    async def work(store: "Store") -> str:
        from chatd.store.errors import Refused

        if await settled(store.account(_folded(name))) is None:
            raise Refused("noaccount")
        await settled(store.set_password(_folded(name), hashed, scram))
        return f"The password of {name} is changed"

    _run(config, work)


def _run(config: Config, work: Work) -> None:
    """Do it, show what it returns; an error is one line and the exit code 1."""
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import Refused, StoreError

    try:
        text = asyncio.run(with_store(config, work))
    except Refused as refused:
        fail(_REFUSALS.get(refused.word, refused.word))
    except TimeoutError:
        fail("Redis does not answer: is it running?")
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))
    if text:
        click.echo(text)


async def with_store(
    config: Config, work: Callable[["Store"], Awaitable[T]], seconds: float = 0.0
) -> T:
    """Do something in Redis that takes some seconds at most. Raises TimeoutError."""
    import asyncio

    from chatd.embedded import open_engine
    from chatd.store.relay import Relay
    from chatd.store.store import Store

    engine = await open_engine(config.data_dir) if config.redis_url is None else None
    try:
        relay = Relay(
            config.redis_url or (engine.url if engine else ""),
            "chatd-account",
            None,
            config.key_prefix,
        )
        try:
            async with asyncio.timeout(_TAKES_S + seconds):
                await relay.start()
                store = Store(relay, "account", config.history_events, config.history_days)
                return await work(store)
        finally:
            await relay.close()
    finally:
        if engine is not None:
            await engine.close()


async def settled(pending: Any) -> Any:
    """Wait for an answer of the store."""
    from chatd.store.pending import settled as settled_

    return await settled_(pending)


def _folded(name: str) -> str:
    from chatd.wire.casemap import InvalidName, fold

    try:
        return fold(name)
    except InvalidName as error:
        raise ConfigError(str(error)) from None


def _new_name(name: str) -> str:
    """A name that an account may get, folded."""
    from chatd.wire.casemap import InvalidName, valid_nick

    try:
        valid_nick(name)
    except InvalidName as error:
        raise ConfigError(f"{name!r} cannot be a name: {error}") from None
    return _folded(name)


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")
