"""ROOM: rooms that belong to an account and stay when nobody is in them. See docs/extensions.md."""

from __future__ import annotations

from datetime import UTC, datetime

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.rooms import room_key
from chatd.state.ownership import MAX_ROOMS
from chatd.store.errors import Refused
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message

_FAILURES = {
    "noroom": ("NO_SUCH_ROOM", "There is no such room"),
    "notop": ("NOT_OPERATOR", "Only an operator of the room can register it"),
    "notfounder": ("NOT_FOUNDER", "The room does not belong to your account"),
    "guest": ("ACCOUNT_REQUIRED", "Log in to an account first"),
    "registered": ("ALREADY_REGISTERED", "The room is registered already"),
    "noaccount": ("NO_SUCH_ACCOUNT", "There is no such account"),
    "toomany": ("TOO_MANY_ROOMS", f"An account has at most {MAX_ROOMS} rooms"),
}
"""The store's word of refusal: code and text of the FAIL."""


@command("ROOM", min_params=2)
async def room(ctx: Context, msg: Message) -> None:
    """Register, transfer, drop or describe a room. docs/protocol.md"""
    action, name = msg.params[0].upper(), msg.params[1]
    handler = _ACTIONS.get(action)
    if handler is None:
        text = "Write REGISTER, TRANSFER, DROP or INFO"
        raise Failure("UNKNOWN_ACTION", text, middle(msg.params[0]))
    try:
        key = room_key(name)
    except CommandError:
        raise _failure("noroom", action, name) from None
    try:
        await handler(ctx, key, msg)
    except Refused as refused:
        if refused.word not in _FAILURES:
            raise
        raise _failure(refused.word, action, name) from None


def _failure(word: str, action: str, name: str) -> Failure:
    code, text = _FAILURES[word]
    return Failure(code, text, action, middle(name))


async def _register(ctx: Context, key: str, msg: Message) -> None:
    shown, account = await ctx.server.ownership.register(ctx.client, key)
    ctx.note("REGISTERED", f"The room belongs to the account {account} now", shown, account)


async def _transfer(ctx: Context, key: str, msg: Message) -> None:
    if len(msg.params) < 3 or not msg.params[2]:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "ROOM")
    try:
        heir = fold(msg.params[2])
    except InvalidName:
        raise _failure("noaccount", "TRANSFER", msg.params[1]) from None
    shown, account = await ctx.server.ownership.transfer(ctx.client, key, heir)
    ctx.note("TRANSFERRED", f"The room belongs to the account {account} now", shown, account)


async def _drop(ctx: Context, key: str, msg: Message) -> None:
    shown = await ctx.server.ownership.drop(ctx.client, key)
    ctx.note("DROPPED", "The room is gone when the last member leaves", shown)


async def _info(ctx: Context, key: str, msg: Message) -> None:
    found = await ctx.server.ownership.info(ctx.client, key)
    if not found.founder:
        ctx.note("NOT_REGISTERED", "The room is not registered", found.name)
        return
    since = datetime.fromtimestamp(found.registered, UTC).strftime("%Y-%m-%d")
    text = f"Registered on {since} by the account {found.founder}; {found.members} are in it"
    ctx.note("INFO", text, found.name, found.founder, str(found.registered))


_ACTIONS = {"REGISTER": _register, "TRANSFER": _transfer, "DROP": _drop, "INFO": _info}
