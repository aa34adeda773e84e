"""The commands ``chatd account ...``: what is done to accounts from the server's own terminal."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chatd.config import Config, ConfigError
from chatd.erasing import ERASING_S, erased
from chatd.located import LocatedGroup, fail

if TYPE_CHECKING:
    from chatd.store.sessions import Device, OneOf
    from chatd.store.staff import AccountRow
    from chatd.store.store import Store

T = TypeVar("T")

Work = Callable[["Store"], Awaitable[str]]
"""Does something to accounts; what it returns is shown."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of a password that is made up: none that looks like another. Twenty of them are 99 bits."""
_ENDED = 20
"""Sessions that one act ends: who is in three rooms counts for two."""
_REFUSALS = {
    "noaccount": "there is no such account: `chatd account list` shows all",
    "same": "it is called so already",
    "exists": "there is an account of that name already",
    "taken": "somebody is online under that name, and is not this account",
    "confusable": "that name looks like another one that is in use",
    "toomany": "the account is online too many times, or so much is being erased already: wait",
    "noroom": "there is no such room",
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
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@click.pass_obj
def list_(config: Config, as_json: bool) -> None:
    """Show all accounts: name, when made, last login, how many sessions, whether an operator's."""

    async def work(store: "Store") -> str:
        rows, cursor = [], ""
        while cursor != "0":
            cursor, names = await settled(store.accounts(cursor or "0"))
            rows += [await settled(row) for row in store.account_rows(names)]
        written = _as_json if as_json else _as_text
        return "\n".join(written(row) for row in sorted(rows, key=lambda row: str(row.name)))

    _run(config, work)


def _as_text(row: "AccountRow") -> str:
    login = f"last login {_day(row.login_ms)}" if row.login_ms else "no login yet"
    words = [row.name, _day(row.made_ms), login, f"{row.sessions} sessions"]
    return "\t".join([*words, "operator"] if row.operator else words)


def _as_json(row: "AccountRow") -> str:
    import json

    found = {
        "name": row.name,
        "created": _moment(row.made_ms),
        "last_login": _moment(row.login_ms),
        "sessions": row.sessions,
        "operator": row.operator,
    }
    return json.dumps(found, ensure_ascii=False)


@account.command()
@click.argument("name")
@click.option("--generate", is_flag=True, help="Make a password up, and print it.")
@click.pass_obj
def add(config: Config, name: str, generate: bool) -> None:
    """Make an account; asks for its password, or reads it from the first line of stdin."""
    key = _new_name(name)
    password = _password(generate)
    secret = _secret(password)

    async def work(store: "Store") -> str:
        await settled(store.account_add(key, name, secret))
        return _told(f"The account {name} is made", password if generate else "")

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
@click.option("--keep", "how", flag_value="keep", help="Keep what it said.")
@click.option("--anonymise", "how", flag_value="anonymise", help="Keep it without its name.")
@click.option("--erase", "how", flag_value="erase", help="Erase it.")
@click.confirmation_option(prompt="Delete the account, and its claim to rooms?")
@click.pass_obj
def delete(config: Config, name: str, how: str | None) -> None:
    """Delete an account; its name and its rooms are nobody's then.

    What becomes of what it said is up to --on-delete in the file of --config, unless you say it.
    """

    async def work(store: "Store") -> str:
        job = await settled(store.account_delete(_folded(name), how or config.on_delete))
        await erased(store, job)
        return f"{name} is deleted"

    _run(config, work, ERASING_S)


@account.command("erase")
@click.argument("name")
@click.option("--room", default="", metavar="ROOM", help="Only what it said there.")
@click.confirmation_option(prompt="Erase what the account said?")
@click.pass_obj
def erase_(config: Config, name: str, room: str) -> None:
    """Erase what an account said, in rooms and to others; the account stays.

    Any gateway goes on when this is stopped.
    """

    async def work(store: "Store") -> str:
        where = _folded(room) if room else ""
        job = await settled(store.erase("", _folded(name), "erase", where, 0))
        return f"{await erased(store, job)} messages of {name} are erased"

    _run(config, work, ERASING_S)


@account.command()
@click.argument("old")
@click.argument("new")
@click.pass_obj
def rename(config: Config, old: str, new: str) -> None:
    """Give an account another name; who is logged in to it stays so, under the same nick.

    Its history, rooms, devices and all else stay its own; the old name is free.
    """

    async def work(store: "Store") -> str:
        from chatd.renaming import rename_account

        renamed = await rename_account(store, _folded(old), _new_name(new), new, config.name)
        return f"{renamed.before} is {new} now"

    _run(config, work)


@account.command()
@click.argument("name")
@click.option("--generate", is_flag=True, help="Make a password up, and print it.")
@click.option("--end-sessions", is_flag=True, help="End all sessions of the account, too.")
@click.pass_obj
def passwd(config: Config, name: str, generate: bool, end_sessions: bool) -> None:
    """Set the password of an account; asks for it, or reads it from the first line of stdin.

    Whoever is logged in stays so, unless --end-sessions is given.
    """
    password = _password(generate)
    secret = _secret(password)

    async def work(store: "Store") -> str:
        key = _folded(name)
        await settled(store.account_password(key, secret))
        ended = await _end(store, key, await _sessions_of(store, key)) if end_sessions else None
        text = f"The password of {name} is changed"
        if ended is not None:
            text += f"; sessions that were ended: {ended}"
        return _told(text, password if generate else "")

    _run(config, work)


@account.command()
@click.argument("name")
@click.option("--end", "which", metavar="ID|all", help="End one of them, or all.")
@click.pass_obj
def sessions(config: Config, name: str, which: str | None) -> None:
    """Show the sessions and devices of an account, or end them."""

    async def work(store: "Store") -> str:
        from chatd.store.errors import Refused

        key = _folded(name)
        if await settled(store.account(key)) is None:
            raise Refused("noaccount")
        found = await _sessions_of(store, key)
        if which is None:
            return _listed(found, await settled(store.devices_of(key)))
        wanted = [one for one in found if which in ("all", one.sid) and not one.stays]
        if not wanted and which != "all":
            raise ConfigError(f"{name} has no session {which}: `chatd account sessions` shows all")
        return f"Sessions that were ended: {await _end(store, key, wanted)}"

    _run(config, work)


async def _sessions_of(store: "Store", key: str) -> list["OneOf"]:
    found: dict[str, OneOf] = {}
    start = ""
    while True:
        page = await settled(store.sessions_of(key, start))
        found.update({one.sid: one for one in page.rows})
        start = page.following
        if not start:
            return sorted(found.values(), key=lambda one: one.since_ms)


async def _end(store: "Store", key: str, found: list["OneOf"]) -> int:
    """End sessions, some at a time; how many there were."""
    sids, ended = [one.sid for one in found if not one.stays], 0
    why = "An administrator has ended this session"
    for start in range(0, len(sids), _ENDED):
        some = sids[start : start + _ENDED]
        ended += len(await settled(store.end_sessions("", key, some, why=why, reason=why))) - 1
    return ended


def _listed(found: list["OneOf"], devices: list["Device"]) -> str:
    """A line for each session, then for each device that has none."""
    lines = []
    for one in found:
        where = "always on" if one.stays else one.address if one.gateway else "not connected"
        lines.append(
            "\t".join([one.sid, one.device or "-", one.nick, _moment(one.since_ms) or "-", where])
        )
    here = {one.device for one in found if not one.stays}
    for device in devices:
        if device.name not in here:
            seen = _moment(device.seen_ms)
            lines.append("\t".join(["-", device.name or "-", "-", seen or "-", "no session"]))
    return "\n".join(lines)


def _password(generate: bool) -> str:
    """A new password: made up, asked for, or from stdin."""
    from chatd.state.passwords import acceptable

    if generate:
        import secrets

        return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    if sys.stdin.isatty():
        password = str(click.prompt("New password", hide_input=True, confirmation_prompt=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not acceptable(password):
        fail("a password has 1 to 300 bytes: choose another one")
    return password


def _secret(password: str) -> dict[str, str]:
    """What is kept of a password."""
    from chatd.state.passwords import kept_forms

    hashed, scram = kept_forms(password)
    return {"password": hashed, "scram": scram}


def _told(text: str, password: str) -> str:
    """A password that was made up is all that stands on stdout; what was done, on stderr."""
    if not password:
        return text
    click.echo(text, err=True)
    return password


def _run(config: Config, work: Work, seconds: float = 0.0) -> None:
    """Do it, show what it returns; an error is one line and the exit code 1."""
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import Refused, StoreError

    try:
        text = asyncio.run(with_store(config, work, seconds))
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
    from chatd.store.caller import kept_by_server
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
                # it cuts no more than the server does, and shows no more
                return await work(Store(relay, "account", *await settled(kept_by_server(relay))))
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
    from chatd.wire.services import looks_like_service

    try:
        valid_nick(name)
    except InvalidName as error:
        fail(f"{name!r} cannot be a name: {error}")
    if looks_like_service(name):
        fail(f"{name!r} cannot be a name: it would be taken for a service of the server")
    return _folded(name)


def _moment(ms: int) -> str | None:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if ms else None


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")
