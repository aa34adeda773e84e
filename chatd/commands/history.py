"""CHATHISTORY: what was said before. https://ircv3.net/specs/extensions/chathistory"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from time import gmtime, strftime
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.replay import ALL_DIRECT, Scan, Target, kinds_for, lines_of, read, within, write
from chatd.commands.reply import middle
from chatd.commands.targets import buffers
from chatd.state.events import id_order
from chatd.state.history import (
    FIRST,
    IN_SEVERAL_ROOMS,
    LAST,
    MOST,
    TAGS_ALONE,
    Entry,
    entry_of,
    next_to,
    previous_to,
)
from chatd.store.errors import Refused, StoreError
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message, format_line

_REFERENCES: Final = {
    "BEFORE": 1, "AFTER": 1, "LATEST": 1, "AROUND": 1, "BETWEEN": 2, "TARGETS": 2,
}  # fmt: skip
"""Subcommands, and how many message references each takes."""
_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)\.(\d{1,6})Z", re.ASCII)
_LEAP_SECOND: Final = 60
_FAILED: Final = "Messages could not be retrieved"
_SAME_MS: Final = 200
"""Events looked through for the one that a msgid names: those of its millisecond."""
_CLOCK_MS: Final = 2000
"""A log goes on from its newest entry when the clock of a new master is behind, by so much."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The entries that a reference stands for: one, or all of a millisecond."""

    first: Entry
    last: Entry
    msgid: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A CHATHISTORY command. ``asked``: the target as the client has written it."""

    subcommand: str
    asked: str
    target: Target
    references: list[Reference | None]
    limit: int


@command("CHATHISTORY", min_params=1)
async def chathistory(ctx: Context, msg: Message) -> None:
    """Replay messages of a room or a conversation. https://ircv3.net/specs/extensions/chathistory"""
    if not ctx.client.caps & c.CAP_CHATHISTORY:
        text = "Ask for the capability draft/chathistory first"
        raise CommandError(n.ERR_UNKNOWNCOMMAND, "CHATHISTORY", text=text)
    query = _parse(msg.params)
    try:
        await (_list_targets(ctx, query) if query.subcommand == "TARGETS" else _replay(ctx, query))
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
    named = 0 if subcommand == "TARGETS" else 1
    if len(params) < 2 + named + count:
        raise Failure("INVALID_PARAMS", "Insufficient parameters", subcommand)
    if len(params) > 2 + named + count:
        raise Failure("INVALID_PARAMS", "Too many parameters", subcommand)
    asked, limit = params[1] if named else ALL_DIRECT, params[-1]
    if not (limit.isascii() and limit.isdecimal() and int(limit) > 0):
        raise Failure("INVALID_PARAMS", "Invalid limit", subcommand, middle(limit))
    target = _target(subcommand, asked)
    references = [_reference(subcommand, asked, text) for text in params[1 + named : -1]]
    return Query(subcommand, middle(asked), target, references, min(int(limit), MAX_HISTORY))


def _target(subcommand: str, asked: str) -> Target:
    try:
        if is_room(asked):
            return Target(room=fold(asked))
        return Target(peer=fold(asked)) if asked != ALL_DIRECT else Target()
    except InvalidName:
        raise Failure("INVALID_TARGET", _FAILED, subcommand, middle(asked)) from None


def _reference(subcommand: str, asked: str, text: str) -> Reference | None:
    """Read ``msgid=...``, ``timestamp=...`` or, with LATEST, ``*``."""
    kind, equals, value = text.partition("=")
    if text == "*" and subcommand == "LATEST":
        return None
    if kind == "msgid" and equals and subcommand != "TARGETS":
        entry = entry_of(value)
        if entry is not None:
            return Reference(entry, entry, value)
    elif kind == "timestamp" and equals:
        ms = _ms_of(value)
        if ms is None:
            raise Failure("INVALID_PARAMS", "Invalid timestamp", subcommand, middle(value))
        return Reference((ms, 0), (ms, MOST))
    elif equals:
        text = f"{middle(kind)}-based history requests are not supported"
        raise Failure("INVALID_MSGREFTYPE", text, subcommand, middle(asked))
    raise Failure("INVALID_PARAMS", "Invalid message reference", subcommand, middle(text))


def _ms_of(text: str) -> int | None:
    """The ms since 1970 of a moment "in the format YYYY-MM-DDThh:mm:ss.sssZ", before that 0.

    https://ircv3.net/specs/extensions/server-time has an example of a leap second, ``:60``. None:
    it is no such moment.
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None or int(found[2]) > _LEAP_SECOND:
        return None
    try:
        minute = datetime.strptime(found[1], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = int(minute.timestamp()) + int(found[2])
    return max(0, seconds * 1000 + int(found[3].ljust(3, "0")[:3]))


def _scans(query: Query, references: list[Reference | None]) -> list[Scan]:
    """What has to be read for the answer, the oldest first."""
    known = [reference for reference in references if reference is not None]
    limit = query.limit
    if not known:
        return [Scan(FIRST, LAST, forwards=False, most=limit)]
    one, two = known[0], known[-1]
    match query.subcommand:
        case "AFTER":
            return [Scan(next_to(one.last), LAST, forwards=True, most=limit)]
        case "LATEST":
            return [Scan(next_to(one.last), LAST, forwards=False, most=limit)]
        case "BEFORE":
            return [Scan(FIRST, previous_to(one.first), forwards=False, most=limit)]
        case "AROUND":
            earlier = Scan(FIRST, previous_to(one.first), forwards=False, most=limit // 2)
            return [earlier, Scan(one.first, LAST, forwards=True, most=limit - limit // 2)]
    # "the returned messages MUST be counted starting from and excluding the first message
    # selector, while finishing on and excluding the second. This may be forwards or backwards"
    forwards = one.first <= two.first
    early, late = (one, two) if forwards else (two, one)
    return [Scan(next_to(early.last), previous_to(late.first), forwards=forwards, most=limit)]


# -- the answer ----------------------------------------------------------------------------------


async def _replay(ctx: Context, query: Query) -> None:
    references = [await _resolved(ctx, query.target, one) for one in query.references]
    name, lost, more, lines = "", False, False, list[bytes]()
    scans = _scans(query, references)
    for scan in scans:
        found = await read(ctx, query.target, scan, kinds_for(ctx, query.target))
        name, more = found.name or name, more or found.more
        lost = lost or (found.lost and query.subcommand == "AFTER")
        lines += lines_of(ctx, found.events)
    kept = within(ctx, lines, from_start=scans[-1].forwards)
    target, ended = name or query.asked, not more and len(kept) == len(lines)
    if lost:
        ctx.note("GAP", "The oldest of these messages are not kept any more", target, ALL_DIRECT)
    write(ctx, kept, "chathistory", target, ended=ended)


async def _list_targets(ctx: Context, query: Query) -> None:
    """Rooms and conversations by their latest message.

    "The parameters have the same semantics as BETWEEN", and "a target is not returned if its latest
    message is outside of the selection parameters"; "ordered by the time of the latest message".
    """
    [scan] = _scans(query, query.references)
    found = [one for one in await buffers(ctx, scan.first) if one.newest <= scan.last]
    found.sort(key=lambda one: (one.newest, one.shown))
    kept = found[: query.limit] if scan.forwards else found[-query.limit :]
    server = ctx.server.config.name
    lines = [
        format_line("CHATHISTORY", "TARGETS", one.shown, _moment(one.newest[0]), source=server)
        for one in kept
    ]
    write(ctx, lines, "draft/chathistory-targets", ended=len(kept) == len(found))


def _moment(ms: int) -> str:
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(ms // 1000))}.{ms % 1000:03d}Z"


async def _resolved(ctx: Context, target: Target, reference: Reference | None) -> Reference | None:
    """Find where an event stands in a log in which it has another place than its msgid says.

    The sender's copy of a direct message has the recipient's id for an id. What is told in several
    rooms has one id and a copy in each.
    """
    if reference is None or not reference.msgid:
        return reference
    first, kinds = (reference.first[0], 0), TAGS_ALONE
    if target.room:
        if not reference.msgid.endswith("-all"):
            return reference
        kinds = IN_SEVERAL_ROOMS
    last = min(first[0] + _CLOCK_MS, MOST), MOST
    scan = Scan(first, last, forwards=True, most=_SAME_MS)
    found = await read(ctx, Target(room=target.room), scan, kinds)
    for event in found.events:
        if event.msgid.decode() == reference.msgid:
            entry = id_order(event.id)
            return Reference(entry, entry)
    return reference
