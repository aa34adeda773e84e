"""MODE: what a room is, who is what in it, and its lists of masks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle, room_for
from chatd.commands.rooms import refusal, room_key
from chatd.commands.usermodes import user_mode
from chatd.store.errors import Refused
from chatd.store.rooms import Change, Denied, Snapshot
from chatd.wire import masks
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room, valid_room
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import Message
from chatd.wire.modes import (
    BY_LETTER,
    KEYLEN,
    LISTS,
    MAX_LIMIT,
    MODES,
    OPERATORS,
    Kind,
    Mode,
    hidden,
)

_LIST_REPLIES = {
    "b": (n.RPL_BANLIST, n.RPL_ENDOFBANLIST, ""),
    "e": (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST, OPERATORS),
    "I": (n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST, OPERATORS),
}
"""Of each list: numerics of an entry and of its end, and who may see it ('' = anybody)."""


@dataclass(slots=True)
class Wanted:
    """What a MODE asks for: changes, lists to be shown, and what cannot be meant."""

    changes: list[Change] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    wrong: list[CommandError] = field(default_factory=list)


@command("MODE", min_params=1)
async def mode(ctx: Context, msg: Message) -> None:
    """Show or change the modes of a room or of oneself. https://modern.ircdocs.horse/#mode-message"""
    target = msg.params[0]
    if not is_room(target):
        await user_mode(ctx, msg)
        return
    key = room_key(target)
    try:
        if len(msg.params) == 1:
            _show(ctx, await _seen(ctx, key))
            return
        if key not in ctx.user.rooms:
            await _seen(ctx, key)
        await _change(ctx, target, key, _read(target, msg.params[1:]))
    except Refused as refused:
        raise refusal(refused, target) from None


async def _seen(ctx: Context, key: str) -> Snapshot:
    """A room that the asker may know of; a hidden one answers others as it does to TOPIC: 442."""
    room = await ctx.server.rooms.look(ctx.client, key)
    if hidden(room.modes) and not room.inside:
        raise CommandError(n.ERR_NOTONCHANNEL, room.name)
    return room


def _show(ctx: Context, room: Snapshot) -> None:
    """324 and 329; "Servers MAY choose to hide sensitive information such as channel keys".

    An outsider sees neither the key nor to which room, which may be hidden, others are sent.
    """
    shown = [mode for mode in MODES if mode.letter in room.modes and mode.letter not in LISTS]
    params = [
        room.params[mode.letter] if room.inside or mode.letter not in "kf" else "*"
        for mode in shown
        if mode.letter in room.params
    ]
    letters = "".join(mode.letter for mode in shown)
    ctx.numeric(n.RPL_CHANNELMODEIS, room.name, f"+{letters}", *params)
    ctx.numeric(n.RPL_CREATIONTIME, room.name, str(room.created_ms // 1000))


async def _change(ctx: Context, target: str, key: str, wanted: Wanted) -> None:
    """Carry it out in one act, then answer what was wrong or denied, and show the lists."""
    user = ctx.user
    if wanted.changes or wanted.wrong:
        room = user.rooms.get(key)
        shown = room.shown if room is not None else target
        line = MAX_BODY - len(f":{user.source} MODE {shown} \r\n".encode())
        denied = await ctx.server.moderation.change_modes(
            ctx.client, key, wanted.changes, line_bytes=line
        )
        errors = [*wanted.wrong, *(_denial(target, one) for one in denied)]
        for error in {(one.numeric, one.params): one for one in errors}.values():
            ctx.error(error)
    for letter in wanted.lists:
        await _show_list(ctx, key, letter)


async def _show_list(ctx: Context, key: str, letter: str) -> None:
    entry, end, by = _LIST_REPLIES[letter]
    shown, found = await ctx.server.moderation.masks(ctx.client, key, letter, by)
    for one in found:
        mask, setter, at = one.split("\0")
        # A mask that is cut is another mask. "[<who> <set-ts>]" may be left out, see RPL_BANLIST.
        fits = room_for(ctx, entry, shown, mask, setter) >= len(at)
        ctx.numeric(entry, shown, mask, *((setter, at) if fits else ()))
    ctx.numeric(end, shown)


# -- what was asked ------------------------------------------------------------------------------


def _read(target: str, words: list[str]) -> Wanted:
    """Read a modestring and its arguments, letter by letter."""
    wanted, sign, params = Wanted(), "+", deque(words[1:])
    for letter in words[0]:
        if letter in "+-":
            sign = letter
            continue
        mode = BY_LETTER.get(letter)
        if mode is None:
            wanted.wrong.append(CommandError(n.ERR_UNKNOWNMODE, middle(letter)))
            continue
        try:
            _read_one(wanted, mode, sign, target, params)
        except CommandError as error:
            wanted.wrong.append(error)
    return wanted


def _read_one(wanted: Wanted, mode: Mode, sign: str, target: str, params: deque[str]) -> None:
    takes = mode.kind is not Kind.FLAG and not (mode.kind is Kind.PARAM_ON_SET and sign == "-")
    param = params.popleft() if takes and params else None
    if mode.kind is Kind.LIST and param is None:
        if mode.letter not in wanted.lists:
            wanted.lists.append(mode.letter)
        return
    if takes and param is None and not (mode.kind is Kind.PARAM and sign == "-"):
        # "If a type B or C mode does not have a parameter when being set, the server MUST ignore
        # that mode." What is ignored is said.
        raise _bad(target, mode.letter, "", "A parameter is missing")
    key = ""
    if param is not None and not (mode.kind is Kind.PARAM and sign == "-"):
        key, param = _PARAMS[mode.letter](target, mode.letter, param)
    wanted.changes.append(Change(sign, mode.letter, key, param or ""))


def _bad(target: str, letter: str, param: str, text: str) -> CommandError:
    return CommandError(n.ERR_INVALIDMODEPARAM, target, letter, middle(param), text=text)


def _nick(target: str, letter: str, param: str) -> tuple[str, str]:
    try:
        return fold(param), param
    except InvalidName:
        raise CommandError(n.ERR_NOSUCHNICK, middle(param)) from None


def _mask(target: str, letter: str, param: str) -> tuple[str, str]:
    try:
        mask = masks.complete(param)
    except ValueError as error:
        raise _bad(target, letter, param, str(error)) from None
    return masks.fold(mask), mask


def _key(target: str, letter: str, param: str) -> tuple[str, str]:
    wrong = not param.isprintable() or any(char in param for char in " ,") or param[:1] == ":"
    if wrong or not 1 <= len(param.encode()) <= KEYLEN:
        # "*" and not the key: it may be somebody's secret in the wrong place
        text = f"A key has 1 to {KEYLEN} bytes and no spaces, commas or control characters"
        raise _bad(target, letter, "", text)
    return "", param


def _limit(target: str, letter: str, param: str) -> tuple[str, str]:
    number = int(param) if param.isascii() and param.isdecimal() and len(param) < 20 else 0
    if not 1 <= number <= MAX_LIMIT:
        raise _bad(target, letter, param, f"A limit is a number from 1 to {MAX_LIMIT}")
    return "", str(number)


def _forward(target: str, letter: str, param: str) -> tuple[str, str]:
    try:
        valid_room(param)
        return fold(param), param
    except InvalidName as error:
        raise _bad(target, letter, param, str(error)) from None


_PARAMS = {
    **dict.fromkeys("qaohv", _nick),
    **dict.fromkeys(LISTS, _mask),
    "k": _key,
    "l": _limit,
    "f": _forward,
}
"""How each mode reads its parameter: its folded form, and the form that is shown."""


def _denial(target: str, denied: Denied) -> CommandError:
    letter, detail = denied.change.letter, denied.detail
    match denied.word:
        case "nouser":
            return CommandError(n.ERR_NOSUCHNICK, middle(detail))
        case "notmember":
            return CommandError(n.ERR_USERNOTINCHANNEL, detail, target)
        case "full":
            return CommandError(n.ERR_BANLISTFULL, target, letter)
        case "noforward":
            return _bad(target, letter, detail, "Name another room, which exists")
        case _:
            return CommandError(n.ERR_CHANOPRIVSNEEDED, detail)
