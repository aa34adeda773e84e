"""ACCOUNT: what an account wants for itself. See docs/extensions.md."""

from __future__ import annotations

from chatd.commands import erasing
from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.retention import chosen
from chatd.store.errors import Refused
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message

_DEFAULT = "DEFAULT"
"""Takes a choice back: it is as the server has it for all."""
_FIELDS = {"REPLAY": "replay", "ALWAYS-ON": "always", "RETENTION": "retention"}


@command("ACCOUNT", min_params=1)
async def account(ctx: Context, msg: Message) -> None:
    """Choose what the account wants, erase what it said, or delete it. docs/extensions.md"""
    action = msg.params[0].upper()
    if action == "DELETE":
        await erasing.delete(ctx, msg.params[1:])
    elif action == "ERASE":
        await erasing.erase(ctx, msg.params[1:])
    elif action == "SET":
        await _set(ctx, msg)
    else:
        raise Failure("UNKNOWN_ACTION", "Write SET, ERASE or DELETE", middle(msg.params[0]))


async def _set(ctx: Context, msg: Message) -> None:
    if len(msg.params) < 3:
        raise Failure("INVALID_VALUE", "Write SET, what, and a value", "*")
    what = msg.params[1].upper()
    field = _FIELDS.get(what)
    if field is None:
        raise Failure(
            "INVALID_VALUE", "What can be set is REPLAY, ALWAYS-ON and RETENTION", middle(what)
        )
    given = msg.params[2:]
    value = chosen(ctx, given) if what == "RETENTION" else _value(what, given[0].upper())
    key = ctx.client.account[0]
    try:
        if not key:
            raise Refused("noaccount")
        await ctx.server.accounts.choose(ctx.client, key, field, value)
    except Refused as refused:
        if refused.word != "noaccount":
            raise
        raise Failure("ACCOUNT_REQUIRED", "Log in to an account first") from None
    said = " ".join(given).upper()
    ctx.note("SET", f"{what} is {said} for your account", what, *map(middle, said.split()))


def _value(what: str, text: str) -> str:
    """What is kept of a choice; '' = as the server has it for all."""
    if text == _DEFAULT:
        return ""
    if what == "ALWAYS-ON" and text in ("ON", "OFF"):
        return "1" if text == "ON" else "0"
    if what == "REPLAY" and text.isascii() and text.isdecimal() and int(text) <= MAX_HISTORY:
        return str(int(text))
    expected = "ON or OFF" if what == "ALWAYS-ON" else f"0 to {MAX_HISTORY} lines"
    raise Failure("INVALID_VALUE", f"Write {expected}, or DEFAULT", what, middle(text))
