"""The modes of users."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message


async def user_mode(ctx: Context, msg: Message) -> None:
    """Show the own modes. https://modern.ircdocs.horse/#user-mode"""
    try:
        own = fold(msg.params[0]) == ctx.user.key
    except InvalidName:
        own = False
    if not own:
        raise CommandError(n.ERR_USERSDONTMATCH)
    ctx.numeric(n.RPL_UMODEIS, "+")
