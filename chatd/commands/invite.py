"""INVITE: ask somebody into a room, and see where one is asked into."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import refusal, room_key
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message


@command("INVITE")
async def invite(ctx: Context, msg: Message) -> None:
    """Invite a user to a room, or list the own invitations. https://modern.ircdocs.horse/#invite-message"""
    if not msg.params:
        for room in await ctx.server.moderation.invitations(ctx.client):
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
        invited = await ctx.server.moderation.invite(ctx.client, key, name)
    except Refused as refused:
        if refused.word == "nouser":
            raise CommandError(n.ERR_NOSUCHNICK, middle(nick)) from None
        if refused.word == "member":
            there, called = refused.details
            raise CommandError(n.ERR_USERONCHANNEL, called, there) from None
        if refused.word == "toomany":
            text = "This user has as many invitations as one may have; try again later"
            raise Failure("TOO_MANY_INVITATIONS", text, refused.details[0]) from None
        raise refusal(refused, room) from None
    ctx.numeric(n.RPL_INVITING, invited.nick, invited.room)
    if invited.away:
        ctx.numeric(n.RPL_AWAY, invited.nick, text=invited.away)
