"""RECOVER: take back a nick that somebody has whom it does not belong to, or that one forgot."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registration import change_nick
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, valid_nick
from chatd.wire.message import Message
from chatd.wire.services import looks_like_service


@command("RECOVER", min_params=1)
async def recover(ctx: Context, msg: Message) -> None:
    """End who has your account's nick, or one more of yours, and be called so. docs/protocol.md"""
    nick = msg.params[0]
    try:
        valid_nick(nick)
        key = fold(nick)
    except InvalidName as error:
        raise CommandError(n.ERR_ERRONEUSNICKNAME, middle(nick)[:40], text=str(error)) from None
    if looks_like_service(nick):
        raise CommandError(n.ERR_NICKNAMEINUSE, nick)
    if key == ctx.user.key:
        text = "You have this nick; SESSIONS END ALL ends your other sessions"
        raise Failure("ALREADY_YOURS", text, nick)
    try:
        await ctx.server.sessions.free_nick(ctx.client, key)
    except Refused as refused:
        if refused.word == "guest":
            raise Failure("ACCOUNT_REQUIRED", "Log in to your account first", nick) from None
        if refused.word == "taken":
            raise Failure("NOT_YOURS", "Somebody else has this nick", nick) from None
        raise
    await change_nick(ctx, nick)
    ctx.note("RECOVERED", f"You are called {nick} now", nick)
