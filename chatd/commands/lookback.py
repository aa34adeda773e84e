"""HISTORY: what was said lately, for people who type; programs ask by CHATHISTORY."""

from __future__ import annotations

import re
import time
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.replay import ALL_DIRECT, Target, replay
from chatd.commands.reply import middle
from chatd.commands.rooms import refusal
from chatd.state.history import FIRST, LAST, Entry
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message

LINES: Final = 50
"""Lines that are shown where no number is given."""
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PERIOD: Final = re.compile(r"(\d{1,6})([smhd]?)", re.ASCII)
_OWN: Final = ("me", ALL_DIRECT)
"""Instead of a room or nick: all own direct messages."""


@command("HISTORY", min_params=1)
async def history(ctx: Context, msg: Message) -> None:
    """Show what was said lately in a room or with somebody: ``HISTORY #room 20``, or ``2h``.

    docs/protocol.md
    """
    name = msg.params[0]
    after, most = _part(msg.params[1] if len(msg.params) > 1 else "")
    try:
        target = _target(name)
        now_ms = int(time.time() * 1000)
        count = await replay(ctx, target, after, LAST, most, now_ms, tell_more=False)
    except InvalidName:
        raise CommandError(n.ERR_NOSUCHNICK, middle(name)) from None
    except Refused as refused:
        raise refusal(refused, name) from None
    if not count:
        ctx.note("NOTHING", f"Nothing is kept that was said there: {name}", middle(name))


def _target(name: str) -> Target:
    if is_room(name):
        return Target(room=fold(name))
    return Target() if name.lower() in _OWN else Target(peer=fold(name))


def _part(text: str) -> tuple[Entry, int]:
    """From where on, and how many lines at most: of ``20``, ``90s``, ``30m``, ``2h`` or ``1d``."""
    if not text:
        return FIRST, LINES
    found = _PERIOD.fullmatch(text.lower())
    if found is None or not int(found[1]):
        raise Failure(
            "INVALID_PARAMS", "Write how many lines, or a time as 30m or 2h", middle(text)
        )
    number, unit = int(found[1]), found[2]
    if not unit:
        return FIRST, min(number, MAX_HISTORY)
    start_ms = int((time.time() - number * _SECONDS[unit]) * 1000)
    return (max(0, start_ms), 0), MAX_HISTORY
