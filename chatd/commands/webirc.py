"""WEBIRC: a web gateway says on whose behalf it connects.

https://ircv3.net/specs/extensions/webirc
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError
from chatd.commands.registry import command
from chatd.wire import numerics as n
from chatd.wire.message import Message
from chatd.wire.tags import parse_tags

_HOST: Final = re.compile(r"(?=.{1,63}$)[A-Za-z0-9][A-Za-z0-9.-]*")


@command("WEBIRC", min_params=4, before_registration=True)
def webirc(ctx: Context, msg: Message) -> None:
    """Say who is behind a gateway. https://ircv3.net/specs/extensions/webirc"""
    client, said = ctx.client, ctx.client.registration
    if client.registered or said.negotiating or said.nick or said.user or client.caps:
        # it "MUST be the first command sent [...] and MUST be sent before capability negotiation"
        raise CommandError(n.ERR_ALREADYREGISTERED)
    password, _, host, address = msg.params[:4]
    if not _may(ctx, password):
        client.close("Invalid WebIRC password")
        return
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])  # a scope may be any text
    except ValueError:
        client.close("Invalid WebIRC address")
        return
    # "an IPv6 address beginning with a colon [...] MUST be sent with a [...] preceding zero"
    client.host = f"0{ip}" if str(ip)[0] == ":" else str(ip)
    ctx.server.crowds.move(client, str(ip))
    said.host = host if _HOST.fullmatch(host) else client.host
    options = parse_tags(";".join(" ".join(msg.params[4:]).split()))
    # "Servers MUST ONLY treat the connection as secure if this flag is sent and the connection from
    # the gateway to the server is also secure with TLS."
    client.secure = client.secure and "secure" in options
    client.certificate = ""  # it was the gateway's, and is none of its users'


def _may(ctx: Context, password: str) -> bool:
    try:
        address = ipaddress.ip_address(ctx.client.host)
    except ValueError:
        return False
    return any(
        hmac.compare_digest(gateway.password.encode(), password.encode())
        and any(address in network for network in gateway.networks)
        for gateway in ctx.server.webirc
    )
