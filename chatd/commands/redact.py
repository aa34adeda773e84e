"""REDACT: take back a message. https://ircv3.net/specs/extensions/message-redaction"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

REASON_BYTES = 200
"""Bytes of a reason: it stands behind source, target and msgid."""


@command("REDACT", min_params=2)
async def redact(ctx: Context, msg: Message) -> None:
    """Take back a message. https://ircv3.net/specs/extensions/message-redaction"""
    target, msgid = msg.params[:2]
    reason = truncate_utf8(msg.params[2], REASON_BYTES) if len(msg.params) > 2 else ""
    kind = "r" if is_room(target) else "u"
    shown = middle(target), middle(msgid)
    try:
        await ctx.server.history.redact(ctx.client, kind, fold(target), msgid, reason)
    except InvalidName:
        raise _nowhere(shown[0]) from None
    except Refused as refused:
        if refused.word == "nowhere":
            raise _nowhere(shown[0]) from None
        if refused.word == "forbidden":
            text = "You are not authorised to delete this message"
            raise Failure("REDACT_FORBIDDEN", text, *shown) from None
        if refused.word != "unknown":
            raise
        text = "This message does not exist or is too old"
        raise Failure("UNKNOWN_MSGID", text, *shown) from None


def _nowhere(target: str) -> Failure:
    return Failure("INVALID_TARGET", f"You cannot delete messages from {target}", target)
