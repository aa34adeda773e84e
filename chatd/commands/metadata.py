"""METADATA: values that users and rooms have. https://ircv3.net/specs/extensions/metadata"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.valueforms import (
    ALL,
    bad_key,
    bad_subcommand,
    bad_value,
    batch,
    full,
    is_third,
    later,
    show,
    show_gone,
    show_rows,
    tell_full,
    too_few,
    warn_of_key,
)  # fmt: skip
from chatd.commands.valuesync import ROOMS_AT_ONCE, sync, sync_all
from chatd.store.errors import Refused
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.message import Message
from chatd.wire.metadata import KEY_BYTES, MAX_KEYS, MAX_SUBS, MAX_VALUE_BYTES

_KEY: Final = re.compile(rf"[a-z0-9_./-]{{1,{KEY_BYTES}}}")
_KEYS_PER_LINE: Final = 8
INSIDE_ONLY: Final = "Only who is in the room may see that"


@command("METADATA", min_params=2, before_registration=True)
async def metadata(ctx: Context, msg: Message) -> None:
    """Show and change values of users and rooms. https://ircv3.net/specs/extensions/metadata"""
    if not ctx.client.registered and not ctx.client.caps & (c.CAP_METADATA | c.CAP_METADATA_3):
        raise CommandError(n.ERR_NOTREGISTERED)
    target, word, words = msg.params[0], msg.params[1].upper(), msg.params[2:]
    handler, least = _SUBCOMMANDS.get(word, (None, 0))
    if handler is None:
        raise bad_subcommand(ctx, msg.params[1])
    if len(words) < least:
        raise too_few(ctx, word)
    if not ctx.client.registered and target != "*":
        raise _invalid_target(target)
    await handler(ctx, target, words)


# -- values --------------------------------------------------------------------------------------


async def _get(ctx: Context, target: str, keys: list[str]) -> None:
    shown, found = await _values(ctx, target, [key for key in keys if _KEY.fullmatch(key)])
    with batch(ctx, "metadata", shown):
        for key in keys:
            if not _KEY.fullmatch(key):
                warn_of_key(ctx, key)
            elif found is None:
                ctx.warn("KEY_NO_PERMISSION", INSIDE_ONLY, shown, key)
            elif key in found:
                show(ctx, shown, key, found[key])
            else:
                ctx.numeric(n.RPL_KEYNOTSET, shown, key)


async def _list(ctx: Context, target: str, _: list[str]) -> None:
    shown, found = await _values(ctx, target, [])
    with batch(ctx, "metadata", shown):
        if found is None:
            ctx.warn("KEY_NO_PERMISSION", INSIDE_ONLY, shown, "*")
        for key, value in (found or {}).items():
            show(ctx, shown, key, value)


async def _values(ctx: Context, target: str, keys: list[str]) -> tuple[str, dict[str, str] | None]:
    """A target as shown, and its values; all of them where no key is named.

    None: the client may not see them, and speaks draft/metadata-3, where that is no FAIL.
    """
    if not ctx.client.registered:
        return "*", _early(ctx)
    try:
        kind, key = _resolve(ctx, target)
        found = await ctx.server.profiles.values(ctx.client, kind, key, keys)
    except Refused as refused:
        if refused.word == "denied":
            if is_third(ctx):
                return target, None
            raise Failure("KEY_NO_PERMISSION", INSIDE_ONLY, middle(target), "*") from None
        raise _invalid_target(target) from None
    return found.target, {key: value for _, key, value in found.rows}


async def _set(ctx: Context, target: str, words: list[str]) -> None:
    key = words[0]
    value = words[1] if len(words) > 1 else None
    if value == "" and is_third(ctx):
        value = (
            None  # "If the Value parameter is omitted or is an empty string, the key is removed"
        )
    if not _KEY.fullmatch(key):
        raise bad_key(ctx, key)
    if value is not None and len(value.encode()) > MAX_VALUE_BYTES:
        raise bad_value(ctx, key, f"A value has at most {MAX_VALUE_BYTES} bytes")
    if not ctx.client.registered:
        _set_early(ctx, key, value)
        return
    what = "set" if value is not None else "unset"
    shown, _ = await _change(ctx, target, what, key, value or "")
    if value is not None:
        show(ctx, shown, key, value)
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
            raise full(ctx, "*", MAX_KEYS)
        values[key] = value
        show(ctx, "*", key, value)
    elif values.pop(key, None) is None and not is_third(ctx):
        raise Failure("KEY_NOT_SET", "The key is not set", "*", key)
    else:
        ctx.numeric(n.RPL_KEYNOTSET, "*", key)


async def _clear(ctx: Context, target: str, _: list[str]) -> None:
    if ctx.client.registered:
        shown, found = await _change(ctx, target, "clear", "*", "")
    else:
        shown, found = "*", _early(ctx)
        ctx.client.registration.metadata = None
    with batch(ctx, "metadata", shown):
        show_gone(ctx, shown, found)


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
        if refused.word == "notset" and is_third(ctx):
            # "It is not an error if a client attempts to [...] remove a nonexistent key"
            return shown, {}
        if refused.word == "notset":
            raise Failure("KEY_NOT_SET", "The key is not set", shown, key) from None
        if refused.word == "toomany":
            raise full(ctx, shown, MAX_KEYS) from None
        raise


# -- subscriptions -------------------------------------------------------------------------------


async def _sub(ctx: Context, target: str, keys: list[str]) -> None:
    _only_oneself(ctx, target)
    before = ctx.client.subscriptions
    subscribed, new = dict(before), list[str]()
    for key in keys:
        if not _KEY.fullmatch(key):
            warn_of_key(ctx, key)
            continue
        if len(subscribed) >= MAX_SUBS:
            tell_full(ctx, key, MAX_SUBS)
            break
        subscribed[key] = None
        new.append(key)
    ctx.client.subscribe(subscribed)
    _show_keys(ctx, n.RPL_METADATASUBOK, new)
    _keep(ctx)
    if is_third(ctx):
        await _sync_new(ctx, [key for key in subscribed if key not in before])
        return
    rooms = list(ctx.user.rooms.values()) if ctx.client.registered and new else []
    for room in rooms:
        if len(rooms) > ROOMS_AT_ONCE:
            later(ctx, room.shown)
        else:
            await sync(ctx, room.key, new)


async def _sync_new(ctx: Context, keys: list[str]) -> None:
    """Show the values of new subscriptions.

    "if the client has completed connection registration and has added new subscriptions, the server
    MUST then either send a metadata batch with *ALL [...] or a 774".
    """
    if not ctx.client.registered or not keys:
        return
    if len(ctx.user.rooms) > ROOMS_AT_ONCE:
        later(ctx, ALL)
    else:
        await sync_all(ctx, keys)


def _only_oneself(ctx: Context, target: str) -> None:
    """Refuse another target: "If the <Target> parameter is not [...] the client's nickname"."""
    if is_third(ctx) and target != "*" and target != ctx.nick:
        raise _invalid_target(target)


async def _unsub(ctx: Context, target: str, keys: list[str]) -> None:
    _only_oneself(ctx, target)
    gone = []
    for key in keys:
        if not _KEY.fullmatch(key):
            warn_of_key(ctx, key)
            continue
        gone.append(key)
    ctx.client.subscribe({key: None for key in ctx.client.subscriptions if key not in gone})
    _show_keys(ctx, n.RPL_METADATAUNSUBOK, gone)
    _keep(ctx)


def unsubscribe(ctx: Context) -> None:
    """The client hears of no key any more."""
    if ctx.client.subscriptions:
        ctx.client.subscribe({})
        _keep(ctx)


def _keep(ctx: Context) -> None:
    """For whoever goes on with the session."""
    if ctx.client.registered:
        ctx.server.users.keep(ctx.client, subscriptions=",".join(ctx.client.subscriptions))


async def _subs(ctx: Context, target: str, _: list[str]) -> None:
    _only_oneself(ctx, target)
    with batch(ctx, "metadata-subs"):
        _show_keys(ctx, n.RPL_METADATASUBS, list(ctx.client.subscriptions))


async def _sync(ctx: Context, target: str, _: list[str]) -> None:
    if not ctx.client.registered:
        raise CommandError(n.ERR_NOTREGISTERED)
    if target == ALL and is_third(ctx):
        await sync_all(ctx, list(ctx.client.subscriptions))
        return
    kind, key = _resolve(ctx, target)
    try:
        await sync(ctx, key, list(ctx.client.subscriptions), kind="s" if kind == "r" else kind)
    except Refused:
        raise _invalid_target(target) from None


async def begin(ctx: Context) -> None:
    """What was set before connecting is set; all own values are shown.

    "clients receive their current metadata [...] in a metadata batch with their own nick as target
    as part of the registration burst, i.e. before RPL_ENDOFMOTD or ERR_NOMOTD".
    """
    for key, value in _early(ctx).items():
        await _change(ctx, "*", "set", key, value)
    shown, found = await _values(ctx, "*", [])
    with batch(ctx, "metadata", shown):
        show_rows(ctx, [(shown, key, value) for key, value in (found or {}).items()])


# -- parts ---------------------------------------------------------------------------------------


def _resolve(ctx: Context, target: str) -> tuple[str, str]:
    """Whether a target is a room ("r") or a user ("u"), and its folded name. Raises Failure."""
    if target == "*":
        return "u", ctx.user.key
    try:
        return "r" if is_room(target) else "u", fold(target)
    except InvalidName:
        raise _invalid_target(target) from None


def _show_keys(ctx: Context, numeric: n.Numeric, keys: list[str]) -> None:
    for start in range(0, len(keys), _KEYS_PER_LINE):
        ctx.numeric(numeric, *keys[start : start + _KEYS_PER_LINE])


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
