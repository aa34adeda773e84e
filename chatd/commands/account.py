"""ACCOUNT: what an account wants for itself. See docs/extensions.md."""

from __future__ import annotations

from datetime import UTC, datetime

from chatd.commands import erasing
from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.retention import chosen
from chatd.store.errors import Refused
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message

_DEFAULT = "DEFAULT"
"""Takes a choice back: it is as the server has it for all."""
_FIELDS = {"REPLAY": "replay", "ALWAYS-ON": "always", "RETENTION": "retention"}


@command("ACCOUNT", min_params=1)
async def account(ctx: Context, msg: Message) -> None:
    """Tell of an account; say what it wants, erase what it said, delete it. docs/protocol.md"""
    action = msg.params[0].upper()
    if action == "DELETE":
        await erasing.delete(ctx, msg.params[1:])
    elif action == "ERASE":
        await erasing.erase(ctx, msg.params[1:])
    elif action == "SET":
        await _set(ctx, msg)
    elif action == "INFO":
        await _info(ctx, msg.params[1:])
    else:
        raise Failure("UNKNOWN_ACTION", "Write INFO, SET, ERASE or DELETE", middle(msg.params[0]))


async def _info(ctx: Context, params: list[str]) -> None:
    """``ACCOUNT INFO [account]``: when it was made; of the own one how many sessions it has."""
    own, shown = ctx.client.account
    asked = params[0] if params else shown
    if not asked:
        raise Failure("ACCOUNT_REQUIRED", "Log in to an account first")
    try:
        key = fold(asked)
    except InvalidName:
        key = ""
    name, made_ms = await ctx.server.accounts.about(key)
    if not name:
        raise Failure("NO_SUCH_ACCOUNT", "There is no such account", "INFO", middle(asked))
    day = datetime.fromtimestamp(made_ms / 1000, UTC).strftime("%Y-%m-%d")
    text = f"The account {name} was made on {day}"
    if key == own:
        count = await ctx.server.sessions.how_many(own)
        text += f"; you have {count} session{'' if count == 1 else 's'}"
    ctx.note("INFO", text, name, str(made_ms // 1000))


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
