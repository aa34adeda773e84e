"""What there is to know of the server and its past: STATS, LINKS, ADMIN, WHOWAS."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.people import folded
from chatd.commands.privileges import is_operator
from chatd.commands.registry import COMMANDS, command
from chatd.commands.reply import middle
from chatd.commands.server import check_target
from chatd.state.bans import ACCOUNT, ADDRESS, MASK
from chatd.wire import numerics as n
from chatd.wire.message import Message

_MOST: Final = 1_000_000


@command("STATS", min_params=1)
async def stats(ctx: Context, msg: Message) -> None:
    """Show numbers and lists of the server. https://modern.ircdocs.horse/#stats-message"""
    letter = middle(msg.params[0])[:1]
    if len(msg.params) > 1:
        await check_target(ctx, msg.params[1])
    show, for_all = _STATS.get(letter.lower(), (None, True))
    if show is not None:
        if for_all or is_operator(ctx):
            await show(ctx)
        else:
            ctx.numeric(n.ERR_NOPRIVILEGES)
    ctx.numeric(n.RPL_ENDOFSTATS, letter)


async def _uptime(ctx: Context) -> None:
    up = await ctx.server.staff.uptime_s()
    days, rest = divmod(up, 86_400)
    text = f"Server Up {days} days {rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    ctx.numeric(n.RPL_STATSUPTIME, text=text)


def _bans_of(kind: str) -> Callable[[Context], Awaitable[None]]:
    async def show(ctx: Context) -> None:
        # asked of the gateway's own list: there may be many, and Redis need not be kept
        for ban, left_s in ctx.server.network.bans.holding():
            if ban.kind != kind:
                continue
            left = math.ceil(left_s / 60) if ban.ends_ms else 0
            when = f"{left} minutes left" if ban.ends_ms else "until it is lifted"
            text = f"{ban.reason} ({ban.setter}, {when})"
            if kind == MASK:
                host, user = ban.mask.rpartition("@")[2], ban.mask.rpartition("@")[0]
                ctx.numeric(n.RPL_STATSKLINE, "K", middle(host), "*", middle(user), text=text)
            else:
                # as hosts are shown: "::1" would be taken for a text
                mask = f"0{ban.mask}" if ban.mask.startswith("::") else ban.mask
                ctx.numeric(n.RPL_STATSDLINE, ban.kind, middle(mask), text=text)

    return show


async def _operators(ctx: Context) -> None:
    for name in sorted(ctx.server.operators.secrets):
        ctx.numeric(n.RPL_STATSOLINE, "O", "*@*", "*", name)


async def _guessers(ctx: Context) -> None:
    """Networks from which tries to log in had to wait, the latest first."""
    attempts, now_s = ctx.server.accounts.attempts, await ctx.server.staff.clock_s()
    for network, ms in await attempts.guessers():
        shown = f"0{network}" if network.startswith(":") else network
        ago = f"had to wait {max(0, now_s - ms // 1000)} s ago"
        ctx.numeric(n.RPL_STATSDLINE, "G", middle(shown), text=ago)
    text = f"Here {attempts.wrong} passwords were wrong and {attempts.refused} came too soon"
    ctx.numeric(n.RPL_STATSDLINE, "G", "*", text=text)


async def _commands(ctx: Context) -> None:
    for name, row in sorted(COMMANDS.items()):
        if row.used:
            ctx.numeric(n.RPL_STATSCOMMANDS, name, str(row.used))


_STATS: Final[dict[str, tuple[Callable[[Context], Awaitable[None]], bool]]] = {
    "u": (_uptime, True),
    "m": (_commands, False),
    "o": (_operators, False),
    "g": (_guessers, False),
    "k": (_bans_of(MASK), False),
    "d": (_bans_of(ADDRESS), False),
    "a": (_bans_of(ACCOUNT), False),
}
"""What each letter shows, and whether to everybody or to operators only."""


@command("LINKS")
def links(ctx: Context, msg: Message) -> None:
    """List the servers: all gateways are one. https://modern.ircdocs.horse/#links-message"""
    config = ctx.server.config
    if config.description:
        ctx.numeric(n.RPL_LINKS, config.name, config.name, text=f"0 {config.description}")
    ctx.numeric(n.RPL_ENDOFLINKS, "*")


@command("ADMIN")
async def admin(ctx: Context, msg: Message) -> None:
    """Say who runs the server. https://modern.ircdocs.horse/#admin-message"""
    if msg.params:
        await check_target(ctx, msg.params[0])
    config = ctx.server.config
    ctx.numeric(n.RPL_ADMINME, config.name)
    ctx.numeric(n.RPL_ADMINLOC1, text=f"The {config.network} network")
    ctx.numeric(n.RPL_ADMINLOC2, text=config.description or f"The server {config.name}")
    ctx.numeric(n.RPL_ADMINEMAIL, text=config.admin or "Nobody has said how to reach them")


@command("WHOWAS")
async def whowas(ctx: Context, msg: Message) -> None:
    """Show who had a nick before. https://modern.ircdocs.horse/#whowas-message"""
    if not msg.params or not msg.params[0]:
        raise CommandError(n.ERR_NONICKNAMEGIVEN)
    asked = msg.params[0]
    count = msg.params[1] if len(msg.params) > 1 else ""
    # "If given, <count> SHOULD be a positive number. Otherwise, a full search is done."
    most = min(int(count), _MOST) if count.isascii() and count.isdecimal() else 0
    [key] = folded([asked])
    found = await ctx.server.people.whowas(key, most)
    if not found:
        ctx.numeric(n.ERR_WASNOSUCHNICK, middle(asked))
    for was in found:
        ctx.numeric(n.RPL_WHOWASUSER, was.nick, was.user, was.host, "*", text=was.realname)
        if is_operator(ctx):
            ctx.numeric(n.RPL_WHOISACTUALLY, was.nick, was.host)
        if was.account:
            ctx.numeric(n.RPL_WHOISACCOUNT, was.nick, was.account)
        left = time.strftime("%a %b %d %Y %H:%M:%S UTC", time.gmtime(was.left_ms / 1000))
        ctx.numeric(n.RPL_WHOISSERVER, was.nick, ctx.server.config.name, text=left)
    ctx.numeric(n.RPL_ENDOFWHOWAS, middle(asked))
