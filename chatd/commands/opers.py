"""What operators do: KILL, WALLOPS, REHASH. See `chatd.commands.privileges`."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

COMMENT_BYTES = 200
"""Bytes of a comment: it stands in the QUIT and the ERROR, behind names."""


@command("KILL", min_params=1)
async def kill(ctx: Context, msg: Message) -> None:
    """Remove a user from the server. https://modern.ircdocs.horse/#kill-message"""
    target = msg.params[0]
    given = msg.params[1].strip() if len(msg.params) > 1 else ""
    comment = truncate_utf8(given or "No reason given", COMMENT_BYTES)
    if target.lower() == ctx.server.config.name.lower():
        raise CommandError(n.ERR_CANTKILLSERVER)
    try:
        await ctx.server.staff.kill(ctx.client, fold(target), comment)
    except InvalidName:
        raise CommandError(n.ERR_NOSUCHNICK, middle(target)) from None
    except Refused as refused:
        if refused.word != "nouser":
            raise
        raise CommandError(n.ERR_NOSUCHNICK, middle(target)) from None


@command("WALLOPS", min_params=1)
async def wallops(ctx: Context, msg: Message) -> None:
    """Write to everybody who wants to hear operators. https://modern.ircdocs.horse/#wallops-message"""
    text = truncate_utf8(msg.params[0], 512 - 16 - len(ctx.user.source.encode()))
    if not text:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "WALLOPS")
    await ctx.server.staff.wallops(ctx.client, text)


@command("REHASH")
async def rehash(ctx: Context, msg: Message) -> None:
    """Have all gateways read their files again: operators, MOTD, WEBIRC gateways, certificate.

    https://modern.ircdocs.horse/#rehash-message
    """
    await ctx.server.staff.rehash(ctx.client)
    config = ctx.server.config
    files = (config.oper_file, config.motd_file, config.webirc_file, config.tls_cert)
    names = [file.name for file in files if file is not None and " " not in file.name]
    ctx.numeric(n.RPL_REHASHING, names[0] if names else "*")
