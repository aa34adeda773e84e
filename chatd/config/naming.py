"""Settings: what the server is called, what it says of itself, and who runs it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from chatd.settings import Setting, operators_file, read_url, readable_file, word

_GROUP = "What it is called"


@dataclass(frozen=True)
class Naming:
    """Names, texts and operators."""

    name: Annotated[
        str,
        Setting(
            "name",
            "HOST",
            _GROUP,
            "Name of the server that clients see, the same on all its gateways.",
            word(
                r"(?=.{1,63}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
                "a host name with a dot, such as chat.example.org",
            ),
        ),
    ] = "chat.internal"
    """Has a dot, because that is how clients tell a server from a person in a source."""

    network: Annotated[
        str,
        Setting(
            "network",
            "NAME",
            _GROUP,
            "Name of the network (ISUPPORT NETWORK).",
            word(r"[^\s:\x00-\x1f][^\x00-\x1f]{0,63}", "1 to 64 characters"),
        ),
    ] = "chatd"
    """Clients show it as the title of the connection."""

    icon: Annotated[
        str | None,
        Setting("icon", "URL", _GROUP, "Picture of the network (ISUPPORT draft/ICON).", read_url),
    ] = None
    """https://ircv3.net/specs/extensions/network-icon"""

    gateway_id: Annotated[
        str,
        Setting(
            "gateway-id",
            "ID",
            _GROUP,
            "Name of this gateway among the others.",
            word(r"[A-Za-z0-9_-]{1,32}", "1 to 32 letters, digits, _ or -"),
            "made up",
        ),
    ] = field(default_factory=lambda: os.urandom(4).hex())
    """Part of keys in Redis; two live gateways must not share one."""

    motd_file: Annotated[
        Path | None,
        Setting("motd-file", "FILE", _GROUP, "Text that greets every client.", readable_file),
    ] = None
    """UTF-8 text, one line of MOTD per line."""

    oper_file: Annotated[
        Path | None,
        Setting(
            "oper-file",
            "FILE",
            _GROUP,
            "Who may become an operator by OPER: lines of name:password, where the password may be"
            " its argon2id hash. REHASH reads it again. Accounts are made operators by"
            " `chatd account oper`.",
            operators_file,
        ),
    ] = None
    """https://modern.ircdocs.horse/#oper-message"""

    description: Annotated[
        str,
        Setting(
            "description",
            "TEXT",
            _GROUP,
            "What the server is, in a few words, for WHOIS and LINKS.",
            word(r"[^\x00-\x1f]{0,100}", "at most 100 characters"),
        ),
    ] = ""
    """Without it LINKS does not list the server: "Servers MAY omit some or all servers"."""

    admin: Annotated[
        str,
        Setting(
            "admin",
            "TEXT",
            _GROUP,
            "Who runs the server and how to reach them (ADMIN).",
            word(r"[^\x00-\x1f]{0,200}", "at most 200 characters"),
        ),
    ] = ""
    """https://modern.ircdocs.horse/#admin-message"""

    default_room: Annotated[
        str,
        Setting(
            "default-room",
            "ROOM",
            _GROUP,
            "The room that everybody shares.",
            word(r"#[^\s,\x00-\x1f]{1,63}", "# and 1 to 63 characters without space and comma"),
        ),
    ] = "#global"
    """Where ``chat login`` lands."""
