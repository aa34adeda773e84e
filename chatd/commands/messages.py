"""PRIVMSG, NOTICE, TAGMSG: the hot path. No task, no coroutine; the answer comes by itself."""

from __future__ import annotations

from contextlib import suppress

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.isupport import MAX_TARGETS
from chatd.wire.message import Message
from chatd.wire.modes import PREFIXES
from chatd.wire.services import SERVICES
from chatd.wire.tags import client_only


@command("PRIVMSG", pipelined=True)
def privmsg(ctx: Context, msg: Message) -> None:
    """Say something to rooms or users. https://modern.ircdocs.horse/#privmsg-message"""
    _say(ctx, msg)


@command("NOTICE", pipelined=True)
def notice(ctx: Context, msg: Message) -> None:
    """Say something that is never answered. https://modern.ircdocs.horse/#notice-message"""
    # "This rule also applies to servers - they must not send any error back to the client"
    with suppress(CommandError):
        _say(ctx, msg)


def _say(ctx: Context, msg: Message) -> None:
    if not msg.params or not msg.params[0]:
        raise CommandError(n.ERR_NORECIPIENT, text=f"No recipient given ({msg.command})")
    if len(msg.params) < 2 or not msg.params[1]:
        raise CommandError(n.ERR_NOTEXTTOSEND)
    _to_all(ctx, msg)


@command("TAGMSG", min_params=1, pipelined=True)
def tagmsg(ctx: Context, msg: Message) -> None:
    """Send tags alone. https://ircv3.net/specs/extensions/message-tags#the-tagmsg-tag-only-message"""
    if not ctx.client.caps & c.CAP_MESSAGE_TAGS:
        raise CommandError(n.ERR_UNKNOWNCOMMAND, "TAGMSG")
    if not msg.params[0]:
        raise CommandError(n.ERR_NORECIPIENT, text="No recipient given (TAGMSG)")
    if client_only(msg.tags):
        _to_all(ctx, msg)


def _to_all(ctx: Context, msg: Message) -> None:
    targets = msg.params[0]
    if "," not in targets:
        to_one(ctx, msg, targets)
        return
    names = list(dict.fromkeys(filter(None, targets.split(","))))
    ctx.posted += 1  # nothing is finished before the last one: they share a label
    for name in names[:MAX_TARGETS]:
        try:
            to_one(ctx, msg, name)
        except CommandError as error:
            if msg.command != "NOTICE":
                ctx.error(error)
    ctx.posted -= 1
    if len(names) > MAX_TARGETS and msg.command != "NOTICE":
        shown = middle(names[MAX_TARGETS])
        ctx.numeric(n.ERR_TOOMANYTARGETS, shown, text=f"At most {MAX_TARGETS} targets")


def to_one(ctx: Context, msg: Message, target: str) -> None:
    """Say it to one room or user. Raises CommandError for a target that there cannot be."""
    # "@#room": only for those who are at least operators there
    room = target[1:] if target[0] in PREFIXES and target[1:2] == "#" else target
    kind = "r" if room.startswith("#") else "u"
    try:
        key = fold(room)
    except InvalidName:
        error = n.ERR_NOSUCHCHANNEL if kind == "r" else n.ERR_NOSUCHNICK
        raise CommandError(error, middle(target)) from None
    if key in SERVICES:  # one of several targets, or of several lines: nothing of it goes further
        if msg.command == "PRIVMSG":
            text = f"Write to {SERVICES[key]} alone, in one line"
            raise CommandError(n.ERR_TOOMANYTARGETS, SERVICES[key], text=text)
        return
    ctx.client.post(ctx, kind, key, msg, target)
