"""The server about itself: the greeting, MOTD, LUSERS, VERSION."""

from __future__ import annotations

import time

from chatd.commands.context import Context
from chatd.commands.registry import command
from chatd.wire import numerics as n
from chatd.wire.isupport import PREFIX_MODES
from chatd.wire.message import Message


def greet(ctx: Context, asked: str) -> None:
    """Welcome a new user: 001 to 005 and the message of the day.

    https://modern.ircdocs.horse/#connection-registration
    """
    config, user = ctx.server.config, ctx.user
    created = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ctx.server.started_ms / 1000))
    ctx.send(n.RPL_WELCOME.code, asked, f"Welcome to the {config.network} Network, {user.nick}")
    ctx.numeric(
        n.RPL_YOURHOST, text=f"Your host is {config.name}, running version {ctx.server.version}"
    )
    ctx.numeric(n.RPL_CREATED, text=f"This server was created {created}")
    ctx.numeric(
        n.RPL_MYINFO,
        config.name,
        ctx.server.version,
        "i",
        "bkl" + "imnst" + PREFIX_MODES,
        "bkl" + PREFIX_MODES,
    )
    _show_isupport(ctx)
    _show_motd(ctx)


def _show_isupport(ctx: Context) -> None:
    for tokens in ctx.server.isupport:
        ctx.numeric(n.RPL_ISUPPORT, *tokens)


def _show_motd(ctx: Context) -> None:
    if not ctx.server.motd:
        ctx.numeric(n.ERR_NOMOTD)
        return
    ctx.numeric(n.RPL_MOTDSTART, text=f"- {ctx.server.config.name} Message of the day - ")
    for line in ctx.server.motd:
        ctx.numeric(n.RPL_MOTD, text=f"- {line}")
    ctx.numeric(n.RPL_ENDOFMOTD)


@command("MOTD")
def motd(ctx: Context, msg: Message) -> None:
    """Show the message of the day. https://modern.ircdocs.horse/#motd-message"""
    _show_motd(ctx)
