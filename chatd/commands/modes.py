"""MODE: what the modes are now."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.rooms import refusal, room_key
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.message import Message


@command("MODE", min_params=1)
async def mode(ctx: Context, msg: Message) -> None:
    """Show modes; none can be changed yet. https://modern.ircdocs.horse/#mode-message"""
    target = msg.params[0]
    if not is_room(target):
        _user_mode(ctx, target)
        return
    try:
        room = await ctx.server.store.snapshot(room_key(target), ctx.user.key)
    except Refused as refused:
        raise refusal(refused, target) from None
    if len(msg.params) == 1:
        ctx.numeric(n.RPL_CHANNELMODEIS, room.name, f"+{room.modes}")
        ctx.numeric(n.RPL_CREATIONTIME, room.name, str(room.created_ms // 1000))
    elif msg.params[1].lstrip("+") == "b" and len(msg.params) == 2:
        ctx.numeric(n.RPL_ENDOFBANLIST, room.name)
    else:
        raise CommandError(n.ERR_CHANOPRIVSNEEDED, room.name)


def _user_mode(ctx: Context, target: str) -> None:
    try:
        own = fold(target) == ctx.user.key
    except InvalidName:
        own = False
    if not own:
        raise CommandError(n.ERR_USERSDONTMATCH)
    ctx.numeric(n.RPL_UMODEIS, "+")
