"""SEARCH: what was said, by words, sender, place and time.

https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.replay import lines_of, within, write
from chatd.commands.reply import middle
from chatd.state.matching import Wanted, words_of
from chatd.state.search import Found, Question
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import drive
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, is_room
from chatd.wire.isupport import MAX_HISTORY
from chatd.wire.message import Message
from chatd.wire.moments import moment, moment_ms
from chatd.wire.tags import parse_tags

log = logging.getLogger(__name__)

_BATCH: Final = "soju.im/search"
_ATTRIBUTES: Final = frozenset(("in", "from", "after", "before", "text", "limit"))
_LIMIT: Final = 100
"""Messages of one SEARCH where the client does not say how many."""
_INVALID: Final = "Invalid parameters"
_FAILED: Final = "The search could not be run"


@command("SEARCH", min_params=1)
async def search(ctx: Context, msg: Message) -> None:
    """Search what was said: SEARCH text=words;in=#room;from=nick;after=time;before=time;limit=n.

    The answer comes when it is complete; meanwhile the client goes on.
    https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
    """
    if not ctx.client.caps & c.CAP_SEARCH:
        text = "Ask for the capability soju.im/search first"
        raise CommandError(n.ERR_UNKNOWNCOMMAND, "SEARCH", text=text)
    await ctx.server.search.earlier(ctx.client)  # its answers, refusals too, keep their order
    question = _question(ctx, " ".join(msg.params))  # people forget to write \s for a space
    try:
        ctx.server.search.begin(ctx.client)
    except Refused:
        text = "Too many searches are being run right now; try again"
        raise Failure("INTERNAL_ERROR", text) from None
    later = Context(ctx.client, ctx.server, ctx.command, ctx.label)
    ctx.label = ""  # it is the answer's
    drive(_answer(later, question), partial(_answered, later))


# -- the question --------------------------------------------------------------------------------


def _question(ctx: Context, text: str) -> Question:
    """Read the attributes. Raises Failure."""
    given = parse_tags(text)
    if unknown := given.keys() - _ATTRIBUTES:
        raise _invalid(min(unknown))
    room, peer = _place(ctx, given)
    wanted = Wanted(
        _words(given), _name(given, "from"), _ms(given, "after", 0), _ms(given, "before", 2**62)
    )
    # "If `after` is specified, messages SHOULD be searched from that time. Otherwise, messages
    # SHOULD be searched from the `before` time, which defaults to the current server time."
    return Question(wanted, _limit(given), room, peer, forwards="after" in given)


def _invalid(attribute: str, why: str = _INVALID) -> Failure:
    return Failure("INVALID_PARAMS", why, middle(attribute))


def _place(ctx: Context, given: dict[str, str]) -> tuple[str, str]:
    """The room or the other side of the conversation: one of them, or none."""
    name = _name(given, "in")
    if not is_room(name):
        return "", name
    if name not in ctx.user.rooms:
        raise _invalid("in", "You are not in such a room")
    return name, ""


def _name(given: dict[str, str], attribute: str) -> str:
    """A name, folded; '' = none is given."""
    if attribute not in given:
        return ""
    try:
        name = fold(given[attribute])
    except InvalidName:
        name = ""
    if not name:
        raise _invalid(attribute)
    return name


def _words(given: dict[str, str]) -> tuple[str, ...]:
    if not given.get("text"):
        return ()
    try:
        return words_of(given["text"])
    except ValueError as error:
        raise _invalid("text", str(error)) from None


def _ms(given: dict[str, str], attribute: str, otherwise: int) -> int:
    """A time, in the "same format as the `server-time` specification"."""
    if attribute not in given:
        return otherwise
    ms = moment_ms(given[attribute])
    if ms is None:
        raise _invalid(attribute)
    return max(ms, 0)


def _limit(given: dict[str, str]) -> int:
    """How many: "an upper bound on the count of messages to return"."""
    text = given.get("limit", str(_LIMIT))
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise _invalid("limit")
    return min(int(text[:9]), MAX_HISTORY)


# -- the answer ----------------------------------------------------------------------------------


async def _answer(ctx: Context, question: Question) -> None:
    service = ctx.server.search
    try:
        found = await service.find(ctx.client, question, lambda: ctx.client.charge(costs.SEARCHED))
        _show(ctx, question, found)
    except Refused:
        return  # the client has gone
    except StoreError:
        ctx.fail("INTERNAL_ERROR", _FAILED)
    finally:
        service.end(ctx.client)


def _show(ctx: Context, question: Question, found: Found) -> None:
    lines = lines_of(ctx, found.events)
    kept = within(ctx, lines, from_start=question.forwards)
    write(ctx, kept, _BATCH)
    if found.reached_ms is not None:
        side = "after" if question.forwards else "before"
        text = f"It took too long: messages {side} that time were not looked at"
        ctx.note("INCOMPLETE", text, moment(found.reached_ms))


def _answered(ctx: Context, error: BaseException | None) -> None:
    if ctx.client.closed:
        return
    if error is not None:
        log.error("%s failed", ctx.command, exc_info=error)
        ctx.fail("INTERNAL_ERROR", _FAILED)
    ctx.finish()
