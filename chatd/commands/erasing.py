"""ACCOUNT DELETE, ACCOUNT ERASE, ROOM ERASE: who has said something takes it out of the logs.

See docs/extensions.md.
"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.logins import FAILURES, held_back
from chatd.commands.reply import middle
from chatd.commands.rooms import room_key
from chatd.state.attempts import TooBusy
from chatd.state.erasures import POLICIES
from chatd.store.errors import Refused
from chatd.wire.moments import moment_ms

_LOG_IN = ("ACCOUNT_REQUIRED", "Log in to an account first")
_FAILURES = {
    "noaccount": _LOG_IN,
    "noroom": ("NO_SUCH_ROOM", "There is no such room"),
    "notfounder": ("NOT_FOUNDER", "The room does not belong to your account"),
    "toomany": ("TRY_AGAIN", "So much is being erased already: try again when that is done"),
}
_ALL = "*"
_GOES_ON = "What you have said is being erased; ACCOUNT ERASE STATUS tells how far it is"


async def delete(ctx: Context, params: list[str]) -> None:
    """``ACCOUNT DELETE <password> [KEEP|ANONYMISE|ERASE]``."""
    key, shown = _own(ctx)
    how = params[1].lower() if len(params) > 1 else ctx.server.config.on_delete
    if not params or how not in POLICIES:
        text = "Write DELETE, your password, and KEEP, ANONYMISE or ERASE if you like"
        raise Failure("INVALID_VALUE", text, "DELETE")
    await _check(ctx, shown, params[0])
    try:
        await ctx.server.erasures.delete(ctx.client, key, how)
    except Refused as refused:
        raise _failure(refused, "DELETE") from None
    ctx.note("DELETED", f"The account {shown} is deleted; {_SAID[how]}", shown, how.upper())


async def _check(ctx: Context, account: str, password: str) -> None:
    """Let pass who knows the password, as at a login. Raises Failure."""
    try:
        right = await ctx.server.accounts.verify(ctx.client.host, account, password)
    except TooBusy as busy:
        await held_back(ctx, busy)
        raise Failure(busy.code, str(busy), "DELETE") from None
    if right is not None:
        return
    said = ctx.client.registration
    said.failures += 1
    if said.failures >= FAILURES:
        ctx.client.close("Too many failed logins")
    raise Failure("WRONG_PASSWORD", "That is not the password of your account", "DELETE")


_SAID = {
    "keep": "what it said is kept as long as all that is said",
    "anonymise": "what it said is kept without its name",
    "erase": "what it said is being erased",
}


async def erase(ctx: Context, params: list[str]) -> None:
    """``ACCOUNT ERASE * | <room> [timestamp=...]``, ``ACCOUNT ERASE STATUS``."""
    key, _ = _own(ctx)
    if not params:
        text = "Write ERASE and *, a room, or STATUS"
        raise Failure("INVALID_VALUE", text, "ERASE")
    if params[0].upper() == "STATUS":
        await _status(ctx, key)
        return
    since = _since(params[1]) if len(params) > 1 else 0
    room = _room(params[0]) if params[0] != _ALL else ""
    try:
        await ctx.server.erasures.begin(ctx.client, key, room, since)
    except Refused as refused:
        raise _failure(refused, "ERASE") from None
    ctx.note("ERASING", _GOES_ON, middle(params[0]))


async def erase_room(ctx: Context, room: str, asked: str) -> None:
    """``ROOM ERASE <room>``: what everybody has said there. Refused: noroom, notfounder, ..."""
    try:
        await ctx.server.erasures.begin(ctx.client, "", room, 0)
    except Refused as refused:
        raise _failure(refused, "ERASE", middle(asked)) from None
    ctx.note("ERASING", "What was said in the room is being erased", middle(asked))


async def _status(ctx: Context, account: str) -> None:
    found = await ctx.server.erasures.progress(account)
    if not found.id:
        ctx.note("ERASED", "Nothing is being erased", "0", "0")
        return
    done = f"{found.looked} entries were looked at, {found.changed} of them erased"
    code, text = (
        ("ERASING", f"It goes on: {done}") if found.goes_on else ("ERASED", f"Done: {done}")
    )
    ctx.note(code, text, str(found.looked), str(found.changed))


def _own(ctx: Context) -> tuple[str, str]:
    """The account of who asks: folded, as shown. Raises Failure."""
    if not ctx.client.account[0]:
        raise Failure(*_LOG_IN)
    return ctx.client.account


def _room(name: str) -> str:
    try:
        return room_key(name)
    except CommandError:
        raise Failure(*_FAILURES["noroom"], "ERASE", middle(name)) from None


def _since(text: str) -> int:
    kind, _, value = text.partition("=")
    ms = moment_ms(value) if kind == "timestamp" else None
    if ms is None:
        example = "timestamp=2026-01-31T12:00:00.000Z"
        raise Failure("INVALID_VALUE", f"Write {example}", "ERASE", middle(text))
    return max(0, ms)


def _failure(refused: Refused, *about: str) -> Failure:
    """The FAIL of a refusal. Raises it again when it is none of these."""
    if refused.word == "wait":
        text = f"Try again in {-(-int(refused.details[0]) // 1000)} seconds"
        return Failure("RATE_LIMITED", text, *about)
    if refused.word not in _FAILURES:
        raise refused
    return Failure(*_FAILURES[refused.word], *about)
