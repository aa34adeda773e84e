"""Rooms: JOIN, PART, TOPIC, NAMES, LIST."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import REFUSALS, CommandError
from chatd.commands.registry import command
from chatd.commands.reply import send_words
from chatd.store.errors import Refused
from chatd.store.store import Snapshot
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, valid_room
from chatd.wire.framing import MAX_BODY
from chatd.wire.isupport import PREFIX_MODES, PREFIXES, TOPICLEN
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

_SYMBOL = dict(zip(PREFIX_MODES, PREFIXES, strict=True))


def refusal(refused: Refused, asked: str) -> CommandError:
    """The numeric for the store's no."""
    shown = refused.details[0] if refused.details else asked
    return CommandError(REFUSALS[refused.word], shown)


def room_key(name: str, error: n.Numeric = n.ERR_NOSUCHCHANNEL) -> str:
    """The folded name of a room; a name that no room can have gets ``error``."""
    try:
        valid_room(name)
        return fold(name)
    except InvalidName:
        shown = name if name and " " not in name and not name.startswith(":") else "*"
        raise CommandError(error, truncate_utf8(shown, 100)) from None


def symbols(prefix_modes: str, multi: bool) -> str:
    """Prefixes of a member: the highest, or with multi-prefix all of them."""
    shown = "".join(_SYMBOL[mode] for mode in PREFIX_MODES if mode in prefix_modes)
    return shown if multi else shown[:1]


@command("JOIN", min_params=1)
async def join(ctx: Context, msg: Message) -> None:
    """Enter rooms. https://modern.ircdocs.horse/#join-message"""
    if msg.params[0] == "0":
        for room in list(ctx.user.rooms):
            await _part_one(ctx, room, "")
        return
    for name in filter(None, msg.params[0].split(",")):
        try:
            await _join_one(ctx, name)
        except CommandError as error:
            ctx.error(error)


async def _join_one(ctx: Context, name: str) -> None:
    try:
        snapshot = await ctx.server.rooms.enter(ctx.client, room_key(name), name)
    except Refused as refused:
        if refused.word not in REFUSALS:
            raise
        raise refusal(refused, name) from None
    if snapshot is not None:
        show_room(ctx, snapshot)


def show_room(ctx: Context, room: Snapshot) -> None:
    """Topic and members, as after a JOIN."""
    if room.topic:
        show_topic(ctx, room)
    show_names(ctx, room.name, room)


def show_topic(ctx: Context, room: Snapshot) -> None:
    """332 and 333."""
    ctx.numeric(n.RPL_TOPIC, room.name, text=room.topic)
    ctx.numeric(n.RPL_TOPICWHOTIME, room.name, room.topic_by, str(room.topic_at))


def show_names(ctx: Context, shown: str, room: Snapshot) -> None:
    """353 in lines that fit, and 366."""
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)
    words = (symbols(prefix, multi) + nick for _, prefix, nick in room.members)
    send_words(ctx, n.RPL_NAMREPLY, "=", shown, words=words)
    ctx.numeric(n.RPL_ENDOFNAMES, shown)


@command("PART", min_params=1)
async def part(ctx: Context, msg: Message) -> None:
    """Leave rooms. https://modern.ircdocs.horse/#part-message"""
    reason = truncate_utf8(msg.params[1], 300) if len(msg.params) > 1 else ""
    for name in filter(None, msg.params[0].split(",")):
        try:
            await _part_one(ctx, name, reason)
        except CommandError as error:
            ctx.error(error)


async def _part_one(ctx: Context, name: str, reason: str) -> None:
    try:
        await ctx.server.store.part(ctx.client.sid, ctx.user.key, room_key(name), reason)
    except Refused as refused:
        raise refusal(refused, name) from None


@command("TOPIC", min_params=1)
async def topic(ctx: Context, msg: Message) -> None:
    """Show or set a room's topic. https://modern.ircdocs.horse/#topic-message"""
    name = msg.params[0]
    key = room_key(name)
    store, user = ctx.server.store, ctx.user
    try:
        if len(msg.params) > 1:
            # the event of a topic has to fit one line, with whoever set it
            room_for = MAX_BODY - len(f":{user.source} TOPIC {name} :\r\n".encode())
            text = truncate_utf8(msg.params[1], min(TOPICLEN, room_for))
            await store.topic(ctx.client.sid, user.key, key, text)
            return
        room = await store.snapshot(key, user.key)
    except Refused as refused:
        raise refusal(refused, name) from None
    if room.topic:
        show_topic(ctx, room)
    else:
        ctx.numeric(n.RPL_NOTOPIC, room.name)


@command("NAMES")
async def names(ctx: Context, msg: Message) -> None:
    """Show who is in rooms. https://modern.ircdocs.horse/#names-message"""
    if not msg.params:
        ctx.numeric(n.RPL_ENDOFNAMES, "*")
        return
    for name in filter(None, msg.params[0].split(",")):
        try:
            room = await ctx.server.store.snapshot(room_key(name), ctx.user.key)
        except (Refused, CommandError):
            # "If the channel name is invalid or the channel does not exist, one RPL_ENDOFNAMES
            # numeric containing the given channel name should be returned."
            shown = truncate_utf8(name, 100)
            ctx.numeric(n.RPL_ENDOFNAMES, shown if shown[0] != ":" else "*")
        else:
            show_names(ctx, room.name, room)


@command("LIST")
async def list_(ctx: Context, msg: Message) -> None:
    """List rooms. https://modern.ircdocs.horse/#list-message"""
    asked = [name for name in msg.params[0].split(",") if name] if msg.params else []
    keys = []
    for name in asked:
        try:
            keys.append(room_key(name))
        except CommandError:
            continue
    rows = [] if asked and not keys else await ctx.server.store.list_rooms(keys)
    ctx.numeric(n.RPL_LISTSTART, "Channel", text="Users  Name")
    for name, count, text in rows:
        ctx.send(n.RPL_LIST.code, ctx.nick, name, str(count), text)
    ctx.numeric(n.RPL_LISTEND)
