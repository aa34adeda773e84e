"""INBOX, UNREAD, KEYWORDS: what concerns one and one has not read. Our own: docs/protocol.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import in_lines, middle
from chatd.state.events import Event
from chatd.state.history import entry_of
from chatd.state.inbox import MAX_KEYWORDS
from chatd.state.words import WORD_BYTES, word_of
from chatd.store.errors import Refused
from chatd.store.inbox import Unread
from chatd.wire import caps as c
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message
from chatd.wire.moments import moment

_LIMIT: Final = 100
"""Messages of one INBOX where the client does not say how many."""
_LINE: Final = 400
"""Bytes of the words in one line of KEYWORDS."""


@contextmanager
def _of_an_account() -> Iterator[None]:
    """A guest has no inbox."""
    try:
        yield
    except Refused as refused:
        if refused.word != "guest":
            raise
        text = "Log in to an account: what guests have missed is not kept"
        raise Failure("ACCOUNT_REQUIRED", text) from None


@command("INBOX")
async def inbox(ctx: Context, msg: Message) -> None:
    """Show what one has not read: direct messages, and what has one's names and keywords.

    Our own, see docs/protocol.md.
    """
    limit, before = _limit(msg.params), _before(msg.params)
    with _of_an_account():
        found = await ctx.server.inbox.newest(ctx.client, before, limit, lambda: _pay(ctx))
    shown, budget = list[tuple[bytes, Event]](), ctx.server.config.sendq_bytes // 2
    for event in reversed(found.events):  # as many as can wait for the client, at least one
        line = ctx.render(event)
        budget -= len(line)
        if budget < 0 and shown and event.id != shown[-1][1].id:
            break
        shown.append((line, event))
    batched = ctx.client.caps & c.CAP_BATCH
    with ctx.batch("chatd/inbox") if batched else nullcontext():
        for line, _ in reversed(shown):
            for part in line.splitlines(keepends=True):  # one of several lines is a batch itself
                ctx.write(part)
    if found.more or len(shown) < len(found.events):
        ctx.send("INBOX", "MORE", str(len(shown)), shown[-1][1].msgid.decode())
    else:
        ctx.send("INBOX", "END", str(len(shown)))


def _limit(params: list[str]) -> int:
    text = params[0] if params else str(_LIMIT)
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise Failure("INVALID_PARAMS", "Invalid limit", middle(text))
    return min(int(text[:9]), MAX_HISTORY)


def _before(params: list[str]) -> str:
    """The id of the message before which to look; '' = the newest."""
    if len(params) < 2:
        return ""
    kind, _, value = params[1].partition("=")
    entry = entry_of(value) if kind == "msgid" else None
    if entry is None:
        raise Failure("INVALID_PARAMS", "Invalid message reference", middle(params[1]))
    return f"{entry[0]}-{entry[1]}"


def _pay(ctx: Context) -> None:
    ctx.client.charge(costs.PAGE)


# -- counts --------------------------------------------------------------------------------------


@command("UNREAD")
async def unread(ctx: Context, msg: Message) -> None:
    """Count what one has not read, in each room and conversation. Our own, see docs/protocol.md."""
    target = msg.params[0] if msg.params else ""
    try:
        key = fold(target)
    except InvalidName:
        raise Failure("INVALID_PARAMS", "There can be no such target", middle(target)) from None
    pay, asked, client = (lambda: _pay(ctx)), ctx.server.inbox, ctx.client
    mentions = await asked.mentions(client, pay)
    found: list[Unread] = []
    if not target or is_room(target):
        found += await asked.unread(client, [key] if target else sorted(ctx.user.rooms), pay)
        if target and not found:
            raise Failure("INVALID_PARAMS", "You are not in such a room", middle(target))
    if not target or not is_room(target):
        found += await asked.unread_direct(client, key, pay)
    for one in found:
        number = mentions[one.target] if is_room(one.target) else one.count
        read = f"timestamp={moment(one.read_ms)}" if one.read_ms else "*"
        ctx.send("UNREAD", one.target, str(one.count), str(number), read)
    ctx.send("UNREAD", "END", str(len(found)))


# -- keywords ------------------------------------------------------------------------------------


@command("KEYWORDS", min_params=1)
async def keywords(ctx: Context, msg: Message) -> None:
    """List, add or remove words that one wants to hear of. Our own, see docs/protocol.md."""
    subcommand = msg.params[0].upper()
    if subcommand == "LIST":
        await _list(ctx)
        return
    if subcommand not in ("ADD", "REMOVE") or len(msg.params) < 2:
        text = "It is KEYWORDS LIST, KEYWORDS ADD word... or KEYWORDS REMOVE word..."
        raise Failure("INVALID_PARAMS", text, middle(msg.params[0]))
    add = subcommand == "ADD"
    words = _words(msg.params[1:], MAX_KEYWORDS)
    change = ctx.server.inbox.add_keywords if add else ctx.server.inbox.remove_keywords
    try:
        with _of_an_account():
            changed = await change(ctx.client, words)
    except Refused as refused:
        if refused.word != "toomany":
            raise
        raise Failure("TOO_MANY_KEYWORDS", f"At most {MAX_KEYWORDS} keywords") from None
    for word in words:
        if add:
            ctx.note("ADDED", "It is a keyword of yours now", word)
        elif word in changed:
            ctx.note("REMOVED", "It is no keyword of yours any more", word)
        else:
            ctx.fail("NO_SUCH_KEYWORD", "It is none of your keywords", word)


async def _list(ctx: Context) -> None:
    if not ctx.user.account_key:
        with _of_an_account():
            raise Refused("guest")
    found = await ctx.server.inbox.keywords(ctx.client)
    for text in in_lines(found, _LINE):
        ctx.send("KEYWORDS", "LIST", text, text_last=True)
    ctx.send("KEYWORDS", "END", str(len(found)))


def _words(given: list[str], most: int) -> list[str]:
    """The words of a list, each once."""
    words: dict[str, None] = {}
    for text in " ".join(given).split():
        word = word_of(text)
        if not word:
            what = f"A keyword is one word of at most {WORD_BYTES} bytes"
            raise Failure("INVALID_KEYWORD", what, middle(text)[:80])
        words[word] = None
    if len(words) > most:
        raise Failure("TOO_MANY_KEYWORDS", f"At most {most} keywords")
    return list(words)
