"""CAP: what client and server can do beyond the old protocol.

https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.context import Client, Context
from chatd.commands.errors import CommandError
from chatd.commands.gateways import tell_gateways
from chatd.commands.mechanisms import offered
from chatd.commands.metadata import unsubscribe
from chatd.commands.registration import try_to_register
from chatd.commands.registry import command
from chatd.commands.reply import in_lines, middle
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.message import Message

VERSION = 302
"""The first version of the negotiation with values, several lines and cap-notify."""
_METADATA = c.CAP_METADATA | c.CAP_METADATA_3
_AWARE = c.CAP_METADATA_3 | c.CAP_BATCH
_LINE_BYTES = 360
"""Bytes of capabilities in one CAP reply; the rest of 512 is source, nick and subcommand."""


@command("CAP", min_params=1, before_registration=True)
async def cap(ctx: Context, msg: Message) -> None:
    """Negotiate capabilities. https://ircv3.net/specs/extensions/capability-negotiation"""
    subcommand = msg.params[0].upper()
    handler = _CAP.get(subcommand)
    if handler is None:
        raise CommandError(n.ERR_INVALIDCAPCMD, middle(msg.params[0]))
    handler(ctx, " ".join(msg.params[1:]))
    if subcommand == "END" and not ctx.client.registered:
        await try_to_register(ctx)


def _ls(ctx: Context, argument: str) -> None:
    client = ctx.client
    version = int(argument) if argument.isascii() and argument.isdecimal() else 0
    client.cap_version = max(client.cap_version, version)
    if client.cap_version >= VERSION:
        # "servers MUST NOT disable the cap-notify capability if the client requests CAP LS with a
        # version of 302 or newer"
        client.set_caps(client.caps | c.CAP_CAP_NOTIFY)
    if not client.registered:
        client.registration.negotiating = True
    # "servers SHOULD return a CAP LS reply consistent with the request's version"
    if version >= VERSION:
        _in_lines(ctx, "LS", (_offer(ctx, row) for row in ctx.server.offered))
    else:
        # One line is all that an old client waits for; the ratified capabilities come first.
        names = (row.name for row in ctx.server.offered if row.bit)
        ctx.send("CAP", ctx.nick, "LS", next(in_lines(names, _LINE_BYTES), ""))


def _offer(ctx: Context, row: c.Cap) -> str:
    """A capability as it is offered; one has a value that is known at the start only."""
    if row.bit == c.CAP_GATEWAYS:
        return f"{row.name}={ctx.server.gateways.data}"
    return offer_to(ctx.client, row)


def offer_to(client: Client, row: c.Cap) -> str:
    """A capability as this client is offered it: some mechanisms need its certificate."""
    return f"{row.name}={offered(client)}" if row.bit == c.CAP_SASL else row.offer


def _list(ctx: Context, _: str) -> None:
    caps = ctx.client.caps
    _in_lines(ctx, "LIST", (row.name for row in ctx.server.offered if caps & row.bit))


def _in_lines(ctx: Context, subcommand: str, words: Iterable[str]) -> None:
    *lines, last = list(in_lines(words, _LINE_BYTES)) or [""]
    more = ("*",) if ctx.client.cap_version >= VERSION else ()
    for line in lines:
        ctx.send("CAP", ctx.nick, subcommand, *more, line, text_last=True)
    ctx.send("CAP", ctx.nick, subcommand, last, text_last=True)


def _req(ctx: Context, argument: str) -> None:
    """Change capabilities: "accepted as a whole, or rejected entirely"."""
    client = ctx.client
    if not client.registered:
        client.registration.negotiating = True
    offered = {row.name: row.bit for row in ctx.server.offered}
    caps = client.caps
    for word in argument.split():
        removing = word.startswith("-")
        bit = offered.get(word.removeprefix("-"), 0)
        if not bit or (removing and bit == c.CAP_CAP_NOTIFY and client.cap_version >= VERSION):
            _answer(ctx, "NAK", argument)
            return
        caps = caps & ~bit if removing else caps | bit
    if caps & _METADATA == _METADATA:
        # "Clients MUST NOT request more than one of [...] draft/metadata-2, and draft/metadata-3.
        # Servers MUST NOT accept these requests either."
        _answer(ctx, "NAK", argument)
        return
    ctx.server.hub.fanout.hand_out()  # what was said before is not in the new form
    new = caps & ~client.caps
    if client.caps & c.CAP_METADATA_3 and caps & _AWARE != _AWARE:
        # "servers MUST clear that client's subscription list"
        unsubscribe(ctx)
    client.set_caps(caps)
    _answer(ctx, "ACK", argument)
    if new & c.CAP_GATEWAYS and client.registered:
        tell_gateways(ctx)


def _answer(ctx: Context, word: str, argument: str) -> None:
    for line in list(in_lines(argument.split(), _LINE_BYTES)) or [""]:
        ctx.send("CAP", ctx.nick, word, line, text_last=True)


def _end(ctx: Context, _: str) -> None:
    ctx.client.registration.negotiating = False


_CAP = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}
