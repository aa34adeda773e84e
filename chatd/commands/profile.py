"""What a user says of himself: AWAY, SETNAME."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.isupport import AWAYLEN, NAMELEN
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8


@command("AWAY", before_registration=True)
async def away(ctx: Context, msg: Message) -> None:
    """Go away with a text, or come back without one. https://modern.ircdocs.horse/#away-message"""
    text = truncate_utf8(msg.params[0], AWAYLEN) if msg.params else ""
    if not ctx.client.registered:
        # https://ircv3.net/specs/extensions/pre-away
        if not ctx.client.caps & c.CAP_PRE_AWAY:
            raise CommandError(n.ERR_NOTREGISTERED)
        ctx.client.registration.away = text
        ctx.numeric(n.RPL_NOWAWAY if text else n.RPL_UNAWAY)
        return
    seen = await ctx.server.users.set_away(ctx.client, text)
    if text and not seen:
        text = "This session is marked as being away; another one of yours is not"
        ctx.numeric(n.RPL_NOWAWAY, text=text)
    else:
        ctx.numeric(n.RPL_NOWAWAY if text else n.RPL_UNAWAY)


@command("SETNAME", min_params=1)
async def setname(ctx: Context, msg: Message) -> None:
    """Change the realname; the event confirms it. https://ircv3.net/specs/extensions/setname"""
    realname = msg.params[0]
    if not realname.strip() or len(realname.encode()) > NAMELEN:
        raise Failure("INVALID_REALNAME", f"A realname has 1 to {NAMELEN} bytes")
    changed = await ctx.server.users.set_realname(ctx.client, realname)
    if not changed and ctx.client.caps & c.CAP_SETNAME:
        # there is no event, and the client waits for its confirmation
        ctx.send("SETNAME", realname, source=ctx.user.source)
