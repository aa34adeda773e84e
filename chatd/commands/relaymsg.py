"""RELAYMSG: a bridge says something in a room as somebody from elsewhere.

https://github.com/ircv3/ircv3-specifications/pull/417
"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import room_key
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, valid_nick
from chatd.wire.message import Message

SEPARATOR = "/"
"""What no nick has, and every relayed one."""


@command("RELAYMSG", min_params=3, pipelined=True)
def relaymsg(ctx: Context, msg: Message) -> None:
    """Say something as somebody from elsewhere; for operators of the room.

    https://github.com/ircv3/ircv3-specifications/pull/417
    """
    room, nick, text = msg.params[:3]
    key = room_key(room)
    name, separator, network = nick.partition(SEPARATOR)
    try:
        valid_nick(name)
        valid_nick(network)
    except InvalidName:
        separator = ""
    if not separator:
        text = "Give a nick with the network behind it, such as alice/elsewhere"
        raise Failure("INVALID_NICK", text)
    if not text:
        raise CommandError(n.ERR_NOTEXTTOSEND)
    said = Message("PRIVMSG", [middle(room), text], tags=msg.tags)
    ctx.client.post(ctx, "r", key, said, room, relayed=nick)
