"""Who is here: WHO, WHOIS, ISON, USERHOST."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle, send_line_of_words, send_words
from chatd.commands.server import check_target
from chatd.store.store import Person, Whois
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.glob import is_mask, matcher
from chatd.wire.isupport import MAX_TARGETS
from chatd.wire.message import Message
from chatd.wire.modes import symbols

WHO_ROWS = 2000
"""People in one answer to a mask: "Servers MAY filter or limit visible users replies"."""
USERHOST_NAMES = 5
"""https://modern.ircdocs.horse/#userhost-message"""


@command("WHO")
async def who(ctx: Context, msg: Message) -> None:
    """List people in a room, by nick or by mask. https://modern.ircdocs.horse/#who-message"""
    mask = msg.params[0] if msg.params and msg.params[0] else "*"
    # "o": operators only, and nobody is one
    people = [] if "o" in msg.params[1:2] else await _people(ctx, mask)
    shown = people if is_room(mask) else people[:WHO_ROWS]
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)
    for person in shown:
        flags = ("G" if person.away else "H") + symbols(person.prefix, multi)
        ctx.numeric(
            n.RPL_WHOREPLY, person.room or "*", person.user, person.host, ctx.server.config.name,
            person.nick, flags, text=f"0 {person.realname}",
        )  # fmt: skip
    if len(shown) < len(people):
        text = f"The first {WHO_ROWS} of {len(people)} people are shown: ask for fewer"
        ctx.note("TOO_MANY_MATCHES", text, middle(mask))
    ctx.numeric(n.RPL_ENDOFWHO, middle(mask))


async def _people(ctx: Context, mask: str) -> list[Person]:
    store = ctx.server.store
    if is_room(mask):
        return await store.who("room", *_folded([mask]))
    if mask in ("*", "0"):
        return await store.who("all")
    if not is_mask(mask):
        return await store.who("names", *_folded([mask]))
    matches = matcher(mask)
    return [
        person
        for person in await store.who("all")
        if matches(person.nick)
        or matches(person.name)
        or matches(person.user)
        or matches(person.host)
        or matches(person.realname)
    ]


def _folded(names: Iterable[str]) -> list[str]:
    """Names as the store knows them; what can be nobody's name stands for nobody."""
    keys = []
    for name in names:
        try:
            keys.append(fold(name))
        except InvalidName:
            keys.append("")
    return keys


@command("WHOIS")
async def whois(ctx: Context, msg: Message) -> None:
    """Show people closely. https://modern.ircdocs.horse/#whois-message"""
    nicks = msg.params[:2][-1] if msg.params else ""
    names = list(dict.fromkeys(filter(None, nicks.split(","))))
    if not names:
        raise CommandError(n.ERR_NONICKNAMEGIVEN)
    try:
        if len(msg.params) > 1:
            await check_target(ctx, msg.params[0])
        for name in names[:MAX_TARGETS]:
            await _whois_one(ctx, name)
        if len(names) > MAX_TARGETS:
            text = f"At most {MAX_TARGETS} targets"
            raise CommandError(n.ERR_TOOMANYTARGETS, middle(names[MAX_TARGETS]), text=text)
    except CommandError as error:
        ctx.error(error)
    # "MUST be exactly the <nick> parameter sent by the client [...] if the client sent multiple
    # nicks, this MUST be the comma-separated list of nicks, even if some of them were dropped"
    ctx.numeric(n.RPL_ENDOFWHOIS, middle(nicks))


async def _whois_one(ctx: Context, name: str) -> None:
    [key] = _folded([name])
    found = await ctx.server.store.whois(key)
    if found is None:
        ctx.numeric(n.ERR_NOSUCHNICK, middle(name))
        return
    config, nick = ctx.server.config, found.nick
    ctx.numeric(n.RPL_WHOISUSER, nick, found.user, found.host, "*", text=found.realname)
    send_words(ctx, n.RPL_WHOISCHANNELS, nick, words=_rooms(ctx, found))
    ctx.numeric(n.RPL_WHOISSERVER, nick, config.name, text=f"The {config.network} network")
    if found.away:
        ctx.numeric(n.RPL_AWAY, nick, text=found.away)
    if found.account:
        ctx.numeric(n.RPL_WHOISACCOUNT, nick, found.account)
    if key == ctx.user.key:
        ctx.numeric(n.RPL_WHOISACTUALLY, nick, ctx.client.host)
    idle, signon = str(found.idle_ms // 1000), str(found.since_ms // 1000)
    ctx.numeric(n.RPL_WHOISIDLE, nick, idle, signon)


def _rooms(ctx: Context, found: Whois) -> Iterable[str]:
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)
    return (symbols(prefix, multi) + room for room, prefix in found.rooms)


@command("ISON", min_params=1)
async def ison(ctx: Context, msg: Message) -> None:
    """Say who of some is online. https://www.rfc-editor.org/rfc/rfc2812#section-4.9"""
    names = [name for param in msg.params for name in param.split()]
    people = await ctx.server.store.who("names", *_folded(names))
    # One line, even an empty one: "the only limit is [...] that the combined length MUST NOT be
    # too large as to cause the server to chop it off so it fits in 512 characters".
    send_line_of_words(ctx, n.RPL_ISON, (person.nick for person in people))


@command("USERHOST", min_params=1)
async def userhost(ctx: Context, msg: Message) -> None:
    """Show the hosts of up to five people. https://modern.ircdocs.horse/#userhost-message"""
    people = await ctx.server.store.who("names", *_folded(msg.params[:USERHOST_NAMES]))
    if not people:
        ctx.send(n.RPL_USERHOST.code, ctx.nick, "")
    words = (
        f"{person.nick}={'-' if person.away else '+'}{person.user}@{person.host}"
        for person in people
    )
    send_words(ctx, n.RPL_USERHOST, words=words)
