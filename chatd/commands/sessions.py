"""SESSIONS: the sessions and devices of an account, listed and ended. See docs/extensions.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.pages import each_page
from chatd.commands.privileges import is_operator
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.store.errors import Refused
from chatd.store.sessions import OneOf
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message

ALL: Final = "ALL"
"""Instead of a session or device: all sessions but the one that asks."""
NOTHING: Final = "*"
"""In the place of a word that there is not; as a device: those that do not say what they are."""
MOST_SHOWN: Final = 1000
"""Sessions of one answer."""


class _Asked(NamedTuple):
    """Whose sessions are meant, and which of them. ``account``: folded."""

    account: str
    which: str


@command("SESSIONS", min_params=1)
async def sessions(ctx: Context, msg: Message) -> None:
    """List the sessions and devices of your account, and end some of them. docs/protocol.md"""
    action = msg.params[0].upper()
    handler = _ACTIONS.get(action)
    if handler is None:
        raise Failure("UNKNOWN_ACTION", "Write LIST, END or FORGET", middle(msg.params[0]))
    await handler(ctx, msg.params[1:])


def _asked(ctx: Context, action: str, words: list[str], least: int) -> _Asked:
    """Read ``[account] [which]``. Raises what such a question is answered with."""
    if len(words) < least or not all(words[: least + 1]):
        raise CommandError(n.ERR_NEEDMOREPARAMS, "SESSIONS")
    which = words[1 if len(words) > 1 else 0] if least else ""
    own = ctx.client.account[0]
    if len(words) == least:
        if not own:
            raise Failure("ACCOUNT_REQUIRED", "Log in to your account first", action)
        return _Asked(own, which)
    try:
        account = fold(words[0])
    except InvalidName:
        account = ""
    if account != own or not own:
        if not is_operator(ctx):
            text = "Only operators of the server see and end sessions of others"
            raise Failure("PRIVS_NEEDED", text, action, middle(words[0]))
        if not account:
            raise _no_account(action, words[0])
    return _Asked(account, which)


def _no_account(action: str, name: str) -> Failure:
    return Failure("NO_SUCH_ACCOUNT", "There is no such account", action, middle(name))


async def _found(ctx: Context, account: str, wanted: Callable[[OneOf], bool]) -> list[OneOf]:
    """Sessions of an account, of which there may be many pages."""
    found: list[OneOf] = []

    def take(page: list[OneOf]) -> bool:
        found.extend(one for one in page if wanted(one))
        return True

    await each_page(ctx, lambda start: ctx.server.sessions.page(account, start), take)
    return found


# -- LIST ----------------------------------------------------------------------------------------


async def _list(ctx: Context, words: list[str]) -> None:
    account, _ = _asked(ctx, "LIST", words, 0)
    found = await _found(ctx, account, lambda _: True)
    devices = await ctx.server.sessions.devices(account)
    is_there = found or devices or account == ctx.client.account[0]
    if not (is_there or await ctx.server.accounts.exists(account)):
        raise _no_account("LIST", words[0])
    found.sort(key=lambda one: (one.since_ms, one.sid))
    for one in found[-MOST_SHOWN:]:
        _show(ctx, one)
    here = {one.device for one in found if not one.stays}
    others = [one for one in devices if one.name not in here]
    for device in others:
        name, seen = device.name or NOTHING, str(device.seen_ms // 1000)
        text = f"{_called(device.name)} has no session; it was here last on {_moment(seen)}"
        ctx.note("DEVICE", text, name, seen)
    text = f"Sessions: {len(found)}; other devices that are remembered: {len(others)}"
    ctx.note("LISTED", text, str(len(found)), str(len(others)))


def _show(ctx: Context, one: OneOf) -> None:
    this = one.sid == ctx.client.sid
    state = "STAYS" if one.stays else "CONNECTED" if one.gateway else "WAITING"
    since, active = str(one.since_ms // 1000), str(one.active_ms // 1000)
    words = (one.sid, one.device or NOTHING, state, one.nick or NOTHING, one.gateway or NOTHING)
    place = one.address or NOTHING
    mark = "THIS" if this else NOTHING
    ctx.note("SESSION", _sentence(one, this=this), *words, since, active, middle(place), mark)


def _sentence(one: OneOf, *, this: bool) -> str:
    since = _moment(str(one.since_ms // 1000))
    if one.stays:
        return f"{one.sid}: {one.nick} stays online without a program, since {since}"
    text = f"{one.sid}: {_called(one.device)} as {one.nick}"
    if one.address:
        text += f" from {one.address}{' by TLS' if one.secure else ''}"
    text += f", since {since}"
    if not one.gateway:
        lost = f" since {_moment(str(one.active_ms // 1000))}" if one.active_ms else ""
        return f"{text}, waits for its connection{lost}"
    if one.active_ms:
        text += f", last active on {_moment(str(one.active_ms // 1000))}"
    return f"{text}, through gateway {one.gateway}{' (this one)' if this else ''}"


def _called(device: str) -> str:
    return f"device {device}" if device else "a device without a name"


def _moment(seconds: str) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")


# -- END and FORGET ------------------------------------------------------------------------------


async def _end(ctx: Context, words: list[str]) -> None:
    account, which = _asked(ctx, "END", words, 1)
    found = await _found(ctx, account, _meant(ctx, which))
    if any(one.stays for one in found):
        text = "It has no program; ACCOUNT SET ALWAYS-ON OFF ends it when you leave"
        raise Failure("ALWAYS_ON", text, "END", middle(which))
    if not found and which.upper() != ALL:
        text = "There is no such session or device"
        raise Failure("NO_SUCH_SESSION", text, "END", middle(which))
    own = account == ctx.client.account[0]
    by = "another session of your account" if own else "an operator"
    # what ends this connection too comes last, so that the answer comes before
    sids = [one.sid for one in found if one.sid != ctx.client.sid]
    count = await _end_some(ctx, account, sids, by)
    this = len(sids) < len(found)
    total = count + this
    text = "1 session has ended" if total == 1 else f"{total} sessions have ended"
    ctx.note("ENDED", text, middle(which), str(total))
    if this:
        await _end_some(ctx, account, [ctx.client.sid], "your own command")


async def _end_some(ctx: Context, account: str, sids: list[str], by: str) -> int:
    why = f"This session was ended by {by}"
    try:
        return await ctx.server.sessions.end(
            ctx.client, account, sids, why=why, reason="Session ended"
        )
    except Refused as refused:
        if refused.word != "notoper":
            raise
        raise Failure("ACCOUNT_REQUIRED", "Log in to your account first", "END") from None


def _meant(ctx: Context, which: str) -> Callable[[OneOf], bool]:
    """Which sessions a word names: an id, a device, or all others."""
    if which.upper() == ALL:
        return lambda one: one.sid != ctx.client.sid and not one.stays
    return lambda one: which == one.sid or (one.device != "" and which == one.device)


async def _forget(ctx: Context, words: list[str]) -> None:
    account, which = _asked(ctx, "FORGET", words, 1)
    device = "" if which == NOTHING else which
    if await _found(ctx, account, lambda one: one.device == device and not one.stays):
        text = "The device has a session; end it first"
        raise Failure("DEVICE_IN_USE", text, "FORGET", middle(which))
    try:
        await ctx.server.sessions.forget(ctx.client, account, device)
    except Refused as refused:
        if refused.word == "nodevice":
            text = "There is no such device"
            raise Failure("NO_SUCH_DEVICE", text, "FORGET", middle(which)) from None
        if refused.word != "notoper":
            raise
        raise Failure("ACCOUNT_REQUIRED", "Log in to your account first", "FORGET") from None
    text = f"It is forgotten what {_called(device)} has heard"
    ctx.note("FORGOTTEN", text, middle(which))


_ACTIONS: Final = {"LIST": _list, "END": _end, "FORGET": _forget}
