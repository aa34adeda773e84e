"""The command ``chatd export``: what was said, as JSON lines, for who runs the server."""

import json
import os
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import click

from chatd.account import settled, with_store
from chatd.config import Config, ConfigError
from chatd.located import Located, fail

if TYPE_CHECKING:
    from chatd.state.events import Event
    from chatd.store.store import Store

_TAKES_S = 86_400.0
_NOBODY_READS = 141
"""The exit code of who writes into a pipe that nobody reads: 128 and SIGPIPE."""
_ACTION = "\x01ACTION "


@click.command(cls=Located)
@click.option("--account", "name", default="", metavar="NAME", help="What it said and was told.")
@click.option("--room", default="", metavar="ROOM", help="What was said there.")
@click.option("--since", metavar="TIME", help="From then on: 2026-01-31T12:00:00.000Z.")
@click.pass_obj
def export(config: Config, name: str, room: str, since: str | None) -> None:
    """Write what was said to stdout, a JSON object on a line, as `chat history --json` does.

    Name the Redis or the data directory as for `chatd serve`. Without --account and --room
    everything: what was said in each room, and to each user. What was taken back, erased or is
    over age is not in it. Each log is in its order; an export of all has one after the other.
    """
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import StoreError

    since_ms = _moment(since)

    async def work(store: "Store") -> None:
        async for line in _lines(store, _folded(name), _folded(room), since_ms):
            sys.stdout.write(line)
        sys.stdout.flush()

    try:
        asyncio.run(with_store(config, work, _TAKES_S))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to be said
        sys.exit(_NOBODY_READS)
    except TimeoutError:
        fail("Redis does not answer: is it running?")
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        fail(f"cannot write all of it: {error.strerror}")
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))


async def _lines(store: "Store", account: str, room: str, since_ms: int) -> AsyncIterator[str]:
    """The lines of all logs that are meant."""
    if account and await settled(store.account(account)) is None:
        raise ConfigError("there is no such account: `chatd account list` shows all")
    async for log in _logs(store, account, room):
        own = account and log == f"{store.keys.user(account)}:log"
        after = "-"
        while after:
            asked = store.exported(log, after, since_ms, "" if own else account)
            after, payloads = await settled(asked)
            for payload in payloads:
                line = _line(payload, account, in_room=log.startswith(store.keys.room("")[:-1]))
                if line:
                    yield line


async def _logs(store: "Store", account: str, room: str) -> AsyncIterator[str]:
    """The keys of the logs: of one room, of an account and the rooms, or all."""
    if room:
        yield f"{store.keys.room(room)}:log"
        return
    if account:
        yield f"{store.keys.user(account)}:log"
    rooms, users = store.keys.room("")[:-1], store.keys.user("")[:-1]
    cursor, seen = "0", set[str]()
    while True:
        cursor, found = await settled(store.logs(cursor))
        for log in found:
            if log not in seen and log.startswith(rooms if account else (rooms, users)):
                seen.add(log)
                yield log
        if cursor == "0":
            return


def _line(payload: bytes, account: str, *, in_room: bool) -> str:
    """A message as a line; '' = it is the sender's own copy, and the other one is there, too."""
    from chatd.state.events import Event
    from chatd.wire.casemap import fold
    from chatd.wire.moments import moment

    event = Event(payload)
    sent = event.spread and not in_room and not _named(event)
    if sent and not account:
        return ""
    command, target, text = (event.args[at].decode() for at in (0, 1, 3))
    kind = "notice" if command == "NOTICE" else "text"
    if text.startswith(_ACTION) and kind == "text":
        kind, text = "action", text.removeprefix(_ACTION).removesuffix("\x01")
    nick = event.source.decode().partition("!")[0]
    with_ = nick if account and fold(target) == account else target
    row: dict[str, Any] = {
        "time": moment(event.time_ms),
        "msgid": event.msgid.decode(),
        "room": target if in_room else None,
        "with": None if in_room else with_,
        "from": nick,
        "account": event.account.decode() or None,
        "kind": kind,
        "text": _several(text),
    }
    return json.dumps(row) + "\n"


def _named(event: "Event") -> bool:
    """Whether it was said to one of several nicks of an account: that is no sender's copy."""
    return len(event.args) > 6 and event.args[6] != b""


def _several(text: str) -> str:
    """The lines of a message of several."""
    from chatd.wire.multiline import split

    if not text.startswith("\n"):
        return text
    whole = ""
    for line, concat in split(text.encode()):
        whole += line.decode() if concat or not whole else "\n" + line.decode()
    return whole


def _moment(text: str | None) -> int:
    from chatd.wire.moments import moment_ms

    ms = moment_ms(text) if text else 0
    if ms is None:
        fail(f"--since: {text!r} is no time: write 2026-01-31T12:00:00.000Z")
    return max(0, ms)


def _folded(name: str) -> str:
    from chatd.wire.casemap import InvalidName, fold

    try:
        return fold(name) if name else ""
    except InvalidName as error:
        raise ConfigError(str(error)) from None
