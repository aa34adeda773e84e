"""GATEWAYS and MOVE: where else the server is reached. Our own, see docs/extensions.md."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.reply import in_lines
from chatd.wire import caps as c

_LINE_BYTES = 400
"""Bytes of addresses in one line; the rest of 512 is source, command and what data are called."""


def tell_gateways(ctx: Context) -> None:
    """Tell a client that wants it under which addresses gateways can be reached now."""
    if not ctx.client.caps & c.CAP_GATEWAYS:
        return
    known = ctx.server.gateways
    *lines, last = list(in_lines(known.addresses, _LINE_BYTES)) or [""]
    for line in lines:
        ctx.send("GATEWAYS", known.data, "*", line, text_last=True)
    ctx.send("GATEWAYS", known.data, last, text_last=True)


def tell_to_move(ctx: Context, why: str) -> None:
    """Tell a client to log in at another gateway, and then to leave this one."""
    ctx.send("MOVE", why, text_last=True)
