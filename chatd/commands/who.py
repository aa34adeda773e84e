"""WHO, with WHOX."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chatd.commands.context import Context
from chatd.commands.pages import each_page
from chatd.commands.people import folded
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.store import Person
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import is_room
from chatd.wire.glob import is_mask, matcher
from chatd.wire.message import Message
from chatd.wire.modes import symbols
from chatd.wire.usermodes import BOT, OPERATOR

ROWS = 2000
"""People in one answer to a mask: "Servers MAY filter or limit visible users replies"."""
_TOKEN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What stands behind the mask: ``[o][%fields[,token]]``. ``fields`` None: no WHOX."""

    operators: bool
    fields: frozenset[str] | None
    token: str


@command("WHO")
async def who(ctx: Context, msg: Message) -> None:
    """List people in a room, by nick or by mask. https://modern.ircdocs.horse/#who-message"""
    mask = msg.params[0] if msg.params and msg.params[0] else "*"
    options = _read(msg.params[1] if len(msg.params) > 1 else "")
    people, client = ctx.server.people, ctx.client
    if is_room(mask):
        [room] = folded([mask])
        show = _shower(ctx, options, mask)
        if room:
            await each_page(ctx, lambda start: people.in_room(client, room, start), show)
    elif is_mask(mask) or mask == "0":
        show = _shower(ctx, options, mask, most=ROWS)
        await each_page(ctx, lambda start: people.everybody(client, start), show)
    else:
        _shower(ctx, options, mask)(await people.named(*folded([mask])))
    ctx.numeric(n.RPL_ENDOFWHO, middle(mask))


def _read(text: str) -> Options:
    flags, percent, rest = text.partition("%")
    fields, _, token = rest.partition(",")
    if not (token.isascii() and token.isdecimal() and len(token) <= _TOKEN_DIGITS):
        token = "0"  # noqa: S105 - no secret, the client's mark of its own question
    return Options("o" in flags, frozenset(fields) if percent else None, token)


def _shower(
    ctx: Context, options: Options, mask: str, most: int | None = None
) -> Callable[[list[Person]], bool]:
    """What shows the people that are wanted, and says False when ``most`` have been shown."""
    matches = _matches(mask)
    count = 0

    def show(people: list[Person]) -> bool:
        nonlocal count
        for person in people:
            if (options.operators and OPERATOR not in person.modes) or not matches(person):
                continue
            if count == most:
                text = f"Only {most} people are shown: ask for fewer"
                ctx.note("TOO_MANY_MATCHES", text, middle(mask))
                return False
            count += 1
            if options.fields is None:
                _row(ctx, person)
            else:
                _wanted_row(ctx, person, options.fields, options.token)
        return True

    return show


def _matches(mask: str) -> Callable[[Person], bool]:
    if mask == "*" or not is_mask(mask):
        return lambda person: True
    fits = matcher(mask)
    return lambda person: any(
        map(fits, (person.nick, person.name, person.user, person.host, person.realname))
    )


def _flags(ctx: Context, person: Person) -> str:
    """``<H|G>[*][prefixes][B]``. https://modern.ircdocs.horse/#rplwhoreply-352"""
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)
    away = "G" if person.away else "H"
    operator = "*" if OPERATOR in person.modes else ""
    bot = BOT if BOT in person.modes else ""
    return away + operator + symbols(person.prefix, multi) + bot


def _row(ctx: Context, person: Person) -> None:
    ctx.numeric(
        n.RPL_WHOREPLY, person.room or "*", person.user, person.host, ctx.server.config.name,
        person.nick, _flags(ctx, person), text=f"0 {person.realname}",
    )  # fmt: skip


def _address(ctx: Context, person: Person) -> str:
    """The address, or "255.255.255.255 [...] when the server refuses to disclose" it."""
    try:
        ipaddress.ip_address(person.host)
    except ValueError:
        return "255.255.255.255"
    return person.host


_FIELDS: Final[dict[str, Callable[[Context, Person], str]]] = {
    "c": lambda ctx, person: person.room or "*",
    "u": lambda ctx, person: person.user,
    "i": _address,
    "h": lambda ctx, person: person.host,
    "s": lambda ctx, person: ctx.server.config.name,
    "n": lambda ctx, person: person.nick,
    "f": _flags,
    "d": lambda ctx, person: "0",
    "l": lambda ctx, person: str(person.idle_ms // 1000),
    "a": lambda ctx, person: person.account or "0",
    "o": lambda ctx, person: "n/a",
}
"""All fields but the token, which is first, and the realname, which is last; in the order in which
"servers MUST send the fields". https://ircv3.net/specs/extensions/whox
"""


def _wanted_row(ctx: Context, person: Person, fields: frozenset[str], token: str) -> None:
    words = [token] if "t" in fields else []
    words += [word(ctx, person) for field, word in _FIELDS.items() if field in fields]
    if "r" in fields:
        ctx.send(n.RPL_WHOSPCRPL.code, ctx.nick, *words, person.realname, text_last=True)
    else:
        ctx.numeric(n.RPL_WHOSPCRPL, *words)
