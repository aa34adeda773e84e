"""SETHOST and CHGHOST: an operator changes what others see behind a nick."""

from __future__ import annotations

import re
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message

_USER_AT_HOST: Final = re.compile(
    r"(?:(~?[A-Za-z0-9._-]{1,15})@)?([A-Za-z0-9][A-Za-z0-9./:-]{0,62})"
)


@command("SETHOST", min_params=1)
async def sethost(ctx: Context, msg: Message) -> None:
    """Change the own ``[user@]host``. https://ircv3.net/specs/extensions/chghost"""
    await _change(ctx, ctx.nick, msg.params[0])


@command("CHGHOST", min_params=2)
async def chghost(ctx: Context, msg: Message) -> None:
    """Change somebody's ``[user@]host``. https://ircv3.net/specs/extensions/chghost"""
    await _change(ctx, msg.params[0], msg.params[1])


async def _change(ctx: Context, nick: str, wanted: str) -> None:
    match = _USER_AT_HOST.fullmatch(wanted)
    if match is None:
        text = "Give host or user@host, of letters, digits and .-/:"
        raise Failure("INVALID_HOST", text, middle(wanted))
    try:
        shown, user, host = await ctx.server.staff.change_host(
            ctx.client, fold(nick), match[1] or "", match[2]
        )
    except (InvalidName, Refused) as error:
        if isinstance(error, Refused) and error.word != "nouser":
            raise
        raise CommandError(n.ERR_NOSUCHNICK, middle(nick)) from None
    ctx.note("HOST_CHANGED", f"{shown} is now {user}@{host}", shown)
