"""Rooms: JOIN, PART, TOPIC, NAMES."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import zip_longest

from chatd.commands import costs
from chatd.commands.catchup import room_context, show_missed
from chatd.commands.context import Context, Held
from chatd.commands.errors import REFUSALS, CommandError
from chatd.commands.markread import show_marker
from chatd.commands.registry import command
from chatd.commands.reply import in_lines, middle, room_for, start_of
from chatd.commands.valuesync import sync_entered
from chatd.store.errors import Refused, StoreUnavailable
from chatd.store.pending import Pending
from chatd.store.reading import Marker
from chatd.store.rooms import Snapshot
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import NICKLEN, InvalidName, fold, valid_room
from chatd.wire.framing import MAX_BODY
from chatd.wire.isupport import TOPICLEN
from chatd.wire.message import Message
from chatd.wire.modes import hidden, symbols
from chatd.wire.text import truncate_utf8


def refusal(refused: Refused, asked: str) -> CommandError:
    """The numeric for the store's no; that the client itself has gone is raised on."""
    if refused.word not in REFUSALS:
        raise refused
    shown = refused.details[0] if refused.details else asked
    return CommandError(REFUSALS[refused.word], shown)


def room_key(name: str, error: n.Numeric = n.ERR_NOSUCHCHANNEL) -> str:
    """The folded name of a room; a name that no room can have gets ``error``."""
    try:
        valid_room(name)
        return fold(name)
    except InvalidName:
        raise CommandError(error, truncate_utf8(middle(name), 100)) from None


@command("JOIN", min_params=1)
async def join(ctx: Context, msg: Message) -> None:
    """Enter rooms. https://modern.ircdocs.horse/#join-message"""
    if msg.params[0] == "0":
        for room in list(ctx.user.rooms):
            await _part_one(ctx, room, "")
        return
    passwords = msg.params[1].split(",") if len(msg.params) > 1 else []
    for name, password in zip_longest(msg.params[0].split(","), passwords, fillvalue=""):
        if not name:
            continue
        try:
            await _join_one(ctx, name, password)
        except CommandError as error:
            ctx.error(error)


async def _join_one(ctx: Context, name: str, password: str, *, forwarded: bool = False) -> None:
    try:
        snapshot = await ctx.server.rooms.enter(ctx.client, room_key(name), name, password=password)
    except Refused as refused:
        if refused.word not in REFUSALS:
            raise
        shown, instead = refused.details if len(refused.details) > 1 else (name, "")
        if not instead or forwarded:
            raise refusal(refused, name) from None
        await _forward(ctx, refused, shown, instead)
        return
    if snapshot is not None:
        await _show_all(ctx, room_key(name), snapshot)
        with suppress(Refused):  # all have left meanwhile
            await sync_entered(ctx, room_key(name), snapshot.name)


async def _show_all(ctx: Context, key: str, snapshot: Snapshot) -> None:
    """The room that was entered, and what this device has missed in it."""
    shown = room_context(ctx, key)
    try:
        await show_room(shown, key, snapshot)
        await show_missed(shown, key, snapshot)
    finally:
        if isinstance(shown, Held):
            shown.release()


async def _forward(ctx: Context, refused: Refused, shown: str, instead: str) -> None:
    """Send who cannot enter a room to another one; a hidden one is named only to who gets in."""
    key, secret = room_key(instead), False
    with suppress(Refused):
        room = await ctx.server.rooms.look(ctx.client, key)
        secret = hidden(room.modes) and not room.inside
    if not secret:
        ctx.numeric(n.ERR_LINKCHANNEL, shown, instead)
    try:
        await _join_one(ctx, instead, "", forwarded=True)
    except CommandError:
        if not secret:
            raise
        raise refusal(refused, shown) from None
    if secret:
        ctx.numeric(n.ERR_LINKCHANNEL, shown, instead)


async def show_room(
    ctx: Context, key: str, room: Snapshot, taken: Callable[[], Pending[None]] | None = None
) -> None:
    """Topic and members, as after a JOIN. ``taken``: see `show_names`."""
    wants_marker = ctx.client.caps & c.CAP_READ_MARKER
    marker = ctx.server.reading.of(ctx.client, "r", key) if wants_marker else None
    if room.topic:
        show_topic(ctx, room)
    try:
        if ctx.client.caps & c.CAP_NO_IMPLICIT_NAMES:
            await _show_marker(ctx, marker)
        else:
            await show_names(ctx, key, room.name, room, taken, marker)
    except StoreUnavailable:
        # the rest is shown when the link is back
        ctx.server.hub.fences.look_when_back(ctx.client, key)
        raise


async def _show_marker(ctx: Context, marker: Pending[Marker] | None) -> None:
    """How far the user has read the room, as far as it is still in it."""
    if marker is not None:
        with suppress(Refused):
            show_marker(ctx, await marker)


def show_topic(ctx: Context, room: Snapshot) -> None:
    """332 and 333."""
    ctx.numeric(n.RPL_TOPIC, room.name, text=room.topic)
    ctx.numeric(n.RPL_TOPICWHOTIME, room.name, room.topic_by, str(room.topic_at))


async def show_names(
    ctx: Context,
    key: str,
    shown: str,
    room: Snapshot,
    taken: Callable[[], Pending[None]] | None = None,
    marker: Pending[Marker] | None = None,
) -> None:
    """353 in lines that fit, page by page, and 366.

    ``marker``: it stands in front of that; the names are shown before it is there, because what
    happens meanwhile is told at once.
    ``taken``: resolved when the next page may come, for a client that has asked for nothing. Who
    has asked says itself when it has taken a page, and is charged for the next.
    """
    multi = bool(ctx.client.caps & c.CAP_MULTI_PREFIX)

    def show(page: Snapshot) -> None:
        _write_names(ctx, page, multi, (_symbol(page), shown))

    def show_more(page: Snapshot) -> None:
        if taken is None:  # else it has not asked for this
            ctx.client.charge(costs.PAGE)
        show(page)

    show(room)
    await ctx.server.rooms.rest(ctx.client, key, room, show_more, taken or ctx.client.taken)
    await _show_marker(ctx, marker)
    ctx.numeric(n.RPL_ENDOFNAMES, shown)


def _write_names(ctx: Context, room: Snapshot, multi: bool, params: tuple[str, str]) -> None:
    """353, as often as it takes. Many may look at one snapshot: only the start of lines differs."""
    own = len(ctx.nick.encode())
    longest = max(NICKLEN, own)
    texts = room.written.get((multi, longest))
    if texts is None:
        words = (symbols(prefix, multi) + nick for _, prefix, nick in room.members)
        most = room_for(ctx, n.RPL_NAMREPLY, *params) - (longest - own)
        texts = [text.encode() for text in in_lines(words, most)]
        room.written[multi, longest] = texts
    if texts:
        start = start_of(ctx, n.RPL_NAMREPLY, *params)
        ctx.write(start + (b"\r\n" + start).join(texts) + b"\r\n")


def _symbol(room: Snapshot) -> str:
    """https://modern.ircdocs.horse/#rplnamreply-353"""
    return "@" if "s" in room.modes else "*" if "p" in room.modes else "="


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
        await ctx.server.rooms.leave(ctx.client, room_key(name), reason)
    except Refused as refused:
        raise refusal(refused, name) from None


@command("TOPIC", min_params=1)
async def topic(ctx: Context, msg: Message) -> None:
    """Show or set a room's topic. https://modern.ircdocs.horse/#topic-message"""
    name = msg.params[0]
    key = room_key(name)
    try:
        if len(msg.params) > 1:
            # the event of a topic has to fit one line, with whoever set it
            room_for = MAX_BODY - len(f":{ctx.user.source} TOPIC {name} :\r\n".encode())
            text = truncate_utf8(msg.params[1], min(TOPICLEN, room_for))
            await ctx.server.moderation.set_topic(ctx.client, key, text)
            return
        room = await ctx.server.rooms.look(ctx.client, key)
    except Refused as refused:
        raise refusal(refused, name) from None
    if hidden(room.modes) and not room.inside:
        raise CommandError(n.ERR_NOTONCHANNEL, room.name)
    if room.topic:
        show_topic(ctx, room)
    else:
        ctx.numeric(n.RPL_NOTOPIC, room.name)


@command("NAMES")
async def names(ctx: Context, msg: Message) -> None:
    """Show who is in rooms. https://modern.ircdocs.horse/#names-message"""
    asked = [name for name in msg.params[0].split(",") if name] if msg.params else []
    if not asked:
        ctx.numeric(n.RPL_ENDOFNAMES, "*")
        return
    for name in asked:
        try:
            key = room_key(name)
            room = await ctx.server.rooms.look(ctx.client, key, ctx.client.members_as)
        except (Refused, CommandError):
            # "If the channel name is invalid or the channel does not exist, one RPL_ENDOFNAMES
            # numeric containing the given channel name should be returned."
            ctx.numeric(n.RPL_ENDOFNAMES, middle(name))
        else:
            # of a room that is hidden from the asker not even the spelling is told
            visible = room.inside or not hidden(room.modes)
            await show_names(ctx, key, room.name if visible else middle(name), room)
