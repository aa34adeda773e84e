"""INVITE: ask somebody into a room, and see where one is asked into."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import refusal, room_key
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message
from chatd.wire.modes import OPERATORS


@command("INVITE")
async def invite(ctx: Context, msg: Message) -> None:
    """Invite a user to a room, or list the own invitations. https://modern.ircdocs.horse/#invite-message"""
    if not msg.params:
        for room in await ctx.server.store.invites(ctx.user.key):
            ctx.numeric(n.RPL_INVITELIST, room)
        ctx.numeric(n.RPL_ENDOFINVITELIST)
        return
    if len(msg.params) < 2:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "INVITE")
    nick, room = msg.params[:2]
    key = room_key(room)
    try:
        name = fold(nick)
    except InvalidName:
        raise CommandError(n.ERR_NOSUCHNICK, middle(nick)) from None
    try:
        _, shown, called, away = await ctx.server.store.invite(
            ctx.client.sid, ctx.user.key, key, name, OPERATORS
        )
    except Refused as refused:
        if refused.word == "nouser":
            raise CommandError(n.ERR_NOSUCHNICK, middle(nick)) from None
        if refused.word == "member":
            there, called = refused.details
            raise CommandError(n.ERR_USERONCHANNEL, called, there) from None
        raise refusal(refused, room) from None
    ctx.numeric(n.RPL_INVITING, called, shown)
    if away:
        ctx.numeric(n.RPL_AWAY, called, text=away)
