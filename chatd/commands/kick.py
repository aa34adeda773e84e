"""KICK: take somebody out of a room."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import refusal, room_key
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import NICK_BYTES, InvalidName, fold
from chatd.wire.framing import MAX_BODY
from chatd.wire.isupport import KICKLEN, MAX_TARGETS
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8


@command("KICK", min_params=2)
async def kick(ctx: Context, msg: Message) -> None:
    """Remove users from a room. https://modern.ircdocs.horse/#kick-message"""
    rooms = [name for name in msg.params[0].split(",") if name]
    nicks = [nick for nick in msg.params[1].split(",") if nick]
    if len(rooms) == 1:
        rooms *= len(nicks)
    # "there MUST be either one channel parameter and multiple user parameter, or as many channel
    # parameters as there are user parameters", RFC 2812, section 3.2.8
    if not nicks or len(rooms) != len(nicks):
        raise CommandError(n.ERR_NEEDMOREPARAMS, "KICK")
    # "If no comment is given, the server SHOULD use a default message instead."
    reason = (msg.params[2] if len(msg.params) > 2 else "") or ctx.nick
    # "Servers MAY limit the number of target users [...] and silently drop targets"
    for room, nick in list(zip(rooms, nicks, strict=True))[:MAX_TARGETS]:
        try:
            await _kick_one(ctx, room, nick, reason)
        except CommandError as error:
            ctx.error(error)


async def _kick_one(ctx: Context, room: str, nick: str, reason: str) -> None:
    key = room_key(room)
    line = len(f":{ctx.user.source} KICK {room}  :\r\n".encode()) + NICK_BYTES
    reason = truncate_utf8(reason, min(KICKLEN, MAX_BODY - line))
    try:
        name = fold(nick)
    except InvalidName:
        name = ""  # nobody's
    try:
        await ctx.server.moderation.kick(ctx.client, key, name, reason)
    except Refused as refused:
        if refused.word == "notmember":
            shown, found = refused.details
            raise CommandError(n.ERR_USERNOTINCHANNEL, found or middle(nick), shown) from None
        if refused.word == "protected":
            text = "You cannot kick somebody of that rank"
            raise CommandError(n.ERR_CHANOPRIVSNEEDED, *refused.details, text=text) from None
        raise refusal(refused, room) from None
