"""METADATA: values that users and rooms have. https://ircv3.net/specs/extensions/metadata"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.store.extensions import Values
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.message import Message
from chatd.wire.metadata import KEY_BYTES, MAX_KEYS, MAX_SUBS, MAX_VALUE_BYTES

_KEY: Final = re.compile(rf"[a-z0-9_./-]{{1,{KEY_BYTES}}}")
_KEYS_PER_LINE: Final = 8
ROOMS_AT_ONCE: Final = 10
"""Rooms of which a new subscription shows the values at once; of more, 774 says to ask."""


@command("METADATA", min_params=2, before_registration=True)
async def metadata(ctx: Context, msg: Message) -> None:
    """Show and change values of users and rooms. https://ircv3.net/specs/extensions/metadata"""
    if not ctx.client.registered and not ctx.client.caps & c.CAP_METADATA:
        raise CommandError(n.ERR_NOTREGISTERED)
    target, word, words = msg.params[0], msg.params[1].upper(), msg.params[2:]
    handler, least = _SUBCOMMANDS.get(word, (None, 0))
    if handler is None:
        raise Failure("SUBCOMMAND_INVALID", "There is no such subcommand", middle(msg.params[1]))
    if len(words) < least:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "METADATA")
    if not ctx.client.registered and target != "*":
        raise _invalid_target(target)
    await handler(ctx, target, words)


# -- values --------------------------------------------------------------------------------------


async def _get(ctx: Context, target: str, keys: list[str]) -> None:
    shown, found = await _values(ctx, target, [key for key in keys if _KEY.fullmatch(key)])
    with _batch(ctx, "metadata", shown):
        for key in keys:
            if not _KEY.fullmatch(key):
                ctx.fail("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))
            elif key in found:
                _show(ctx, shown, key, found[key])
            else:
                ctx.numeric(n.RPL_KEYNOTSET, shown, key)


async def _list(ctx: Context, target: str, _: list[str]) -> None:
    shown, found = await _values(ctx, target, [])
    with _batch(ctx, "metadata", shown):
        for key, value in found.items():
            _show(ctx, shown, key, value)


async def _values(ctx: Context, target: str, keys: list[str]) -> tuple[str, dict[str, str]]:
    """A target as shown, and its values; all of them where no key is named."""
    if not ctx.client.registered:
        return "*", _early(ctx)
    try:
        kind, key = _resolve(ctx, target)
        found = await ctx.server.profiles.values(ctx.client, kind, key, keys)
    except Refused as refused:
        if refused.word == "denied":
            text = "Only who is in the room may see that"
            raise Failure("KEY_NO_PERMISSION", text, middle(target), "*") from None
        raise _invalid_target(target) from None
    return found.target, {key: value for _, key, value in found.rows}


async def _set(ctx: Context, target: str, words: list[str]) -> None:
    key = words[0]
    value = words[1] if len(words) > 1 else None
    if not _KEY.fullmatch(key):
        raise Failure("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))
    if value is not None and len(value.encode()) > MAX_VALUE_BYTES:
        raise Failure("VALUE_INVALID", f"A value has at most {MAX_VALUE_BYTES} bytes")
    if not ctx.client.registered:
        _set_early(ctx, key, value)
        return
    what = "set" if value is not None else "unset"
    shown, _ = await _change(ctx, target, what, key, value or "")
    if value is not None:
        _show(ctx, shown, key, value)
    else:
        ctx.numeric(n.RPL_KEYNOTSET, shown, key)


def _early(ctx: Context) -> dict[str, str]:
    """Values of a client that is no user yet."""
    said = ctx.client.registration
    if said.metadata is None:
        said.metadata = {}
    return said.metadata


def _set_early(ctx: Context, key: str, value: str | None) -> None:
    """Keep a value until the user is there."""
    values = _early(ctx)
    if value is not None:
        if key not in values and len(values) >= MAX_KEYS:
            raise Failure("LIMIT_REACHED", f"There are {MAX_KEYS} keys already", "*")
        values[key] = value
        _show(ctx, "*", key, value)
    elif values.pop(key, None) is None:
        raise Failure("KEY_NOT_SET", "The key is not set", "*", key)
    else:
        ctx.numeric(n.RPL_KEYNOTSET, "*", key)


async def _clear(ctx: Context, target: str, _: list[str]) -> None:
    if ctx.client.registered:
        shown, found = await _change(ctx, target, "clear", "*", "")
    else:
        shown, found = "*", _early(ctx)
        ctx.client.registration.metadata = None
    with _batch(ctx, "metadata", shown):
        for key, value in found.items():
            _show(ctx, shown, key, value)


async def _change(
    ctx: Context, target: str, what: str, key: str, value: str
) -> tuple[str, dict[str, str]]:
    """Change values: the target as shown, and the values that are gone."""
    kind, name = _resolve(ctx, target)
    try:
        return await ctx.server.profiles.change(ctx.client, kind, name, what, key, value)
    except Refused as refused:
        shown = refused.details[0] if refused.details else middle(target)
        if refused.word == "notarget":
            raise _invalid_target(target) from None
        if refused.word == "denied":
            text = f"You do not have permission to set that on {shown}"
            raise Failure("KEY_NO_PERMISSION", text, shown, key) from None
        if refused.word == "notset":
            raise Failure("KEY_NOT_SET", "The key is not set", shown, key) from None
        if refused.word == "toomany":
            text = f"There are {MAX_KEYS} keys already"
            raise Failure("LIMIT_REACHED", text, shown) from None
        raise


# -- subscriptions -------------------------------------------------------------------------------


async def _sub(ctx: Context, target: str, keys: list[str]) -> None:
    subscribed = dict(ctx.client.subscriptions)
    new = []
    for key in keys:
        if not _KEY.fullmatch(key):
            ctx.fail("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))
            continue
        if len(subscribed) >= MAX_SUBS:
            # "The <key> parameter MUST be this first key that the client could not subscribe to"
            ctx.fail("TOO_MANY_SUBS", "There are too many subscriptions", key)
            break
        subscribed[key] = None
        new.append(key)
    ctx.client.subscribe(subscribed)
    _show_keys(ctx, n.RPL_METADATASUBOK, new)
    _keep(ctx)
    rooms = list(ctx.user.rooms.values()) if ctx.client.registered and new else []
    for room in rooms:
        if len(rooms) > ROOMS_AT_ONCE:
            ctx.numeric(n.RPL_METADATASYNCLATER, room.shown)
        else:
            await sync(ctx, room.key, new)


async def _unsub(ctx: Context, target: str, keys: list[str]) -> None:
    gone = []
    for key in keys:
        if not _KEY.fullmatch(key):
            ctx.fail("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))
            continue
        gone.append(key)
    ctx.client.subscribe({key: None for key in ctx.client.subscriptions if key not in gone})
    _show_keys(ctx, n.RPL_METADATAUNSUBOK, gone)
    _keep(ctx)


def _keep(ctx: Context) -> None:
    """For whoever goes on with the session."""
    if ctx.client.registered:
        ctx.server.users.keep(ctx.client, subscriptions=",".join(ctx.client.subscriptions))


async def _subs(ctx: Context, target: str, _: list[str]) -> None:
    with _batch(ctx, "metadata-subs"):
        _show_keys(ctx, n.RPL_METADATASUBS, list(ctx.client.subscriptions))


async def _sync(ctx: Context, target: str, _: list[str]) -> None:
    if not ctx.client.registered:
        raise CommandError(n.ERR_NOTREGISTERED)
    kind, key = _resolve(ctx, target)
    try:
        await sync(ctx, key, list(ctx.client.subscriptions), kind="s" if kind == "r" else kind)
    except Refused:
        raise _invalid_target(target) from None


async def sync(
    ctx: Context, target: str, keys: list[str], *, kind: str = "s", always: bool = True
) -> None:
    """Show values: of a room and who is in it ("s"), or of a user ("u"). Raises Refused.

    ``always``: even when there are none.
    """
    keys = keys or ["-"]
    page = await ctx.server.profiles.values(ctx.client, kind, target, keys)
    while not (page.rows or always):
        if not page.following:
            return
        page = await _following(ctx, kind, target, keys, page)
    with _batch(ctx, "metadata", page.target):
        while True:
            for whose, key, value in page.rows:
                ctx.send("METADATA", whose, key, "*", value, text_last=True)
            if not page.following:
                return
            page = await _following(ctx, kind, target, keys, page)


async def _following(ctx: Context, kind: str, target: str, keys: list[str], page: Values) -> Values:
    """The next page, when the client has taken this one."""
    await ctx.client.taken()
    ctx.client.charge(costs.PAGE)
    return await ctx.server.profiles.values(ctx.client, kind, target, keys, page.following)


async def begin(ctx: Context) -> None:
    """What was set before connecting is set; all own values are shown.

    "clients receive their current metadata [...] in a metadata batch with their own nick as target
    as part of the registration burst, i.e. before RPL_ENDOFMOTD or ERR_NOMOTD".
    """
    if not ctx.client.caps & c.CAP_METADATA:
        return
    for key, value in _early(ctx).items():
        await _change(ctx, "*", "set", key, value)
    shown, found = await _values(ctx, "*", [])
    with _batch(ctx, "metadata", shown):
        for key, value in found.items():
            ctx.send("METADATA", shown, key, "*", value, text_last=True)


# -- parts ---------------------------------------------------------------------------------------


def _resolve(ctx: Context, target: str) -> tuple[str, str]:
    """Whether a target is a room ("r") or a user ("u"), and its folded name. Raises Failure."""
    if target == "*":
        return "u", ctx.user.key
    try:
        return "r" if is_room(target) else "u", fold(target)
    except InvalidName:
        raise _invalid_target(target) from None


def _show(ctx: Context, target: str, key: str, value: str) -> None:
    code = n.RPL_KEYVALUE.code
    ctx.send(code, ctx.nick, target, key, "*", value, text_last=True)


def _show_keys(ctx: Context, numeric: n.Numeric, keys: list[str]) -> None:
    for start in range(0, len(keys), _KEYS_PER_LINE):
        ctx.numeric(numeric, *keys[start : start + _KEYS_PER_LINE])


def _batch(ctx: Context, kind: str, *params: str) -> AbstractContextManager[None]:
    return ctx.batch(kind, *params) if ctx.client.caps & c.CAP_BATCH else nullcontext()


def _invalid_target(target: str) -> Failure:
    return Failure("INVALID_TARGET", "There is no such user or room", middle(target))


_SUBCOMMANDS: Final[
    dict[str, tuple[Callable[[Context, str, list[str]], Awaitable[None]] | None, int]]
] = {
    "GET": (_get, 1),
    "LIST": (_list, 0),
    "SET": (_set, 1),
    "CLEAR": (_clear, 0),
    "SUB": (_sub, 1),
    "UNSUB": (_unsub, 1),
    "SUBS": (_subs, 0),
    "SYNC": (_sync, 0),
}
"""Subcommands, and how many parameters each needs."""
