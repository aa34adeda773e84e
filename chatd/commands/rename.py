"""RENAME: a room gets another name. https://ircv3.net/specs/extensions/channel-rename"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import refusal, room_key
from chatd.store.errors import Refused
from chatd.wire.casemap import InvalidName, fold, valid_room
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

REASON_BYTES = 150
"""Bytes of a reason: it stands behind a source and two names."""


@command("RENAME", min_params=2)
async def rename(ctx: Context, msg: Message) -> None:
    """Give a room another name. https://ircv3.net/specs/extensions/channel-rename"""
    old, new = msg.params[:2]
    reason = truncate_utf8(msg.params[2], REASON_BYTES) if len(msg.params) > 2 else ""
    shown = middle(old), middle(new)
    key = room_key(old)
    try:
        valid_room(new)
        wanted = fold(new)
    except InvalidName as error:
        raise Failure("CANNOT_RENAME", str(error), *shown) from None
    if fold(ctx.server.config.default_room) in (key, wanted):
        raise Failure("CANNOT_RENAME", "The room that everybody shares keeps its name", *shown)
    try:
        await ctx.server.moderation.rename(ctx.client, key, wanted, new, reason)
    except Refused as refused:
        if refused.word == "exists":
            text = "The channel name is already taken"
            raise Failure("CHANNEL_NAME_IN_USE", text, *shown) from None
        if refused.word == "same":
            text = "The channel has that name already"
            raise Failure("CANNOT_RENAME", text, *shown) from None
        if refused.word == "offline":
            raise
        raise refusal(refused, old) from None
