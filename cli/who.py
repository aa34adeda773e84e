"""``chat who``: the roster, read without being seen."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from chatd.wire.message import Message, format_line
from chatd.wire.text import printable
from cli.client import sts
from cli.client.checks import number
from cli.client.connection import Connection, Server
from cli.client.dataclass import dataclass
from cli.client.errors import NotConnected, Refused, TimedOut, kept_out
from cli.client.reach import Try, reach, try_all
from cli.client.spelling import LAST_TIME, folded, reason_of, server_time
from cli.client.sts import Upgrade
from cli.client.timing import Timing

if TYPE_CHECKING:
    from cli.client.gateways import Gateways


@dataclass(frozen=True, slots=True)
class Online:
    """Somebody who is online. ``away`` is their text, None when they are not away."""

    name: str
    away: str | None
    since: float


async def roster(gateways: Gateways, server_password: str | None, seconds: float) -> list[Online]:
    """Ask the first address that answers who is online; sorted by name.

    Raises NotConnected, LoginRefused, Refused, TimedOut.
    """

    async def attempt(this: Try[list[Online]]) -> list[Online]:
        server = gateways.trust.secured(this.server)
        try:
            return await _ask_at(server, gateways, server_password)
        except Upgrade as upgrade:
            server = Server(server.host, upgrade.port, tls=True)
            return await _ask_at(server, gateways, server_password)

    try:
        async with asyncio.timeout(seconds):
            look = partial(reach, gateways, attempt, lambda _: None, Timing())
            return await try_all(gateways, look)
    except TimeoutError:
        where = ", ".join(map(str, gateways.all))
        raise TimedOut(f"{where} did not answer within {seconds:g} s") from None


async def _ask_at(server: Server, gateways: Gateways, password: str | None) -> list[Online]:
    connection = await Connection.open(server, gateways.trust, tuple(gateways.given))
    try:
        return await _ask(connection, password)
    except Upgrade:
        raise
    except NotConnected as error:
        raise NotConnected(f"{server}: {error}") from None
    finally:
        connection.send(format_line("QUIT"))
        await connection.close()


async def _ask(connection: Connection, server_password: str | None) -> list[Online]:
    if server_password and not connection.server.tls:
        await _may_hear(connection)
    if server_password:
        connection.send(format_line("PASS", server_password))
    connection.send(format_line("ROSTER"))
    found: dict[str, Online] = {}
    while True:
        for message in await connection.receive():
            if _wants_password(message):
                raise kept_out(server_password)
            online = _read(message)
            if online is not None:
                found[folded(online.name)] = online
            elif message.command == "ROSTER":
                return [found[key] for key in sorted(found)]


async def _may_hear(connection: Connection) -> None:
    """Return unless the server wants passwords by TLS only. Raises Upgrade."""
    connection.send(format_line("CAP", "LS", "302"))
    while True:
        for message in await connection.receive():
            if message.command != "CAP" or len(message.params) < 3:
                return
            for word in message.params[-1].split():
                name, _, value = word.partition("=")
                if name == "sts" and (port := sts.read(value)[0]):
                    raise Upgrade.to(port)
            if message.params[2] != "*":
                return


def _wants_password(message: Message) -> bool:
    """Whether it is the server's own that was not given, or another."""
    message = _standard_reply(message)
    needed = message.command == "FAIL" and message.params[1:2] == ["NEED_PASSWORD"]
    return needed or message.command == "464"


def _read(message: Message) -> Online | None:
    """Read one line of the answer: ``ROSTER <nick> <H|G> <since: Unix ms> :<away text>``."""
    message = _standard_reply(message)
    params, text = message.params, reason_of(message)
    match message.command:
        case "ROSTER" if len(params) > 3 and params[0] != "END":
            away = params[3] if params[1].startswith("G") else None
            since = (number(params[2]) or 0) / 1000
            return Online(params[0], away, since if since <= LAST_TIME else 0.0)
        case "ERROR" | "400":
            raise NotConnected(text)
        case "FAIL" if params[1:2] == ["TEMPORARILY_UNAVAILABLE"]:
            raise NotConnected(text)
        case "FAIL" | "421" | "451":
            raise Refused(f"the server does not tell who is online: {text}")
    return None


def online_in(answer: Iterable[Message]) -> list[Online]:
    """Read a whole answer; what is none is left out."""
    read = (_read(message) for message in answer if message.command == "ROSTER")
    return [online for online in read if online is not None]


def _standard_reply(message: Message) -> Message:
    """Read ``NOTICE * :FAIL ROSTER <code>: text``: so is told who asked for no standard replies."""
    command, _, rest = message.params[-1].partition(" ") if message.params else ("", "", "")
    subject, _, rest = rest.partition(" ")
    code, colon, text = rest.partition(": ")
    if (message.command, command, subject) != ("NOTICE", "FAIL", "ROSTER") or not colon:
        return message
    return Message(command, [subject, code, text])


def as_json(people: Sequence[Online]) -> str:
    """Write the roster as a JSON array; ``away`` is null or a text, ``since`` in UTC."""
    import json

    rows = [{"name": one.name, "away": one.away, "since": server_time(one.since)} for one in people]
    return json.dumps(rows, indent=2)


def as_names(people: Sequence[Online]) -> str:
    """Write the names, one on a line."""
    return "\n".join(printable(one.name) for one in people)


def as_table(people: Sequence[Online]) -> str:
    """Write a table for people to read; times are local."""
    rows = [("NAME", "AWAY", "SINCE")]
    for one in people:
        away = "" if one.away is None else printable(one.away) or "away"
        rows.append((printable(one.name), away, local_time(one.since)))
    return "\n".join([*table(rows), f"{len(people)} online"])


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in which each column but the last is as wide as its widest word."""
    columns = range(len(rows[0]) - 1)
    widths = [max(_width(row[at]) for row in rows) for at in columns]
    return [
        "  ".join(
            [*(row[at] + " " * (widths[at] - _width(row[at])) for at in columns), row[-1]]
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(bool(unicodedata.combining(c)) for c in text)


def local_time(at: float) -> str:
    """A time for people to read."""
    when = datetime.fromtimestamp(at)
    today = when.date() == datetime.now().date()
    return when.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")
