"""HTTP: a web page that has a browser send a request here gets no further than its first word.

The body of such a request could hold NICK, USER and JOIN, and would be carried out from the address
of whoever looks at the page.
"""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.wire import numerics as n
from chatd.wire.message import Message


@command("GET", before_registration=True)
@command("HEAD", before_registration=True)
@command("POST", before_registration=True)
@command("PUT", before_registration=True)
@command("DELETE", before_registration=True)
@command("PATCH", before_registration=True)
@command("OPTIONS", before_registration=True)
@command("CONNECT", before_registration=True)
@command("TRACE", before_registration=True)
def http(ctx: Context, msg: Message) -> None:
    """A verb of HTTP: before registration it ends the connection, later it is unknown.

    docs/protocol.md
    """
    if ctx.client.registered:
        raise CommandError(n.ERR_UNKNOWNCOMMAND, msg.command)
    refuse_http(ctx)


def refuse_http(ctx: Context) -> None:
    """End the connection."""
    ctx.client.close("This is a chat server and does not speak HTTP")
