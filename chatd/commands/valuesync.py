"""Values of METADATA that a client hears of without naming them: of rooms and who is in them."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.valueforms import ALL, batch, is_aware, later, show_rows
from chatd.store.errors import Refused
from chatd.store.extensions import Values

ROOMS_AT_ONCE: Final = 10
"""Rooms of which a new subscription shows the values at once; of more, 774 says to ask."""


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
    with batch(ctx, "metadata", page.target):
        while True:
            show_rows(ctx, page.rows)
            if not page.following:
                return
            page = await _following(ctx, kind, target, keys, page)


async def sync_all(ctx: Context, keys: list[str]) -> None:
    """Show the values of all whom the client hears of, each once.

    "If the target is [...] (*ALL), it synchronizes metadata for all visible targets".
    """
    monitored = ctx.server.network.monitored_by(ctx.client)
    targets = [("u", ctx.user.key), *(("s", room) for room in list(ctx.user.rooms))]
    targets += [("u", name) for name in monitored]
    told = set[str]()
    with batch(ctx, "metadata", ALL):
        for kind, target in targets if keys else ():
            ctx.client.charge(costs.PAGE if kind == "s" else 1)
            with suppress(Refused):  # it is not there any more
                page = await ctx.server.profiles.values(ctx.client, kind, target, keys)
                while True:
                    show_rows(ctx, [row for row in page.rows if row[0] not in told])
                    told.update(whose for whose, _, _ in page.rows)
                    if not page.following:
                        break
                    page = await _following(ctx, kind, target, keys, page)


async def sync_entered(ctx: Context, room: str, shown: str) -> None:
    """The client has entered a room: its values, and those of who is in it. Raises Refused.

    "When a metadata-aware client joins a channel, the server MUST send either a metadata batch
    [...] or a 774": that is new in draft/metadata-3.
    """
    keys = list(ctx.client.subscriptions)
    if keys:
        await sync(ctx, room, keys, always=is_aware(ctx))
    elif is_aware(ctx):
        with batch(ctx, "metadata", shown):
            pass


async def sync_monitored(ctx: Context, names: list[str]) -> None:
    """The client was told by 730 that some are online.

    "When server sends 730 RPL_MONONLINE to a metadata-aware client, the server MUST additionally
    send either a metadata batch containing the monitored user's metadata [...] or a 774".
    """
    if not is_aware(ctx) or not names:
        return
    if len(names) > ROOMS_AT_ONCE:
        later(ctx, ALL)
        return
    for name in names:
        with suppress(Refused):  # it has gone meanwhile
            await sync(ctx, name, list(ctx.client.subscriptions), kind="u")


async def _following(ctx: Context, kind: str, target: str, keys: list[str], page: Values) -> Values:
    """The next page, when the client has taken this one."""
    await ctx.client.taken()
    ctx.client.charge(costs.PAGE)
    return await ctx.server.profiles.values(ctx.client, kind, target, keys, page.following)
