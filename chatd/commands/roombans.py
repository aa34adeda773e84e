"""ROOM BAN, BANS, MUTE, UNBAN, UNMUTE: of somebody, and for a time. See docs/extensions.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.store.roombans import Banned
from chatd.wire import masks
from chatd.wire import numerics as n
from chatd.wire.casemap import NICK_BYTES, InvalidName, fold
from chatd.wire.framing import MAX_BODY
from chatd.wire.isupport import KICKLEN
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

_UNITS: Final = {"": 60, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Seconds of what stands behind the number; a number alone is minutes, as with KLINE."""
_TIME: Final = re.compile(r"([0-9]+)([a-z0-9]*)", re.ASCII | re.IGNORECASE)
"""What is meant as a time, also "2y" and "1h30m": taken for a reason it would ban without end."""
MAX_SECONDS: Final = 366 * 86_400
"""The longest time; a ban that is to last longer has none."""
_NO_NAME: Final = re.compile(r"[!@*?:$~.]")
"""What is in masks and in no name."""
_WILD: Final = re.compile(r"[*?]")

_FAILURES: Final = {
    "nouser": ("NO_SUCH_NICK", "Nobody is called so; give a mask"),
    "protected": ("TOO_STRONG", "You cannot ban somebody of that rank"),
    "full": ("LIST_FULL", "The lists of the room are full"),
    "noban": ("NOT_BANNED", "There is no such ban"),
}
"""The store's word of refusal: code and text of the FAIL."""


async def ban(ctx: Context, key: str, msg: Message) -> None:
    """``ROOM BAN|MUTE <room> <nick|mask> [<time>] [:reason]``."""
    who = _whom(msg)
    seconds, words = 0, msg.params[3:]
    if words and (time := _TIME.fullmatch(words[0])):
        seconds = int(time[1]) * _UNITS.get(time[2].lower(), 0)
        if not 0 < seconds <= MAX_SECONDS:
            raise _failure(msg, "INVALID_TIME", "Write minutes or 30s, 2h, 7d, 3w, up to a year")
        words = words[1:]
    line = len(f":{ctx.user.source} KICK {msg.params[1]}  :\r\n".encode()) + NICK_BYTES
    reason = truncate_utf8(" ".join(words) or "Banned", min(KICKLEN, MAX_BODY - line))
    try:
        shown, mask, ends = await ctx.server.moderation.ban(
            ctx.client, key, who, seconds=seconds, reason=reason
        )
    except Refused as refused:
        raise _refusal(msg, refused) from None
    what = "muted" if who.mutes else "banned"
    text = f"{mask} is {what} {f'for {seconds} s' if ends else 'until it is lifted'}"
    ctx.note(what.upper(), text, shown, mask, str(ends) if ends else "*")


async def bans(ctx: Context, key: str, msg: Message) -> None:
    """``ROOM BANS <room>``: like ``MODE <room> b``, with the time at which each ends."""
    shown, found = await ctx.server.moderation.bans(ctx.client, key)
    for one in found:
        text = f"{one.mask} {_until(one.ends)}, as {one.by} has said"
        ctx.note("BAN", text, shown, one.mask, one.by, str(one.at), str(one.ends or "*"))
    text = f"{len(found)} {'mask is' if len(found) == 1 else 'masks are'} in the list"
    ctx.note("BANS_END", text, shown, str(len(found)))


def _until(ends: int) -> str:
    if not ends:
        return "until it is lifted"
    return f"until {datetime.fromtimestamp(ends, UTC).strftime('%Y-%m-%d %H:%M:%S')} UTC"


async def unban(ctx: Context, key: str, msg: Message) -> None:
    """``ROOM UNBAN|UNMUTE <room> <nick|mask>``."""
    try:
        shown, found = await ctx.server.moderation.unban(ctx.client, key, _whom(msg))
    except Refused as refused:
        raise _refusal(msg, refused) from None
    code = "UNMUTED" if msg.params[0].upper() == "UNMUTE" else "UNBANNED"
    for mask in found:
        ctx.note(code, f"{mask} is in the list no more", shown, mask)


def _whom(msg: Message) -> Banned:
    if len(msg.params) < 3 or not msg.params[2]:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "ROOM")
    asked, mutes = msg.params[2], msg.params[0].upper().endswith("MUTE")
    if not _NO_NAME.search(asked):
        try:
            return Banned(mutes, name=fold(asked))
        except InvalidName:
            raise _failure(msg, *_FAILURES["nouser"]) from None
    try:
        twice = asked.startswith(f"{masks.MUTE}:")
        mask = masks.complete(f"{masks.MUTE}:{asked}" if mutes and not twice else asked)
    except ValueError as error:
        raise _failure(msg, "INVALID_MASK", str(error)) from None
    mutes = mutes or mask.startswith(f"{masks.MUTE}:")
    return Banned(mutes, "", masks.fold(mask), mask, _account(mask))


def _account(mask: str) -> str:
    """The account that a complete mask names, folded as accounts are; '' = none, or several."""
    kind, _, name = mask.partition(":")
    if kind != masks.ACCOUNT or _WILD.search(name):
        return ""
    try:
        return fold(name)
    except InvalidName:
        return ""


def _refusal(msg: Message, refused: Refused) -> Exception:
    """The FAIL; what `room` knows better goes on."""
    return _failure(msg, *_FAILURES[refused.word]) if refused.word in _FAILURES else refused


def _failure(msg: Message, code: str, text: str) -> Failure:
    asked = middle(msg.params[2])
    return Failure(code, text, msg.params[0].upper(), middle(msg.params[1]), asked)
