"""ROOM: rooms that belong to an account and stay when nobody is in them. See docs/extensions.md."""

from __future__ import annotations

from datetime import UTC, datetime

from chatd.commands import roombans
from chatd.commands.access import access
from chatd.commands.context import Context
from chatd.commands.erasing import erase_room
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.retention import chosen
from chatd.commands.rooms import room_key
from chatd.state.ownership import MAX_ROOMS
from chatd.store.errors import Refused
from chatd.store.rooms import RoomInfo
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message
from chatd.wire.retention import Kept

_FAILURES = {
    "noroom": ("NO_SUCH_ROOM", "There is no such room"),
    "notop": ("NOT_OPERATOR", "Only an operator of the room can do this"),
    "notregistered": ("NOT_REGISTERED", "Register the room first"),
    "notfounder": ("NOT_FOUNDER", "The room does not belong to your account"),
    "guest": ("ACCOUNT_REQUIRED", "Log in to an account first"),
    "registered": ("ALREADY_REGISTERED", "The room is registered already"),
    "noaccount": ("NO_SUCH_ACCOUNT", "There is no such account"),
    "toomany": ("TOO_MANY_ROOMS", f"An account has at most {MAX_ROOMS} rooms"),
}
"""The store's word of refusal: code and text of the FAIL."""


@command("ROOM", min_params=2)
async def room(ctx: Context, msg: Message) -> None:
    """Register, transfer, drop or describe a room; what is kept; who may what. docs/protocol.md"""
    action, name = msg.params[0].upper(), msg.params[1]
    handler = _ACTIONS.get(action)
    if handler is None:
        text = f"Write one of {', '.join(_ACTIONS)}"
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
    else:
        _describe(ctx, found)
    _tell_kept(ctx, found.name, found.kept)


def _describe(ctx: Context, found: RoomInfo) -> None:
    since = datetime.fromtimestamp(found.registered, UTC).strftime("%Y-%m-%d")
    text = f"Registered on {since} by the account {found.founder}; {found.members} are in it"
    ctx.note("INFO", text, found.name, found.founder, str(found.registered))


async def _set(ctx: Context, key: str, msg: Message) -> None:
    """``ROOM SET <room> RETENTION <events|DEFAULT> <days|DEFAULT>``."""
    if len(msg.params) < 3 or msg.params[2].upper() != "RETENTION":
        raise Failure("INVALID_VALUE", "What can be set is RETENTION", middle(msg.params[-1]))
    kept = chosen(ctx, msg.params[3:])
    shown, now = await ctx.server.ownership.keep(ctx.client, key, kept)
    _tell_kept(ctx, shown, now)


def _tell_kept(ctx: Context, room: str, kept: Kept) -> None:
    ctx.note("RETENTION", kept.sentence, room, str(kept.events), str(kept.days))


async def _erase(ctx: Context, key: str, msg: Message) -> None:
    await erase_room(ctx, key, msg.params[1])


_ACTIONS = {
    "ERASE": _erase,
    "REGISTER": _register,
    "TRANSFER": _transfer,
    "DROP": _drop,
    "INFO": _info,
    "SET": _set,
    "ACCESS": access,
    "BANS": roombans.bans,
    "BAN": roombans.ban,
    "MUTE": roombans.ban,
    "UNBAN": roombans.unban,
    "UNMUTE": roombans.unban,
}
