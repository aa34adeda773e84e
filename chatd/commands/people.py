"""Who is here: WHOIS, ISON, USERHOST."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.privileges import is_operator
from chatd.commands.registry import command
from chatd.commands.reply import middle, send_line_of_words, send_words
from chatd.commands.server import check_target
from chatd.store.store import Whois
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, valid_nick
from chatd.wire.isupport import MAX_TARGETS
from chatd.wire.message import Message
from chatd.wire.modes import symbols
from chatd.wire.services import SERVICES
from chatd.wire.usermodes import BOT, OPERATOR, SECURE, shown

USERHOST_NAMES = 5
"""https://modern.ircdocs.horse/#userhost-message"""


def folded(names: Iterable[str]) -> list[str]:
    """Names as the store knows them; what can be nobody's name stands for nobody."""
    keys = []
    for name in names:
        try:
            keys.append(fold(name))
        except InvalidName:
            keys.append("")
    return keys


def nick_key(name: str) -> str:
    """The folded form of a nick; "" for what nobody can be called."""
    try:
        valid_nick(name)
        return fold(name)
    except InvalidName:
        return ""


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
    [key] = folded([name])
    if key in SERVICES:
        _whois_service(ctx, SERVICES[key])
        return
    found = await ctx.server.people.whois(ctx.client, key)
    if found is None:
        ctx.numeric(n.ERR_NOSUCHNICK, middle(name))
        return
    config, nick = ctx.server.config, found.nick
    ctx.numeric(n.RPL_WHOISUSER, nick, found.user, found.host, "*", text=found.realname)
    send_words(ctx, n.RPL_WHOISCHANNELS, nick, words=_rooms(ctx, found))
    about = config.description or f"The {config.network} network"
    ctx.numeric(n.RPL_WHOISSERVER, nick, config.name, text=about)
    if found.away:
        ctx.numeric(n.RPL_AWAY, nick, text=found.away)
    if found.account:
        ctx.numeric(n.RPL_WHOISACCOUNT, nick, found.account)
    _show_modes(ctx, found)
    if key == ctx.user.key or is_operator(ctx):
        _show_sessions(ctx, found)
    own = [ctx.client.certificate] if key == ctx.user.key and ctx.client.certificate else []
    for shown_one in dict.fromkeys([*own, *found.certificates]):
        text = f"has client certificate fingerprint {shown_one}"
        ctx.numeric(n.RPL_WHOISCERTFP, nick, text=text)
    idle, signon = str(found.idle_ms // 1000), str(found.since_ms // 1000)
    ctx.numeric(n.RPL_WHOISIDLE, nick, idle, signon)


def _whois_service(ctx: Context, name: str) -> None:
    """A service is there for everybody, and is in no room."""
    server = ctx.server.config.name
    text = f"Service of this server; /msg {name} help"
    ctx.numeric(n.RPL_WHOISUSER, name, name, server, "*", text=text)
    ctx.numeric(n.RPL_WHOISSERVER, name, server, text=f"The {ctx.server.config.network} network")
    ctx.numeric(n.RPL_WHOISOPERATOR, name, text="is a network service")


def _show_modes(ctx: Context, found: Whois) -> None:
    if OPERATOR in found.modes:
        ctx.numeric(n.RPL_WHOISOPERATOR, found.nick)
    if BOT in found.modes:
        text = f"is a bot on {ctx.server.config.network}"
        ctx.numeric(n.RPL_WHOISBOT, found.nick, text=text)
    if SECURE in found.modes:
        ctx.numeric(n.RPL_WHOISSECURE, found.nick)


def _show_sessions(ctx: Context, found: Whois) -> None:
    """What only the user and operators may know: modes, and from where each session comes."""
    ctx.numeric(n.RPL_WHOISMODES, found.nick, text=f"is using modes {shown(found.modes)}")
    ctx.numeric(n.RPL_WHOISACTUALLY, found.nick, found.host)
    for host in found.hosts:
        text = f"is connecting from {found.user}@{host} {host}"
        ctx.numeric(n.RPL_WHOISHOST, found.nick, text=text)


def _rooms(ctx: Context, found: Whois) -> Iterable[str]:
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)
    return (symbols(prefix, multi) + room for room, prefix in found.rooms)


@command("ISON", min_params=1)
async def ison(ctx: Context, msg: Message) -> None:
    """Say who of some is online. https://www.rfc-editor.org/rfc/rfc2812#section-4.9"""
    names = [name for param in msg.params for name in param.split()]
    people = await ctx.server.people.named(*folded(names))
    # One line, even an empty one: "the only limit is [...] that the combined length MUST NOT be
    # too large as to cause the server to chop it off so it fits in 512 characters".
    services = [SERVICES[name.lower()] for name in names if name.lower() in SERVICES]
    send_line_of_words(ctx, n.RPL_ISON, [*services, *(person.nick for person in people)])


@command("USERHOST", min_params=1)
async def userhost(ctx: Context, msg: Message) -> None:
    """Show the hosts of up to five people. https://modern.ircdocs.horse/#userhost-message"""
    people = await ctx.server.people.named(*folded(msg.params[:USERHOST_NAMES]))
    if not people:
        ctx.send(n.RPL_USERHOST.code, ctx.nick, "")
    words = (
        f"{person.nick}{'*' if OPERATOR in person.modes else ''}="
        f"{'-' if person.away else '+'}{person.user}@{person.host}"
        for person in people
    )
    send_words(ctx, n.RPL_USERHOST, words=words)
