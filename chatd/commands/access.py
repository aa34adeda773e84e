"""ROOM ACCESS: what accounts are in a registered room. See docs/extensions.md."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.access import LEVELS, MAX_ACCESS
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message

_FAILURES = {
    "noaccount": ("NO_SUCH_ACCOUNT", "There is no such account"),
    "protected": ("TOO_STRONG", "That is above what you are in the room, or the room is theirs"),
    "notlisted": ("NOT_LISTED", "The account is not in the list"),
    "toomany": ("TOO_MANY_ACCOUNTS", f"A list has at most {MAX_ACCESS} accounts, and an account"
                                     " is in at most 300 lists"),
}  # fmt: skip
"""The store's word of refusal: code and text of the FAIL."""


async def access(ctx: Context, key: str, msg: Message) -> None:
    """``ROOM ACCESS <room> LIST | ADD <account> <level> | REMOVE <account>``."""
    asked, what = msg.params[1], msg.params[2].upper() if len(msg.params) > 2 else "LIST"
    if what == "LIST":
        await _list(ctx, key)
        return
    if len(msg.params) < {"ADD": 5, "REMOVE": 4}.get(what, 0):
        raise CommandError(n.ERR_NEEDMOREPARAMS, "ROOM")
    if what not in ("ADD", "REMOVE"):
        raise _failure("UNKNOWN_ACTION", "Write LIST, ADD or REMOVE", asked)
    level = msg.params[4].lower() if what == "ADD" else ""
    if level and level not in LEVELS:
        raise _failure("INVALID_LEVEL", f"A level is one of {', '.join(LEVELS)}", asked)
    try:
        await _set(ctx, key, fold(msg.params[3]), level)
    except InvalidName:
        raise _failure(*_FAILURES["noaccount"], asked) from None
    except Refused as refused:
        if refused.word not in _FAILURES:
            raise
        raise _failure(*_FAILURES[refused.word], asked) from None


def _failure(code: str, text: str, room: str) -> Failure:
    return Failure(code, text, "ACCESS", middle(room))


async def _list(ctx: Context, key: str) -> None:
    shown, found = await ctx.server.ownership.access(ctx.client, key)
    for one in found:
        text = f"{one.account} is {one.level}, as {one.by} has said"
        ctx.note("ACCESS", text, shown, one.account, one.level, one.by, str(one.at))
    ctx.note("ACCESS_END", f"{len(found)} accounts are in the list", shown, str(len(found)))


async def _set(ctx: Context, key: str, account: str, level: str) -> None:
    shown, told = await ctx.server.ownership.set_access(ctx.client, key, account, level)
    if level:
        ctx.note("ACCESS_ADDED", f"{told} is {level} there now", shown, told, level)
    else:
        ctx.note("ACCESS_REMOVED", f"{told} is not in the list any more", shown, told)
