"""Settings: where a gateway listens, and who may connect to it there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from chatd.settings import (
    Address,
    Setting,
    number,
    read_addresses,
    read_secret,
    read_secret_file,
    readable_file,
    webirc_gateways_file,
)

_GROUP = "Where it listens"


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
