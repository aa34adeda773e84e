"""``chat sessions``: the sessions and devices of one's account, listed and ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import click

from chatd.wire.message import Message, format_line
from chatd.wire.text import printable
from cli.asked import ask_with
from cli.client.asking import Asking
from cli.client.checks import command_line, number
from cli.client.errors import ChatError, NotConnected, Refused
from cli.client.spelling import is_time, server_time
from cli.options import Options
from cli.who import local_time, table

DEVICE: Final = "~sessions"
"""What the session is called that asks; it is not listed."""
ALL: Final = "ALL"
_WORDS: Final = 11
"""Parameters of a line about a session, the command and the text among them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A session, or a device without one: ``id`` None. Times are as in JSON, None = not known.

    ``state``: connected, waiting (for its connection), stays (always on), or remembered.
    """

    id: str | None
    device: str | None
    state: str
    nick: str | None
    gateway: str | None
    address: str | None
    since: float | None
    active: float | None


def print_sessions(
    options: Options, name: str, password: str | None, seconds: float, *, json_output: bool
) -> None:
    """Print them. Raises ChatError."""

    async def work(asking: Asking) -> None:
        found = await read_sessions(asking)
        if json_output:
            click.echo(as_json(found))
        elif sys.stdout.isatty() or found:
            click.echo(as_table(found))

    ask_with(options, name, password, seconds, work, device=DEVICE)


def end_sessions(
    options: Options, name: str, password: str | None, seconds: float, which: Sequence[str]
) -> None:
    """End those of ids or devices, or `ALL`. Raises ChatError."""

    async def work(asking: Asking) -> None:
        for one in which:
            said = await _asked(asking, command_line("SESSIONS", "END", one))
            for message in said:
                if message.params[1:2] == ["ENDED"]:
                    click.echo(f"{printable(message.params[-1])}.", err=True)

    ask_with(options, name, password, seconds, work, device=DEVICE)


def forget_devices(
    options: Options, name: str, password: str | None, seconds: float, which: Sequence[str]
) -> None:
    """Have devices forgotten. Raises ChatError."""

    async def work(asking: Asking) -> None:
        for one in which:
            await _asked(asking, command_line("SESSIONS", "FORGET", one))

    ask_with(options, name, password, seconds, work, device=DEVICE)


async def read_sessions(asking: Asking) -> list[Listed]:
    """All but the one that asks. Raises Refused, NotConnected."""
    found: list[Listed] = []
    for message in await _asked(asking, format_line("SESSIONS", "LIST")):
        words = message.params[1:]
        if words[:1] == ["SESSION"] and len(words) >= _WORDS:
            if words[9] == "THIS":
                continue
            sid, device, state, nick, gateway, since, active, address = map(_word, words[1:9])
            row = Listed(
                sid, device, (state or "").lower(), nick, gateway, address, _time(since),
                _time(active),
            )  # fmt: skip
            found.append(row)
        elif words[:1] == ["DEVICE"] and len(words) > 3:
            seen = _time(words[2])
            found.append(Listed(None, _word(words[1]), "remembered", None, None, None, None, seen))
    return found


def _word(text: str) -> str | None:
    return None if text == "*" else text


def _time(text: str | None) -> float | None:
    at = number(text or "")
    return at if at and is_time(at) else None


async def _asked(asking: Asking, line: bytes) -> list[Message]:
    """What the server notes about it. Raises what it refuses."""
    if not asking.authenticated:
        raise ChatError(asking.claim_problem or "you have no account here")
    answer = await asking.ask(line)
    for message in answer:
        params = message.params
        if message.command == "421" and "SESSIONS" in params:
            raise Refused("the server does not list sessions")
        if message.command == "FAIL" and params[:1] == ["SESSIONS"]:
            about = "".join(f"{word}: " for word in params[3:-1])
            kind = NotConnected if params[1:2] == ["TEMPORARILY_UNAVAILABLE"] else Refused
            raise kind(f"{about}{params[-1]}")
    return [one for one in answer if one.command == "NOTE" and one.params[:1] == ["SESSIONS"]]


def as_json(found: Sequence[Listed]) -> str:
    """A JSON array; times in UTC."""
    rows = []
    for one in found:
        row = asdict(one)
        for name in ("since", "active"):
            row[name] = None if row[name] is None else server_time(row[name])
        rows.append(row)
    return json.dumps(rows, indent=2)


def as_table(found: Sequence[Listed]) -> str:
    """A table for people to read; times are local."""
    rows = [("ID", "DEVICE", "STATE", "NICK", "FROM", "SINCE", "ACTIVE")]
    for one in found:
        words = (one.id, _shown_device(one.device), one.state, one.nick, one.address)
        times = (one.since, one.active)
        shown = ["" if at is None else local_time(at) for at in times]
        rows.append((*(printable(word or "") for word in words), *shown))  # type: ignore[arg-type]
    return "\n".join([*table(rows), f"{sum(one.id is not None for one in found)} sessions"])


def _shown_device(device: str | None) -> str:
    """A name that a program has made up for one run says nothing; - is a device without one."""
    return device if device and not device.startswith("~") else "" if device else "-"
