"""``*playback``: histories as ZNC's module of that name plays them. https://wiki.znc.in/Playback

A client that has asked for ``znc.in/playback`` is shown nothing by itself. It asks, with the time
of the newest message that it has: ``PRIVMSG *playback :PLAY * 1425159000.25``. The exception is in
`chatd.commands.catchup`. Sentences are of the module's page.
"""

from __future__ import annotations

import re
from typing import Final

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import PLAYBACK, command
from chatd.commands.replay import (
    Scan,
    Target,
    by_other_side,
    folded,
    for_people,
    lines_of,
    read,
    within,
    write,
)
from chatd.commands.targets import Buffer, buffers, rooms
from chatd.state.events import Event, id_order
from chatd.state.history import FIRST, LAST, MOST, MOST_CLEARED, Entry, next_to
from chatd.store.errors import Refused
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.glob import is_mask, matcher
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

ALL: Final = "*"
"""All buffers, as a mask and as what is cleared."""
_REFUSALS: Final = {
    "guest": "Only who is logged in to an account can clear",
    "toomany": f"At most {MOST_CLEARED} buffers can be cleared one by one; CLEAR * clears all",
}
_SECONDS: Final = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
MOST_DIRECT: Final = 5 * MAX_HISTORY
"""Direct messages, the latest, of all conversations together: they are read at once."""
_USAGE: Final = (
    "PLAY <buffer(s)> [from] [to] - what was said, times in seconds since 1970",
    "CLEAR <buffer(s)> - what was said until now is played no more",
    "LIST [buffer(s)] - buffers, with the times of their first and last message",
)


@command("ZNC", min_params=1)
async def znc(ctx: Context, msg: Message) -> None:
    """Ask *playback for what was said before. https://wiki.znc.in/Playback

    What a client says to it by PRIVMSG comes here too: see `PLAYBACK` in session/connection.py.
    """
    if not ctx.client.caps & c.CAP_PLAYBACK:
        text = "Ask for the capability znc.in/playback first"
        raise CommandError(n.ERR_UNKNOWNCOMMAND, "ZNC", text=text)
    if msg.params[0].lower() != PLAYBACK:
        raise CommandError(n.ERR_NOSUCHNICK, truncate_utf8(msg.params[0].split(" ")[0], 100) or "*")
    await _carry_out(ctx, " ".join(msg.params[1:]).split())


async def _carry_out(ctx: Context, words: list[str]) -> None:
    what, *rest = words or [""]
    match what.upper(), len(rest):
        case "PLAY", 1 | 2 | 3:
            await _play(ctx, *rest)
        case "CLEAR", 1:
            await _clear(ctx, *rest)
        case "LIST", 0 | 1:
            await _list(ctx, *rest)
        case _:
            for line in _USAGE:
                _say(ctx, line)


def _say(ctx: Context, text: str) -> None:
    source = f"{PLAYBACK}!{PLAYBACK[1:]}@{ctx.server.config.name}"
    ctx.send("PRIVMSG", ctx.nick, text, source=source, text_last=True)


class Cleared:
    """What the account of who asks does not want to see again: see CLEAR."""

    def __init__(self, until: dict[str, int]) -> None:
        self._until = until

    def start(self, target: Target, first: Entry) -> Entry:
        """The first entry of a buffer that is shown, from ``first`` on."""
        until = max(self._until.get(name, -1) for name in (ALL, target.room or target.peer))
        return max(first, (until + 1, 0))


async def _cleared(ctx: Context) -> Cleared:
    if not ctx.client.account[0]:
        return Cleared({})
    return Cleared(await ctx.server.history.cleared(ctx.client))


class Names:
    """The buffers that are meant by "a comma-separated list of channels (supports wildcards)"."""

    def __init__(self, text: str) -> None:
        asked = [name for name in text.split(",") if name]
        self._masks = [(name, matcher(name)) for name in asked if is_mask(name)]
        targets = dict.fromkeys(_target(name) for name in asked)
        self.rooms = [one for one in targets if one.room]
        self.peers = [one for one in targets if one.peer]
        self.room_masks = bool(self._masks)
        self.peer_masks = any(not is_room(name) for name, _ in self._masks)

    def has(self, target: Target, shown: str) -> bool:
        """Whether a buffer is among them."""
        named = self.rooms if target.room else self.peers
        return target in named or any(fits(shown) for _, fits in self._masks)


def _target(name: str) -> Target:
    """What a name stands for, nothing where it can be none."""
    try:
        return Target(room=fold(name)) if is_room(name) else Target(peer=fold(name))
    except InvalidName:
        return Target()


# -- PLAY ----------------------------------------------------------------------------------------


async def _play(ctx: Context, names: str, start: str = "0", end: str = "") -> None:
    """Send what was said behind a time, up to another, each buffer in a batch, rooms first."""
    if ctx.client.registration.replay:
        return  # it is shown what it has missed without asking, and has all the rest
    wanted, first = Names(names), next_to((_ms(start), MOST))
    cleared = await _cleared(ctx)
    last = (_ms(end), MOST) if end else LAST
    chosen = dict.fromkeys(wanted.rooms)
    if wanted.room_masks:
        found = sorted(await rooms(ctx, first), key=lambda one: one.newest)
        chosen.update((one.target, None) for one in found if wanted.has(one.target, one.shown))
    for room in chosen:
        part = cleared.start(room, first), last
        await _play_room(ctx, room, Scan(*part, forwards=False, most=MAX_HISTORY))
    if wanted.peer_masks or wanted.peers:
        await _play_conversations(ctx, wanted, cleared, first, last)


async def _play_room(ctx: Context, room: Target, scan: Scan) -> None:
    ctx.client.charge(1)
    try:
        found = await read(ctx, room, scan)
    except Refused:
        if ctx.client.user is None:
            raise
        return  # it is none of the asker's rooms
    await _send(ctx, room, found.name, found.events)


async def _play_conversations(
    ctx: Context, wanted: Names, cleared: Cleared, first: Entry, last: Entry
) -> None:
    """One conversation is read as CHATHISTORY has it, several are found in the log together."""
    alone = wanted.peers[0] if len(wanted.peers) == 1 and not wanted.peer_masks else Target()
    most = MAX_HISTORY if alone.peer else MOST_DIRECT
    part = cleared.start(alone, first), last
    found = await read(ctx, alone, Scan(*part, forwards=False, most=most))
    ctx.client.charge(len(found.events) * costs.HISTORY / MAX_HISTORY)
    if alone.peer:
        await _send(ctx, alone, found.name or alone.peer, found.events)
        return
    for name, events in by_other_side(found.events).items():
        peer = Target(peer=folded(name))
        if wanted.has(peer, name):
            start = cleared.start(peer, first)
            kept = [event for event in events if id_order(event.id) >= start]
            await _send(ctx, peer, name, kept[-MAX_HISTORY:])


async def _send(ctx: Context, target: Target, name: str, events: list[Event]) -> None:
    # "The module injects a server time tag [...] to each message"
    caps = ctx.client.caps | c.CAP_SERVER_TIME
    lines = lines_of(ctx, for_people(ctx, target, events), caps)
    if lines:
        write(ctx, within(ctx, lines, from_start=False), "znc.in/playback", name)
        await ctx.client.taken()


def _ms(text: str) -> int:
    """Seconds "elapsed since January 1, 1970", with fractions, as ms; as for the module, else 0."""
    if not _SECONDS.fullmatch(text):
        return 0
    seconds, _, fraction = text.partition(".")
    return min(int(seconds or "0") * 1000 + int(fraction[:3].ljust(3, "0")), MOST - 1)


# -- CLEAR ---------------------------------------------------------------------------------------


async def _clear(ctx: Context, names: str) -> None:
    """Note until when a buffer is cleared: the log of a room is everybody's."""
    asked = Names(names)
    targets = [one.room or one.peer for one in (*asked.rooms, *asked.peers)]
    if ALL in names.split(","):
        targets = [ALL]
    elif asked.room_masks:
        chosen = (one for one in await buffers(ctx, FIRST) if asked.has(one.target, one.shown))
        targets += [one.target.room or one.target.peer for one in chosen]
    try:
        await ctx.server.history.clear(ctx.client, list(dict.fromkeys(targets)))
    except Refused as refused:
        if refused.word not in _REFUSALS:
            raise
        _say(ctx, _REFUSALS[refused.word])


# -- LIST ----------------------------------------------------------------------------------------


async def _list(ctx: Context, names: str = ALL) -> None:
    """Say "a list of available buffers": name, time of the first and of the last message."""
    wanted, cleared = Names(names), await _cleared(ctx)
    found = await buffers(ctx, FIRST)
    for buffer in sorted(found, key=lambda one: (not one.target.room, one.shown)):
        start = cleared.start(buffer.target, FIRST)
        if not wanted.has(buffer.target, buffer.shown) or buffer.newest < start:
            continue
        oldest = await _oldest(ctx, buffer, start)
        if oldest is not None:
            _say(ctx, f"{buffer.shown} {_seconds(oldest)} {_seconds(buffer.newest)}")


async def _oldest(ctx: Context, buffer: Buffer, start: Entry) -> Entry | None:
    """The first message of a buffer; None: the asker is not in the room any more."""
    if not buffer.target.room and buffer.oldest >= start:
        return buffer.oldest
    ctx.client.charge(costs.PAGE)
    try:
        found = await read(ctx, buffer.target, Scan(start, LAST, forwards=True, most=1))
    except Refused:
        return None
    return id_order(found.events[0].id) if found.events else None


def _seconds(entry: Entry) -> str:
    return f"{entry[0] // 1000}.{entry[0] % 1000:03d}"
