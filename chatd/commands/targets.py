"""Where something was said lately: the rooms and the conversations of who asks."""

from __future__ import annotations

from dataclasses import dataclass

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.pages import each_page
from chatd.commands.replay import Scan, Target, read
from chatd.state.events import id_order
from chatd.state.history import LAST, Entry, previous_to
from chatd.store.errors import Refused
from chatd.store.streams import Last


@dataclass(slots=True)
class Buffer:
    """A room or a conversation. ``newest``, ``oldest``: entries of messages in it.

    The oldest message of a room is not known here.
    """

    target: Target
    shown: str
    newest: Entry
    oldest: Entry


async def buffers(ctx: Context, first: Entry) -> list[Buffer]:
    """Those of who asks in which something was said from an entry on, in no order.

    A room and what the asker may see of it are as CHATHISTORY has them, and a conversation is
    called as CHATHISTORY finds it. Raises StoreError.
    """
    return [*await rooms(ctx, first), *await conversations(ctx, first)]


async def rooms(ctx: Context, first: Entry) -> list[Buffer]:
    """The rooms among them."""
    history, found = ctx.server.history, list[Last]()

    def take(rows: list[Last]) -> bool:
        found.extend(rows)
        return True

    await each_page(ctx, lambda start: history.in_rooms(ctx.client, first, start), take)
    buffers = []
    for row in found:
        looked, target = id_order(row.looked.encode()), Target(room=row.room)
        newest = looked if row.said else await _further_back(ctx, target, first, looked)
        if newest is not None:
            buffers.append(Buffer(target, row.shown, newest, newest))
    return buffers


async def _further_back(ctx: Context, room: Target, first: Entry, looked: Entry) -> Entry | None:
    """The newest message of a room whose latest events are none."""
    ctx.client.charge(costs.PAGE)
    scan = Scan(first, previous_to(looked), forwards=False, most=1)
    try:
        found = await read(ctx, room, scan)
    except Refused:
        return None  # the asker has left it meanwhile
    return id_order(found.events[0].id) if found.events else None


async def conversations(ctx: Context, first: Entry) -> list[Buffer]:
    """The conversations among them.

    The pages go from the newest entry back: what is found of a person first is the newest.
    """
    found: dict[str, Buffer] = {}
    last = LAST
    while True:
        page = await ctx.server.history.in_conversations(ctx.client, first, last)
        for row in page.rows:
            if not row.peer:
                continue
            newest, oldest = id_order(row.newest.encode()), id_order(row.oldest.encode())
            buffer = found.setdefault(
                row.uid, Buffer(Target(peer=row.peer), row.shown, newest, oldest)
            )
            buffer.oldest = oldest
        if not page.following:
            return list(found.values())
        ctx.client.charge(costs.PAGE)
        last = previous_to(id_order(page.following.encode()))
        await ctx.client.taken()
