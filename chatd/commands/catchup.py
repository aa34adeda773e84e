"""What a device has missed, for clients that do not ask for it: at login and at JOIN.

A client that knows CHATHISTORY or *playback asks by itself and is shown nothing. But there are
programs that know *playback and do not ask it when they come back (The Lounge); whose login says
how many lines it wants is therefore shown them, and *playback plays it nothing.
"""

from __future__ import annotations

import time

from chatd.commands.context import Client, Context, Held
from chatd.commands.replay import Target, replay
from chatd.state.events import id_order
from chatd.state.heard import next_entry
from chatd.state.history import FIRST, Entry
from chatd.state.local import LocalRoom, LocalUser
from chatd.store.errors import Refused, StoreError
from chatd.store.login import NEW, Login
from chatd.store.pending import Pending, at_most
from chatd.store.rooms import Snapshot
from chatd.wire import caps as c
from chatd.wire.isupport import MAX_HISTORY

Log = LocalRoom | LocalUser
LEFT_OFF_S = 1.0
"""For the gateway of an earlier connection to tell how far that one had heard; it may be dead."""


async def catch_up(ctx: Context, found: Login) -> None:
    """Show a client that has just logged in its rooms, with what its device has missed in them.

    One room after the other: so no more than one waits for the client to read.
    """
    client, session = ctx.client, ctx.client.session
    if not _wants(client):
        ctx.server.hub.enter_rooms(client, found.rooms)
    else:
        session.entering = set(found.rooms)
        complete = await _show_direct(ctx, found)
        for room in found.rooms:
            if client.user is None:
                return
            await _enter(ctx, room)
            session.entering.discard(room)
            complete = complete and not _is_owed(ctx, room)
        if client.user is None or not complete:
            return  # Redis went away meanwhile: it is shown again at the next login
    session.left_off = None
    client.caught_up()


def _is_owed(ctx: Context, room: str) -> bool:
    """Whether it could not be shown what was missed in a room in which the user is."""
    client, hub = ctx.client, ctx.server.hub
    waits = (client, room) in hub.fences.rooms
    inside = client.user is not None and room in client.user.rooms
    return client.session.missed_in(room) != "" and (inside or waits)


def choose_lines(ctx: Context, found: Login) -> None:
    """What the login says counts, then what the account has chosen. Before `catch_up`.

    Who goes on with a session has been away for a short time, and misses nothing.
    """
    session, asked = ctx.client.session, ctx.client.registration.replay
    lines = asked if asked is not None else found.lines
    session.lines = min(ctx.server.config.replay_lines if lines is None else lines, MAX_HISTORY)
    if found.resumed and session.lines:
        session.lines = MAX_HISTORY
    session.since = found.heard


def _wants(client: Client) -> bool:
    session = client.session
    asks = c.CAP_CHATHISTORY | (0 if client.registration.replay else c.CAP_PLAYBACK)
    return bool(session.account[0] and session.lines) and not client.caps & asks


async def _enter(ctx: Context, room: str) -> None:
    """Put the client into a room in which its user is, and go on when it has been shown."""
    shown: Pending[None] = Pending()
    shows = ctx.server.presence.homecoming.shows
    await shows.enter()
    try:
        ctx.server.hub.show_room(ctx.client, room, then=lambda: shown.resolve(None))
        await shown
    finally:
        shows.leave()
    await ctx.client.taken()


async def _show_direct(ctx: Context, found: Login) -> bool:
    """What was said to the account while this device was away, at most `MAX_HISTORY` lines.

    Whether it could be shown.
    """
    user, session = ctx.client.user, ctx.client.session
    if user is None or not (found.heard or session.left_off):
        return True
    held, shows = Held(ctx.client, ctx.server, ""), ctx.server.presence.homecoming.shows
    try:
        if session.left_off is not None:
            await at_most(LEFT_OFF_S, session.left_off.told)
            if ctx.client.user is None:
                return False  # its client has gone meanwhile
            _note_heard(ctx, found, session.left_off.earliest(found.heard))
        if not found.heard:
            return True
        await shows.enter()
        try:
            await _replay(held, Target(), found.heard, user, found.last_id, MAX_HISTORY)
        finally:
            shows.leave()
    except StoreError:
        return False
    except Refused:
        return True  # its client has gone meanwhile
    finally:
        held.release()
    await ctx.client.taken()
    return True


def _note_heard(ctx: Context, found: Login, heard: str) -> None:
    """It is known better how far the device has heard, also should this connection end now."""
    if heard != found.heard:
        session = ctx.client.session
        found.heard = session.since = session.heard = heard
        ctx.server.users.keep(ctx.client, heard=heard)


def room_context(ctx: Context, key: str) -> Context:
    """In what a room is shown that the client enters: `Held` when a replay belongs to it."""
    if ctx.label or not _wants(ctx.client) or not ctx.client.session.missed_in(key):
        return ctx
    return Held(ctx.client, ctx.server, ctx.command)


async def show_missed(ctx: Context, key: str, snapshot: Snapshot) -> None:
    """The last part of showing a room: what was said in it since the device was there."""
    session = ctx.client.session
    missed, room = session.missed_in(key), ctx.server.hub.rooms.get(key)
    session.entered(key)
    if missed and room is not None and _wants(ctx.client):
        try:
            await _replay(ctx, Target(room=key), missed, room, snapshot.last_id, session.lines)
        except StoreError:
            session.left(key, missed)
        except Refused:
            return  # it is out of the room again


async def _replay(
    ctx: Context, target: Target, heard: str, log: Log, last_id: bytes, most: int
) -> None:
    after = FIRST if heard == NEW else next_entry(heard, log.channel)
    until: Entry = id_order(last_id)
    if until < after:
        return  # in most rooms nothing has happened: that needs no question
    now_ms = int(time.time() * 1000)
    await replay(ctx, target, after, until, most, now_ms, tell_more=heard != NEW)
