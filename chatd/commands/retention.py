"""How much a room or an account wants to be kept: what is written behind RETENTION."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.reply import middle

MOST_DAYS = 36_500
_DEFAULT = "DEFAULT"


def chosen(ctx: Context, params: list[str]) -> str:
    """``<events|DEFAULT> <days|DEFAULT>`` as Redis has it, '' = as the server has it for all.

    Raises Failure, for what is more than the server keeps, too.
    """
    config = ctx.server.config
    if len(params) != 2:
        raise Failure("INVALID_VALUE", "Write how many messages and how many days", "RETENTION")
    events = _number(params[0], config.history_events, "messages")
    days = _number(params[1], config.history_days or MOST_DAYS, "days")
    return "" if events == days == "-" else f"{events} {days}"


def _number(text: str, most: int, what: str) -> str:
    if text.upper() == _DEFAULT:
        return "-"
    if text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most:
        return str(int(text))
    expected = f"Write 1 to {most} {what}, or DEFAULT"
    raise Failure("INVALID_VALUE", expected, "RETENTION", middle(text))
