"""MARKREAD: how far one has read, for all sessions of an account.

https://ircv3.net/specs/extensions/read-marker
"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused, StoreError
from chatd.store.reading import Marker
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.message import Message
from chatd.wire.moments import moment, moment_ms


@command("MARKREAD")
async def markread(ctx: Context, msg: Message) -> None:
    """Say or ask how far a room or a conversation is read.

    https://ircv3.net/specs/extensions/read-marker#markread-command
    """
    if not msg.params or not msg.params[0]:
        raise Failure("NEED_MORE_PARAMS", "Missing parameters")
    asked = middle(msg.params[0])
    kind = "r" if is_room(asked) else "u"
    try:
        target = fold(asked)
    except InvalidName:
        raise Failure("INVALID_PARAMS", "There can be no such target", asked) from None
    try:
        if len(msg.params) > 1:
            at_ms = _read_ms(msg.params[1])
            marker = await ctx.server.reading.mark(ctx.client, kind, target, asked, at_ms)
        else:
            marker = await ctx.server.reading.of(ctx.client, kind, target)
    except Refused as refused:
        raise _refusal(refused, asked) from None
    except StoreError:
        text = "The server cannot reach its store right now; try again in a moment"
        raise Failure("INTERNAL_ERROR", text, asked) from None
    show_marker(ctx, marker if marker.target else Marker(asked, marker.read_ms))


def _read_ms(text: str) -> int:
    """Read ``timestamp=...``: "the timestamp MUST NOT be a literal ``*``", coming from a client."""
    kind, _, value = text.partition("=")
    at_ms = moment_ms(value) if kind == "timestamp" else None
    if at_ms is None:
        raise Failure("INVALID_PARAMS", "Invalid timestamp", middle(text))
    return at_ms


def _refusal(refused: Refused, asked: str) -> Exception:
    if refused.word == "nowhere":
        text = "You are not in such a room, and nobody has this name"
        return Failure("INVALID_PARAMS", text, asked)
    if refused.word == "toomany":
        text = "You have read too many other rooms and conversations this week"
        return Failure("INTERNAL_ERROR", text, refused.details[0])
    return refused


def show_marker(ctx: Context, marker: Marker) -> None:
    """Tell how far a target is read; ``*`` stands for "no known last read timestamp"."""
    known = f"timestamp={moment(marker.read_ms)}" if marker.read_ms else "*"
    ctx.send("MARKREAD", marker.target, known)
