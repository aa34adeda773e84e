"""CHATHISTORY: what was said before. https://ircv3.net/specs/extensions/chathistory"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chatd.commands import costs
from chatd.commands.answer import in_batch, new_reference
from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.state.events import Event
from chatd.state.history import FIRST, LAST, MOST, Entry, entry_of
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import Pending
from chatd.store.streams import Page
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message

DIRECT: Final = "*"
"""Our own target: all direct messages of the asker, with whomever."""

_REFERENCES: Final = {"BEFORE": 1, "AFTER": 1, "LATEST": 1, "AROUND": 1, "BETWEEN": 2}
"""Subcommands, and how many message references each takes."""
_FAILED: Final = "Messages could not be retrieved"
_SAME_MS: Final = 200
"""Direct messages of one user looked through for the one that a msgid names."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The entries that a reference stands for: one, or all of a millisecond."""

    first: Entry
    last: Entry
    msgid: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A CHATHISTORY command. ``peer``: with whom the asker talked, folded; '' = whomever."""

    subcommand: str
    asked: str
    room: str
    peer: str
    references: list[Reference | None]
    limit: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A part of a stream, both ends included, and from which end to count how many."""

    first: Entry
    last: Entry
    forwards: bool
    most: int


@command("CHATHISTORY", min_params=1)
async def chathistory(ctx: Context, msg: Message) -> None:
    """Replay messages of a room or a conversation. https://ircv3.net/specs/extensions/chathistory"""
    if not ctx.client.caps & c.CAP_CHATHISTORY:
        text = "Ask for the capability draft/chathistory first"
        raise CommandError(n.ERR_UNKNOWNCOMMAND, "CHATHISTORY", text=text)
    query = _parse(msg.params)
    try:
        await _answer(ctx, query)
    except Refused:
        raise Failure("INVALID_TARGET", _FAILED, query.subcommand, query.asked) from None
    except StoreError:
        raise Failure("MESSAGE_ERROR", _FAILED, query.subcommand, query.asked) from None


# -- the question --------------------------------------------------------------------------------


def _parse(params: list[str]) -> Query:
    """Read the parameters. Raises Failure."""
    subcommand = params[0].upper()
    count = _REFERENCES.get(subcommand)
    if count is None:
        raise Failure("INVALID_PARAMS", "Unknown command", middle(params[0]))
    if len(params) < 3 + count:
        raise Failure("INVALID_PARAMS", "Insufficient parameters", subcommand)
    if len(params) > 3 + count:
        raise Failure("INVALID_PARAMS", "Too many parameters", subcommand)
    target, limit = params[1], params[-1]
    if not (limit.isascii() and limit.isdecimal() and int(limit) > 0):
        raise Failure("INVALID_PARAMS", "Invalid limit", subcommand, middle(limit))
    room, peer = "", ""
    try:
        if is_room(target):
            room = fold(target)
        elif target != DIRECT:
            peer = fold(target)
    except InvalidName:
        raise Failure("INVALID_TARGET", _FAILED, subcommand, middle(target)) from None
    references = [_reference(subcommand, target, text) for text in params[2:-1]]
    most = min(int(limit), MAX_HISTORY)
    return Query(subcommand, middle(target), room, peer, references, most)


def _reference(subcommand: str, target: str, text: str) -> Reference | None:
    """Read ``msgid=...``, ``timestamp=...`` or, with LATEST, ``*``."""
    kind, equals, value = text.partition("=")
    if text == "*" and subcommand == "LATEST":
        return None
    if kind == "msgid" and equals:
        entry = entry_of(value)
        if entry is not None:
            return Reference(entry, entry, value)
    elif kind == "timestamp" and equals:
        try:
            moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            text = "Invalid timestamp"
            raise Failure("INVALID_PARAMS", text, subcommand, middle(value)) from None
        ms = max(0, (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1))
        return Reference((ms, 0), (ms, MOST))
    elif equals:
        text = f"{middle(kind)}-based history requests are not supported"
        raise Failure("INVALID_MSGREFTYPE", text, subcommand, middle(target))
    raise Failure("INVALID_PARAMS", "Invalid message reference", subcommand, middle(text))


def _scans(query: Query, references: list[Reference | None]) -> list[Scan]:
    """What has to be read for the answer, the oldest first."""
    known = [reference for reference in references if reference is not None]
    limit = query.limit
    if not known:
        return [Scan(FIRST, LAST, forwards=False, most=limit)]
    one, two = known[0], known[-1]
    match query.subcommand:
        case "AFTER":
            return [Scan(_next(one.last), LAST, forwards=True, most=limit)]
        case "LATEST":
            return [Scan(_next(one.last), LAST, forwards=False, most=limit)]
        case "BEFORE":
            return [Scan(FIRST, _previous(one.first), forwards=False, most=limit)]
        case "AROUND":
            earlier = Scan(FIRST, _previous(one.first), forwards=False, most=limit // 2)
            return [earlier, Scan(one.first, LAST, forwards=True, most=limit - limit // 2)]
    # "the returned messages MUST be counted starting from and excluding the first message
    # selector, while finishing on and excluding the second. This may be forwards or backwards"
    forwards = one.first <= two.first
    early, late = (one, two) if forwards else (two, one)
    return [Scan(_next(early.last), _previous(late.first), forwards=forwards, most=limit)]


def _next(entry: Entry) -> Entry:
    ms, number = entry
    return (ms, number + 1) if number < MOST else (min(ms + 1, MOST), 0)


def _previous(entry: Entry) -> Entry:
    ms, number = entry
    return (ms, number - 1) if number else (max(ms - 1, 0), MOST if ms else 0)


# -- the answer ----------------------------------------------------------------------------------


async def _answer(ctx: Context, query: Query) -> None:
    references = query.references
    if not query.room:
        references = [await _resolved(ctx, reference) for reference in references]
    name, lost, events = "", False, list[Event]()
    scans = _scans(query, references)
    for scan in scans:
        page, found = await _read(ctx, query, scan)
        name, lost = page.name or name, lost or (page.lost and query.subcommand == "AFTER")
        events += found
    lines = [line for event in events if (line := ctx.render(event))]
    lines = _bounded(lines, ctx.server.config.sendq_bytes // 2, from_start=scans[-1].forwards)
    target = name or query.asked
    if lost:
        ctx.note("GAP", "The oldest of these messages are not kept any more", target, DIRECT)
    _send(ctx, target, lines)


async def _resolved(ctx: Context, reference: Reference | None) -> Reference | None:
    """Find where a message stands in the asker's own stream.

    The sender's copy of a direct message has the recipient's id for an id, and another place.
    """
    if reference is None or not reference.msgid:
        return reference
    first = reference.first[0], 0
    page = await ctx.server.history.of_user(ctx.client, "", first, LAST, _SAME_MS, forwards=True)
    for payload in page.payloads:
        event = Event(payload)
        if event.msgid.decode() == reference.msgid:
            ms, _, number = event.id.decode().partition("-")
            entry = int(ms), int(number)
            return Reference(entry, entry)
    return reference


async def _read(ctx: Context, query: Query, scan: Scan) -> tuple[Page, list[Event]]:
    """Read the messages of a part of a stream, page by page; the page is the first one read.

    A stream has a bounded number of entries, and each page behind the first is charged.
    """
    first, last, forwards = scan.first, scan.last, scan.forwards
    page = first_page = await _page(ctx, query, first, last, scan.most, forwards)
    found = _messages(page)
    while page.following and len(found) < scan.most:
        ctx.client.charge(costs.PAGE)
        if forwards:
            first = _next(_entry_of(page.following))
        else:
            last = _previous(_entry_of(page.following))
        page = await _page(ctx, query, first, last, scan.most - len(found), forwards)
        found = [*found, *_messages(page)] if forwards else [*_messages(page), *found]
    return first_page, found


def _page(
    ctx: Context, query: Query, first: Entry, last: Entry, most: int, forwards: bool
) -> Pending[Page]:
    history, client = ctx.server.history, ctx.client
    if query.room:
        return history.of_room(client, query.room, first, last, most, forwards=forwards)
    return history.of_user(client, query.peer, first, last, most, forwards=forwards)


def _messages(page: Page) -> list[Event]:
    return [Event(payload) for payload in page.payloads]


def _bounded(lines: list[bytes], budget: int, *, from_start: bool) -> list[bytes]:
    """As many lines, at least one, as can wait for a client; those nearest to what it asked for."""
    kept: list[bytes] = []
    for line in lines if from_start else reversed(lines):
        budget -= len(line)
        if budget < 0 and kept:
            break
        kept.append(line)
    return kept if from_start else kept[::-1]


def _send(ctx: Context, target: str, lines: list[bytes]) -> None:
    if not ctx.client.caps & c.CAP_BATCH:
        for line in lines:
            ctx.write(line)
        return
    reference = new_reference()
    ctx.send("BATCH", f"+{reference.decode()}", "chathistory", target)
    for line in lines:
        for part in line.splitlines(keepends=True):  # a message of several lines is a batch itself
            ctx.write(in_batch(part, reference))
    ctx.send("BATCH", f"-{reference.decode()}")


def _entry_of(text: str) -> Entry:
    ms, _, number = text.partition("-")
    return int(ms), int(number)
