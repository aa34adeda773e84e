"""Replays: reading a part of what was said, and writing it as its reader's program can take it.

Who asks by a command of a specification reads and writes by itself:

    found = await read(ctx, Target(room="#room"), Scan(FIRST, LAST, forwards=False, most=50))
    write(ctx, lines_of(ctx, found.events), "chathistory", found.name)

Who has asked for nothing is shown what it has missed by one call, at login and at JOIN:

    shown = await replay(ctx, Target(room="#room"), after, until, most=50, now_ms=now_ms)

``after`` and ``until`` are entries; ``until`` is that of the own JOIN, so that what is heard live
is not shown twice. `Target` without room and peer is all direct messages of who reads. A client
with server-time sees when each was said by the tag, any other in front of the text
(``[09:31] text``, of an earlier day ``[2026-04-27 09:31] text``, UTC); one with batch gets one
batch of type chathistory for each room or conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import gmtime, strftime
from typing import Final

from chatd.commands import costs
from chatd.commands.answer import in_batch, new_reference, tagged
from chatd.commands.context import Context
from chatd.state import events as e
from chatd.state.events import MESSAGE, MULTILINE, Event, id_order
from chatd.state.history import TAGS_ALONE, Entry, next_to, previous_to
from chatd.store.pending import Pending
from chatd.store.streams import Page
from chatd.wire import caps as c
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import format_line
from chatd.wire.multiline import join, split
from chatd.wire.text import truncate_utf8

ALL_DIRECT: Final = "*"
"""How all direct messages of who reads are called where a target has to be named."""
EARLIER: Final = "Earlier messages that you have missed are not shown"
_ACTION: Final = "\x01ACTION "
_WAS: Final = {e.RETURNED: (e.JOIN, 4), e.LEFT: (e.PART, 2), e.TOPIC_AGAIN: (e.TOPIC, 2)}
"""What an event that was made good is told as, and how many fields that has."""
_PLAYED: Final = b"".join(
    (e.JOIN, e.PART, e.QUIT, e.KICK, e.NICK, e.TOPIC, e.MODES, *_WAS)
).decode()
"""Kinds of events that draft/event-playback brings back."""
_KNOWS_OWN: Final = sum(
    cap.bit for cap in c.CAPS if cap.name in ("echo-message", "znc.in/self-message")
)
"""Capabilities of clients that know a message of their own when it comes from the server."""
_AROUND: Final = 7
"""Bytes of a line beside source, command, target and text: ``:``, spaces, ``:``, CR LF."""


@dataclass(frozen=True, slots=True)
class Target:
    """A room, folded, or a conversation with ``peer``, folded; neither: all direct messages."""

    room: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A part of a log, both ends included, and from which end to count how many."""

    first: Entry
    last: Entry
    forwards: bool
    most: int


@dataclass(slots=True)
class Found:
    """What a scan has found, oldest first. ``name``: as shown, '' = nobody is called so now.

    ``lost``: what came before the oldest message kept is gone, and the scan reaches there.
    ``more``: there is more to count, or there may be and to know it would cost more pages.
    """

    name: str
    lost: bool
    more: bool
    events: list[Event]


# -- reading -------------------------------------------------------------------------------------


async def read(ctx: Context, target: Target, scan: Scan, kinds: str = "") -> Found:
    """Read a part of a log, page by page. Raises Refused (noroom, notin) and StoreError.

    ``kinds``: of the events that count beside what is said, see `kinds_for`. A log has a bounded
    number of entries, and each page behind the first is charged.
    """
    first, last, forwards = scan.first, scan.last, scan.forwards
    wanted = scan.most + 1  # one more than is asked for tells whether there is more
    page = first_page = await _page(ctx, target, first, last, wanted, forwards, kinds)
    events = _events(page)
    while page.following and len(events) < scan.most:
        ctx.client.charge(costs.PAGE)
        if forwards:
            first = next_to(id_order(page.following.encode()))
        else:
            last = previous_to(id_order(page.following.encode()))
        page = await _page(ctx, target, first, last, wanted - len(events), forwards, kinds)
        events = [*events, *_events(page)] if forwards else [*_events(page), *events]
    if len(events) == wanted:
        del events[scan.most if forwards else 0]
    return Found(first_page.name, first_page.lost, page.following != "", events)


def _page(
    ctx: Context, target: Target, first: Entry, last: Entry, most: int, forwards: bool, kinds: str
) -> Pending[Page]:
    history, client, part = ctx.server.history, ctx.client, (first, last, most)
    if target.room:
        return history.of_room(client, target.room, *part, forwards=forwards, kinds=kinds)
    return history.of_user(client, target.peer, *part, forwards=forwards, kinds=kinds)


def _events(page: Page) -> list[Event]:
    """What is on a page, as it is told later.

    What Redis had forgotten and a gateway has made good is told as what it was.
    """
    events = [Event(payload) for payload in page.payloads]
    for event in events:
        kind, fields = _WAS.get(event.kind, (b"", 0))
        if kind and len(event.args) >= fields:
            event.kind, event.args = kind, event.args[:fields]
    return [event for event in events if event.kind != e.RETURNED]


def kinds_for(ctx: Context, target: Target) -> str:
    """What counts beside what is said: "lines that would normally produce a local state change".

    Left out is what is of no interest later (AWAY, ACCOUNT), or was for some members only. In a
    conversation there are messages of tags alone.
    """
    caps = ctx.client.caps
    if not caps & c.CAP_EVENT_PLAYBACK:
        return ""
    kinds = TAGS_ALONE if caps & c.CAP_MESSAGE_TAGS else ""
    if target.room:
        kinds += _PLAYED + (e.RENAMED.decode() if caps & c.CAP_CHANNEL_RENAME else "")
    return kinds


# -- writing -------------------------------------------------------------------------------------


def lines_of(ctx: Context, events: Iterable[Event], caps: int | None = None) -> list[bytes]:
    """The events as the client takes them; without those that are not for such a client.

    ``caps``: to write them as for other capabilities than it has.
    """
    caps = ctx.client.caps if caps is None else caps
    caps &= ~c.CAP_AWAY_NOTIFY  # no JOIN is followed by AWAY: that is for the moment of the JOIN
    return [line for event in events if (line := ctx.server.render(event, caps))]


def within(ctx: Context, lines: list[bytes], *, from_start: bool) -> list[bytes]:
    """As many lines, at least one, as can wait for a client; those nearest to what it asked for."""
    budget = ctx.server.config.sendq_bytes // 2
    kept: list[bytes] = []
    for line in lines if from_start else reversed(lines):
        budget -= len(line)
        if budget < 0 and kept:
            break
        kept.append(line)
    return kept if from_start else kept[::-1]


def write(ctx: Context, lines: list[bytes], kind: str, *params: str, ended: bool = False) -> None:
    """Write them, in a batch of this type for a client that knows batches.

    ``ended``: "To signal that no more messages are available",
    https://ircv3.net/specs/extensions/chathistory#draftchathistory-end-tag
    """
    parts = [part for line in lines for part in line.splitlines(keepends=True)]
    if not ctx.client.caps & c.CAP_BATCH:
        for part in parts:
            ctx.write(part)
        return
    reference, server = new_reference(), ctx.server.config.name
    start = format_line("BATCH", f"+{reference.decode()}", kind, *params, source=server)
    if ended and ctx.client.caps & c.CAP_MESSAGE_TAGS:
        start = tagged(start, b"draft/chathistory-end")
    ctx.write(start)
    for part in parts:  # several lines may be one message, a batch itself
        ctx.write(in_batch(part, reference))
    ctx.send("BATCH", f"-{reference.decode()}")


# -- for who has asked for nothing ---------------------------------------------------------------


async def replay(
    ctx: Context,
    target: Target,
    after: Entry,
    until: Entry,
    most: int,
    now_ms: int,
    *,
    tell_more: bool = False,
) -> int:
    """Show the latest messages between two entries, both included; how many there were.

    Left out is what is for programs, CTCP, and what the reader itself has said in conversations,
    where its program would not know it for its own. ``tell_more``: say so when there were more than
    ``most``, than may wait for a client, or than are kept. Raises Refused (noroom, notin) and
    StoreError.
    """
    found = await read(ctx, target, Scan(after, until, forwards=False, most=most))
    events = for_people(ctx, target, found.events)
    lines = [line for event in events for line in lines_for(ctx, [event], now_ms) or [b""]]
    kept = within(ctx, lines, from_start=False)
    if tell_more and (found.more or found.lost or len(kept) < len(lines)):
        ctx.send("NOTICE", found.name or ctx.nick, EARLIER)
    shown = dict(zip(map(id, events[len(lines) - len(kept) :]), kept, strict=True))
    for name, part in _by_target(ctx, target, found.name, events).items():
        if told := [line for event in part if (line := shown.get(id(event)))]:
            write(ctx, told, "chathistory", name)
    return sum(map(bool, kept))


def lines_for(ctx: Context, events: Iterable[Event], now_ms: int) -> list[bytes]:
    """Messages for a client that has not asked by CHATHISTORY: see the head of this file."""
    timed = ctx.client.caps & c.CAP_SERVER_TIME
    return lines_of(ctx, events if timed else [_stamped(event, now_ms) for event in events])


def for_people(ctx: Context, target: Target, events: Iterable[Event]) -> list[Event]:
    """The messages without those that a client which did not ask for them would not understand.

    CTCP but ACTION: its program would answer now. Tags alone. What the reader itself has said in a
    conversation: its program would take it for a message to itself, if it has not asked for those.
    """
    every = bool(target.room) or ctx.client.caps & _KNOWS_OWN
    return [event for event in events if (every or not event.spread) and not _for_programs(event)]


def _by_target(
    ctx: Context, target: Target, name: str, events: list[Event]
) -> dict[str, list[Event]]:
    """The messages by what a client's window for them is called, each in their order."""
    if target.room or target.peer or not ctx.client.caps & c.CAP_BATCH:
        return {name or target.peer or ALL_DIRECT: events}
    return by_other_side(events)


def by_other_side(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Direct messages by the other side, as that was called when it was first said."""
    parts: dict[str, list[Event]] = {}
    names: dict[str, str] = {}
    for event in events:
        other = event.args[1] if event.spread else event.source.partition(b"!")[0]
        name = other.decode()
        parts.setdefault(names.setdefault(folded(name), name), []).append(event)
    return parts


def folded(name: str) -> str:
    """A name in lower case, whether it can be one or not."""
    try:
        return fold(name)
    except InvalidName:
        return name.lower()


def _for_programs(event: Event) -> bool:
    text = event.args[3]
    return event.args[0] == b"TAGMSG" or (
        text[:1] == b"\x01" and not text.startswith(_ACTION.encode())
    )


def _stamped(event: Event, now_ms: int) -> Event:
    """The message with its time in front of its text, in several lines where it needs them."""
    stamp = _stamp(event.time_ms, now_ms)
    command, target, text = event.args[0], event.args[1], event.args[3]
    room = MAX_BODY - _AROUND - len(event.source) - len(command) - len(target)
    texts = [text] if event.kind == MESSAGE else [line for line, _ in split(text)]
    lines = [piece for line in texts if line for piece in _fitting(line.decode(), stamp, room)]
    event.kind = MESSAGE if len(lines) == 1 else MULTILINE
    whole = lines[0] if len(lines) == 1 else join((line, False) for line in lines)
    event.args[3] = whole.encode()
    return event


def _stamp(ms: int, now_ms: int) -> str:
    moment = gmtime(ms // 1000)
    today = moment[:3] == gmtime(now_ms // 1000)[:3]
    return strftime("[%H:%M] " if today else "[%Y-%m-%d %H:%M] ", moment)


def _fitting(text: str, stamp: str, room: int) -> Iterator[str]:
    """A text behind a stamp, in pieces of at most ``room`` bytes; an ACTION is cut."""
    if text.startswith(_ACTION):
        body = text.removeprefix(_ACTION).removesuffix("\x01")
        yield truncate_utf8(f"{_ACTION}{stamp}{body}", room - 1) + "\x01"
        return
    while text:
        piece = truncate_utf8(text, room - len(stamp))
        yield stamp + piece
        text = text[len(piece) :]
