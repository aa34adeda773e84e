"""Every setting of the server: one frozen dataclass that is also the table of flags.

A field of `Config` carries its `Setting`: the name ``ping-interval`` is the flag
``--ping-interval``, the variable ``CHATD_PING_INTERVAL`` and the key ``ping-interval`` in the
TOML file; `chatd.sources` reads them.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, get_type_hints

from chatd.settings import (
    Address,
    ConfigError,
    Setting,
    number,
    operators_file,
    read_addresses,
    read_log_level,
    read_path,
    read_redis_url,
    read_secret,
    read_secret_file,
    read_url,
    readable_file,
    webirc_gateways_file,
    word,
)

__all__ = ["Address", "Config", "ConfigError", "Setting", "settings"]


def _default_data_dir() -> Path:
    from platformdirs import user_data_path  # 20 ms that only a start needs

    return user_data_path("chatd", appauthor=False)


_NET, _DATA, _WHO = "Where it listens", "Where its state is", "What it is called"
_LIMITS, _TIMES = "Limits for one client", "Times, in seconds"


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one gateway; sizes in bytes, times in seconds."""

    listen: Annotated[
        tuple[Address, ...],
        Setting(
            "listen",
            "HOST:PORT",
            _NET,
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
            _NET,
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
            _NET,
            "Address for clients in browsers (WebSocket, without TLS: a web server in front of it"
            " adds that); may be given several times.",
            read_addresses,
        ),
    ] = ()
    """https://ircv3.net/specs/extensions/websocket"""

    tls_cert: Annotated[
        Path | None,
        Setting("tls-cert", "FILE", _NET, "Certificate and its chain, PEM.", readable_file),
    ] = None
    """What --listen-tls shows."""

    tls_key: Annotated[
        Path | None,
        Setting("tls-key", "FILE", _NET, "Private key of the certificate, PEM.", readable_file),
    ] = None
    """Read with it: at the start, and at REHASH."""

    sts_s: Annotated[
        int,
        Setting(
            "sts-duration",
            "SECONDS",
            _NET,
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
            _NET,
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
            _NET,
            "Clients must give the password in the first line of FILE (PASS). Or put the password"
            " itself into CHATD_PASSWORD.",
            read_secret_file,
            direct=read_secret,
        ),
    ] = field(default=None, repr=False)
    """What PASS must say; never on a command line, where every user of the machine sees it."""

    redis_url: Annotated[
        str | None,
        Setting(
            "redis",
            "URL",
            _DATA,
            "A Redis 7.0 or newer, or a Valkey: redis://, rediss:// or unix://. Gateways on one"
            " Redis are one server. Without it an engine of its own is started in the data"
            " directory, or joined if it runs. Give a URL with a password through CHATD_REDIS.",
            read_redis_url,
        ),
    ] = field(default=None, repr=False)
    """None = the embedded engine in ``data_dir``."""

    data_dir: Annotated[
        Path,
        Setting(
            "data-dir",
            "DIR",
            _DATA,
            "Directory of the embedded engine.",
            read_path,
            "the user's data directory",
        ),
    ] = field(default_factory=_default_data_dir)
    """Not used when a Redis is given."""

    key_prefix: Annotated[
        str,
        Setting(
            "key-prefix",
            "WORD",
            _DATA,
            "First part of every key and channel in Redis.",
            word(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits, _ . or -"),
        ),
    ] = "chat"
    """Lets several servers share one Redis; no ``:`` or ``{`` in it, they structure the keys."""

    name: Annotated[
        str,
        Setting(
            "name",
            "HOST",
            _WHO,
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
            _WHO,
            "Name of the network (ISUPPORT NETWORK).",
            word(r"[^\s:\x00-\x1f][^\x00-\x1f]{0,63}", "1 to 64 characters"),
        ),
    ] = "chatd"
    """Clients show it as the title of the connection."""

    icon: Annotated[
        str | None,
        Setting("icon", "URL", _WHO, "Picture of the network (ISUPPORT draft/ICON).", read_url),
    ] = None
    """https://ircv3.net/specs/extensions/network-icon"""

    gateway_id: Annotated[
        str,
        Setting(
            "gateway-id",
            "ID",
            _WHO,
            "Name of this gateway among the others.",
            word(r"[A-Za-z0-9_-]{1,32}", "1 to 32 letters, digits, _ or -"),
            "made up",
        ),
    ] = field(default_factory=lambda: os.urandom(4).hex())
    """Part of keys in Redis; two live gateways must not share one."""

    motd_file: Annotated[
        Path | None,
        Setting("motd-file", "FILE", _WHO, "Text that greets every client.", readable_file),
    ] = None
    """UTF-8 text, one line of MOTD per line."""

    oper_file: Annotated[
        Path | None,
        Setting(
            "oper-file",
            "FILE",
            _WHO,
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
            _WHO,
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
            _WHO,
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
            _WHO,
            "The room that everybody shares.",
            word(r"#[^\s,\x00-\x1f]{1,63}", "# and 1 to 63 characters without space and comma"),
        ),
    ] = "#global"
    """Where ``chat login`` lands."""

    max_clients: Annotated[
        int,
        Setting(
            "max-clients",
            "N",
            _LIMITS,
            "Connections to this gateway; one more gets ERROR.",
            number(int, 1, 10**6),
        ),
    ] = 20_000
    """About what one core serves with a message now and then from each."""

    max_rooms_per_user: Annotated[
        int,
        Setting(
            "max-rooms-per-user",
            "N",
            _LIMITS,
            "Rooms that one user may be in (405).",
            number(int, 1, 10**6),
        ),
    ] = 100
    """A QUIT is published once per room, so this bounds what one user can cost everybody."""

    sendq_bytes: Annotated[
        int,
        Setting(
            "sendq",
            "BYTES",
            _LIMITS,
            "Bytes waiting for a client that does not read; above, it is closed.",
            number(int, 16_384, 2**30),
        ),
    ] = 2**20
    """Bytes waiting for one slow client before ``ERROR :SendQ exceeded``."""

    recvq_bytes: Annotated[
        int,
        Setting(
            "recvq",
            "BYTES",
            _LIMITS,
            "Bytes that a client may have waiting before it is registered; above, it is closed.",
            number(int, 8_192, 2**30),
        ),
    ] = 2**16
    """Eight of the longest lines. Who is registered is only slowed down: the socket is not read."""

    flood_lines_per_s: Annotated[
        float,
        Setting(
            "flood-rate",
            "LINES",
            _LIMITS,
            "Lines per second that a client may send for long; 0 = no limit.",
            number(float, 0, 1e6),
        ),
    ] = 50.0
    """Lines per second; nobody types that fast, and a bot's bursts are covered below."""

    flood_burst: Annotated[
        int,
        Setting(
            "flood-burst",
            "LINES",
            _LIMITS,
            "Lines that a client may send at once; 0 = no limit.",
            number(int, 0, 10**6),
        ),
    ] = 500
    """Lines: a paste, or what a client sends when it comes back with a hundred rooms."""

    history_events: Annotated[
        int,
        Setting(
            "history",
            "N",
            _LIMITS,
            "Events kept for each room and each user; the oldest go first.",
            number(int, 1, 10**7),
        ),
    ] = 10_000
    """Entries of a stream, about 3 MB in Redis when a room has that many."""

    ping_interval_s: Annotated[
        float,
        Setting(
            "ping-interval",
            "SECONDS",
            _TIMES,
            "Silence after which a client is sent PING.",
            number(float, 0.05, 86_400),
        ),
    ] = 90.0
    """Below the two minutes after which many routers forget an idle connection."""

    ping_timeout_s: Annotated[
        float,
        Setting(
            "ping-timeout",
            "SECONDS",
            _TIMES,
            "How long the answer may take before the client is closed.",
            number(float, 0.05, 86_400),
        ),
    ] = 30.0
    """Longer than a phone needs to change from one network to another."""

    registration_timeout_s: Annotated[
        float,
        Setting(
            "registration-timeout",
            "SECONDS",
            _TIMES,
            "How long a client may take to say who it is.",
            number(float, 0.05, 86_400),
        ),
    ] = 30.0
    """Enough to type a password; bounds what a client that never registers can hold."""

    lease_s: Annotated[
        float,
        Setting(
            "lease",
            "SECONDS",
            _TIMES,
            "How long the other gateways wait before they clean up after a silent one.",
            number(float, 0.5, 3_600),
        ),
    ] = 5.0
    """Bounds how long a dead gateway's users stay on the roster; must outlast a pause of Redis."""

    log_level: Annotated[
        int,
        Setting(
            "log-level",
            "LEVEL",
            "Other",
            "debug, info, warning or error; the log goes to stderr.",
            read_log_level,
            "info",
        ),
    ] = logging.INFO
    """A level of the module ``logging``."""


@cache
def settings() -> Mapping[str, Setting]:
    """Return the table of settings: the field's name -> its Setting, in the help's order."""
    hints = get_type_hints(Config, include_extras=True)
    table: dict[str, Setting] = {}
    for item in fields(Config):
        setting: Setting = hints[item.name].__metadata__[0]
        if not setting.shown and item.default not in (None, MISSING):
            default = f"{item.default:g}" if isinstance(item.default, float) else str(item.default)
            setting = replace(setting, shown=default)
        table[item.name] = setting
    return table
