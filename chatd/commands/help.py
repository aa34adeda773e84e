"""HELP: what the table of commands says of each."""

from __future__ import annotations

import re
from textwrap import wrap

from chatd.commands.context import Context
from chatd.commands.descriptions import described, link_of
from chatd.commands.errors import CommandError
from chatd.commands.privileges import RIGHTS
from chatd.commands.registry import COMMANDS, command
from chatd.commands.reply import middle
from chatd.wire import numerics as n
from chatd.wire.message import Message

_COLUMNS = 70


@command("HELP")
def help_(ctx: Context, msg: Message) -> None:
    """Show what a command does. https://modern.ircdocs.horse/#help-message"""
    _help(ctx, msg)


@command("HELPOP")
def helpop(ctx: Context, msg: Message) -> None:
    """Show what a command does, as HELP. https://modern.ircdocs.horse/#help-message"""
    _help(ctx, msg)


def _help(ctx: Context, msg: Message) -> None:
    asked = msg.params[0] if msg.params else ""
    if not asked:
        commands = wrap(" ".join(sorted(COMMANDS)), _COLUMNS)
        text = ["HELP <command> says more of one of these:", *commands]
        _show(ctx, "*", f"Commands of {ctx.server.config.name}", text)
        return
    row = COMMANDS.get(asked.upper())
    if row is None:
        raise CommandError(n.ERR_HELPNOTFOUND, middle(asked))
    summary = re.sub(r"\s+", " ", described()[row.name]).partition(" https://")[0]
    text = wrap(summary.removesuffix(" docs/protocol.md"), _COLUMNS)
    if row.name in RIGHTS:
        text.append(f"For operators of the server: {RIGHTS[row.name]}.")
    if link := link_of(row.name):
        text.append(link)
    _show(ctx, row.name, f"The command {row.name}", text)


def _show(ctx: Context, subject: str, title: str, text: list[str]) -> None:
    """Title, an empty line, and the text: "This is what most servers do today"."""
    ctx.numeric(n.RPL_HELPSTART, subject, text=title)
    for line in ["", *text[:-1]]:
        ctx.send(n.RPL_HELPTXT.code, ctx.nick, subject, line, text_last=True)
    ctx.numeric(n.RPL_ENDOFHELP, subject, text=text[-1])
