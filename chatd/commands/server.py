"""The server about itself: the greeting, MOTD, LUSERS, VERSION, TIME, INFO."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress

from chatd.commands import metadata
from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.template import Template
from chatd.store.errors import StoreError
from chatd.store.login import Counts
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.glob import matcher
from chatd.wire.message import Message
from chatd.wire.modes import ALL_LETTERS, WITH_PARAMETER
from chatd.wire.retention import Kept
from chatd.wire.usermodes import ALL_LETTERS as USER_MODES

_ISUPPORT_BATCH = c.CAP_BATCH | c.CAP_EXTENDED_ISUPPORT


async def greet(ctx: Context, asked: str, counts: Counts) -> None:
    """Welcome a new user: 001 to 005, LUSERS and the message of the day.

    https://modern.ircdocs.horse/#connection-registration
    """
    server = ctx.server
    text = f"Welcome to the {server.config.network} Network, {ctx.user.nick}"
    ctx.send(n.RPL_WELCOME.code, asked, text)
    _told(ctx, "server", server.version, _show_server)
    if ctx.client.caps & _ISUPPORT_BATCH == _ISUPPORT_BATCH:
        _show_isupport(ctx)
    else:
        _told(ctx, "isupport", server.isupport, _show_isupport)
    _told(ctx, "lusers", counts, lambda ctx: _show_lusers(ctx, counts))
    if ctx.client.caps & (c.CAP_METADATA | c.CAP_METADATA_3):
        with suppress(StoreError, Failure):  # clients wait for the end of the MOTD, come what may
            await metadata.begin(ctx)
    _told(ctx, "motd", server.motd, _show_motd)


def _told(ctx: Context, what: str, basis: object, show: Callable[[Context], None]) -> None:
    """Answer with what is the same for all but for the nick, and for all of one basis."""
    template = ctx.server.told.get(what)
    if not isinstance(template, Template) or template.basis is not basis:
        template = ctx.server.told[what] = Template(ctx.server, basis, show)
    template.send(ctx)


def _show_server(ctx: Context) -> None:
    config, version = ctx.server.config, ctx.server.version
    created = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ctx.server.started_ms / 1000))
    ctx.numeric(n.RPL_YOURHOST, text=f"Your host is {config.name}, running version {version}")
    ctx.numeric(n.RPL_CREATED, text=f"This server was created {created}")
    ctx.numeric(n.RPL_MYINFO, config.name, version, USER_MODES, ALL_LETTERS, WITH_PARAMETER)


@command("ISUPPORT", before_registration=True)
def isupport(ctx: Context, msg: Message) -> None:
    """Show what is supported. https://ircv3.net/specs/extensions/extended-isupport"""
    if not ctx.client.registered and not ctx.client.caps & c.CAP_EXTENDED_ISUPPORT:
        raise CommandError(n.ERR_NOTREGISTERED)
    _show_isupport(ctx)


def _show_isupport(ctx: Context) -> None:
    # "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch when the batch
    # and draft/extended-isupport capabilities are enabled."
    batched = ctx.client.caps & _ISUPPORT_BATCH == _ISUPPORT_BATCH
    with ctx.batch("draft/isupport") if batched else nullcontext():
        for tokens in ctx.server.isupport:
            ctx.numeric(n.RPL_ISUPPORT, *tokens)


def _show_motd(ctx: Context) -> None:
    if not ctx.server.motd:
        ctx.numeric(n.ERR_NOMOTD)
        return
    ctx.numeric(n.RPL_MOTDSTART, text=f"- {ctx.server.config.name} Message of the day - ")
    for line in ctx.server.motd:
        ctx.numeric(n.RPL_MOTD, text=f"- {line}")
    config = ctx.server.config
    kept = Kept(config.history_events, config.history_days).sentence
    ctx.numeric(n.RPL_MOTD, text=f"- {kept}.")
    ctx.numeric(n.RPL_ENDOFMOTD)


@command("MOTD")
async def motd(ctx: Context, msg: Message) -> None:
    """Show the message of the day. https://modern.ircdocs.horse/#motd-message"""
    if msg.params:
        await check_target(ctx, msg.params[0])
    _show_motd(ctx)


async def check_target(ctx: Context, target: str) -> None:
    """Let pass what stands for this server: its name, a mask of it, or the nick of somebody here.

    Raises CommandError(ERR_NOSUCHSERVER). https://modern.ircdocs.horse/#version-message
    """
    if matcher(target)(ctx.server.config.name):
        return
    try:
        people = await ctx.server.people.named(fold(target))
    except InvalidName:
        people = []
    if not people:
        raise CommandError(n.ERR_NOSUCHSERVER, middle(target))


@command("LUSERS")
async def lusers(ctx: Context, msg: Message) -> None:
    """Show how many users there are. https://modern.ircdocs.horse/#lusers-message"""
    _show_lusers(ctx, await ctx.server.people.counts())


def _show_lusers(ctx: Context, counts: Counts) -> None:
    """All gateways are one server, so every user is local.

    The unknown connections (253) are left out: they are one gateway's, and clients see the server.
    """
    users, peak = str(counts.users), str(counts.peak)
    visible = counts.users - counts.invisible
    ctx.numeric(
        n.RPL_LUSERCLIENT,
        text=f"There are {visible} users and {counts.invisible} invisible on 1 servers",
    )
    ctx.numeric(n.RPL_LUSEROP, str(counts.operators))
    ctx.numeric(n.RPL_LUSERCHANNELS, str(counts.rooms))
    ctx.numeric(n.RPL_LUSERME, text=f"I have {users} clients and 0 servers")
    ctx.numeric(n.RPL_LOCALUSERS, users, peak, text=f"Current local users {users}, max {peak}")
    ctx.numeric(n.RPL_GLOBALUSERS, users, peak, text=f"Current global users {users}, max {peak}")


@command("VERSION")
async def version(ctx: Context, msg: Message) -> None:
    """Show the version and what is supported. https://modern.ircdocs.horse/#version-message"""
    if msg.params:
        await check_target(ctx, msg.params[0])
    config = ctx.server.config
    about = f"The {config.network} network"
    ctx.numeric(n.RPL_VERSION, ctx.server.version, config.name, text=about)
    _show_isupport(ctx)


@command("TIME")
async def time_(ctx: Context, msg: Message) -> None:
    """Show the time. https://modern.ircdocs.horse/#time-message"""
    if msg.params:
        await check_target(ctx, msg.params[0])
    now = await ctx.server.staff.clock_s()
    text = time.strftime("%A %d %B %Y, %H:%M:%S UTC", time.gmtime(now))
    ctx.numeric(n.RPL_TIME, ctx.server.config.name, str(now), text=text)


@command("INFO")
async def info(ctx: Context, msg: Message) -> None:
    """Show what this server is. https://modern.ircdocs.horse/#info-message"""
    if msg.params:
        await check_target(ctx, msg.params[0])
    ctx.numeric(n.RPL_INFO, text=f"{ctx.server.version}, free software under the MIT licence")
    ctx.numeric(n.RPL_INFO, text="Any number of gateways are one server; its state is in Redis")
    config = ctx.server.config
    ctx.numeric(n.RPL_INFO, text=Kept(config.history_events, config.history_days).sentence)
    ctx.numeric(n.RPL_ENDOFINFO)
