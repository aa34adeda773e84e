"""Settings: where a gateway listens, and who may connect to it there."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from chatd.settings import (
    Address,
    ConfigError,
    Setting,
    number,
    read_addresses,
    read_networks,
    read_secret,
    read_secret_file,
    readable_file,
    webirc_gateways_file,
    word,
)
from chatd.wire.addresses import MAX_EACH, GatewayAddress

_GROUP = "Where it listens"


def _read_advertised(text: str) -> tuple[GatewayAddress, ...]:
    """Read addresses with commas or spaces between them."""
    try:
        found = [GatewayAddress.parse(part) for part in re.split(r"[,\s]+", text) if part]
    except ValueError:
        raise ConfigError(
            f"{text!r} does not fit: write what clients connect to, HOST:PORT, or ircs://HOST:PORT"
            " for TLS"
        ) from None
    if len(found) > MAX_EACH:
        raise ConfigError(f"give at most {MAX_EACH} addresses")
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Listening:
    """Addresses, TLS, WEBIRC, and the password of the server."""

    listen: Annotated[
        tuple[Address, ...],
        Setting(
            "listen",
            "HOST:PORT",
            _GROUP,
            "Address for clients; may be given several times. Port 0 takes a free port, the"
            " ready line says which.",
            read_addresses,
            "127.0.0.1:6667",
        ),
    ] = (Address("127.0.0.1", 6667),)
    """Loopback only by default: this protocol is not encrypted."""

    listen_tls: Annotated[
        tuple[Address, ...],
        Setting(
            "listen-tls",
            "HOST:PORT",
            _GROUP,
            "Address for clients that use TLS; may be given several times. Needs --tls-cert and"
            " --tls-key.",
            read_addresses,
        ),
    ] = ()
    """6697 by custom."""

    listen_ws: Annotated[
        tuple[Address, ...],
        Setting(
            "listen-ws",
            "HOST:PORT",
            _GROUP,
            "Address for clients in browsers (WebSocket, without TLS: a web server in front of it"
            " adds that); may be given several times.",
            read_addresses,
        ),
    ] = ()
    """https://ircv3.net/specs/extensions/websocket"""

    advertise: Annotated[
        tuple[GatewayAddress, ...],
        Setting(
            "advertise",
            "HOST:PORT",
            _GROUP,
            "Where clients reach this gateway, ircs://HOST:PORT for TLS; may be given several"
            " times. The client chat is told those of all gateways, to go on there when this one"
            " dies.",
            _read_advertised,
        ),
    ] = ()
    """Not guessed: what a gateway listens on says little of how it is reached."""

    tls_cert: Annotated[
        Path | None,
        Setting("tls-cert", "FILE", _GROUP, "Certificate and its chain, PEM.", readable_file),
    ] = None
    """What --listen-tls shows."""

    tls_key: Annotated[
        Path | None,
        Setting("tls-key", "FILE", _GROUP, "Private key of the certificate, PEM.", readable_file),
    ] = None
    """Read with it: at the start, and at REHASH."""

    sts_s: Annotated[
        int,
        Setting(
            "sts-duration",
            "SECONDS",
            _GROUP,
            "How long clients shall insist on TLS once they have seen it; 0 = nothing is said.",
            number(int, 0, 10**9),
        ),
    ] = 0
    """https://ircv3.net/specs/extensions/sts: "MUST be made available as an optional setting"."""

    webirc_file: Annotated[
        Path | None,
        Setting(
            "webirc-file",
            "FILE",
            _GROUP,
            "Who may say on behalf of whom it connects (WEBIRC): lines of a password and the"
            " addresses or networks, such as 192.0.2.0/28, from which it counts.",
            webirc_gateways_file,
        ),
    ] = None
    """https://ircv3.net/specs/extensions/webirc"""

    proxy_from: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Setting(
            "proxy-from",
            "NETWORK",
            _GROUP,
            "Balancers that say for whom they connect, by the PROXY protocol (version 1 or 2), to"
            " --listen: from these addresses or networks it has to be there, from others it is not"
            " taken. May be given several times.",
            read_networks,
        ),
    ] = ()
    """Without it WHOIS, bans and limits see the balancer's address."""

    trust: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Setting(
            "trust",
            "NETWORK",
            _GROUP,
            "Addresses or networks that are many people: a web gateway, a company, a balancer"
            " without the PROXY protocol. No limit for one address counts for them. May be given"
            " several times.",
            read_networks,
        ),
    ] = ()
    """Nobody from there is kept out for what others there do."""

    registration: Annotated[
        str,
        Setting(
            "registration",
            "open|invite|closed",
            _GROUP,
            "Who may make an account: everybody, who has an invitation (chatd invite), or nobody"
            " but you (chatd account add).",
            word("open|invite|closed", "open, invite or closed"),
        ),
    ] = "open"
    """As people expect on a server of their own."""

    password: Annotated[
        str | None,
        Setting(
            "password-file",
            "FILE",
            _GROUP,
            "Clients must give the password in the first line of FILE (PASS). Or put the password"
            " itself into CHATD_PASSWORD.",
            read_secret_file,
            direct=read_secret,
        ),
    ] = field(default=None, repr=False)
    """What PASS must say; never on a command line, where every user of the machine sees it."""
