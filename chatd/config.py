"""Every setting of the server: one frozen dataclass that is also the table of flags.

A field of `Config` carries its `Setting`: the name ``ping-interval`` is the flag
``--ping-interval``, the variable ``CHATD_PING_INTERVAL`` and the key ``ping-interval`` in the
TOML file. A flag wins over the environment, that over the file, that over the default.
"""

import logging
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

ENV_PREFIX = "CHATD_"


class ConfigError(Exception):
    """A setting that cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a host name or IP address and a TCP port (0 = any free one)."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write ``host:port``, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read ``127.0.0.1:6667``, ``localhost:0`` or ``[::1]:6667``; raise ConfigError."""
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]]+)):([0-9]{1,5})", text)
        if match is None or int(match[3]) > 65535:
            raise ConfigError(
                f"{text!r} is no address: write HOST:PORT, such as 127.0.0.1:6667 or [::1]:6667"
                " (0.0.0.0:6667 for every interface)"
            )
        return cls(match[1] or match[2], int(match[3]))


def _addresses(text: str) -> tuple[Address, ...]:
    """Read addresses with commas or spaces between them."""
    return tuple(Address.parse(part) for part in re.split(r"[,\s]+", text) if part)


def _redis_url(text: str) -> str:
    """Check the kind of a Redis URL; whether it answers is found out when it is used."""
    if urlsplit(text).scheme not in ("redis", "rediss", "unix"):
        raise ConfigError(
            "that is no Redis URL: write redis://HOST:PORT/DB, rediss://HOST:PORT/DB (TLS)"
            " or unix:///PATH?db=DB"
        )
    return text


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _read(text: str) -> str:
    path = _path(text)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {reason}") from None


def _readable(text: str) -> Path:
    _read(text)
    return _path(text)


def _secret(text: str) -> str:
    """Check a password: it must fit into one parameter of PASS."""
    if not text or len(text.encode()) > 400 or not text.isprintable():
        raise ConfigError("the password must be 1 to 400 bytes of printable text")
    return text


def _secret_file(text: str) -> str:
    """Read a password from the first line of a file."""
    return _secret(_read(text).partition("\n")[0].rstrip("\r"))


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], Any]:
    """Return a reader of numbers from ``low`` to ``high``."""

    def read(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(-1)
        if not low <= value <= high:
            what = "a whole number" if kind is int else "a number"
            raise ConfigError(f"{text!r} does not fit: give {what} from {low:g} to {high:,g}")
        return value

    return read


def _word(pattern: str, rule: str) -> Callable[[str], str]:
    """Return a reader of text that ``pattern`` matches; ``rule`` says so in words."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ConfigError(f"{text!r} does not fit: give {rule}")
        return text

    return read


def _log_level(text: str) -> int:
    level = logging.getLevelNamesMapping().get(text.upper())
    if level is None:
        raise ConfigError(f"{text!r} is no log level: give debug, info, warning or error")
    return level


@dataclass(frozen=True, slots=True)
class Setting:
    """How a field of `Config` is given from outside: its row in the table of settings."""

    name: str
    """The flag without its dashes, and the key in the TOML file."""
    metavar: str
    """What stands for the value in the help."""
    group: str
    """Heading in the help."""
    help: str
    """What it does, for the person who starts a gateway."""
    read: Callable[[str], Any]
    """From text to the value; raises ConfigError."""
    shown: str = ""
    """The default as the help shows it; filled in from the field where nothing is said here."""
    direct: Callable[[str], Any] | None = None
    """For a secret whose flag names a file: reads the secret itself, from the environment only."""

    @property
    def env(self) -> str:
        """Name of the environment variable."""
        return ENV_PREFIX + self.name.upper().replace("-", "_")

    @property
    def direct_env(self) -> str:
        """Name of the variable that holds the secret itself, not the name of a file."""
        return self.env.removesuffix("_FILE")


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
            _addresses,
            "127.0.0.1:6667",
        ),
    ] = (Address("127.0.0.1", 6667),)
    """Loopback only by default: this protocol is not encrypted."""

    password: Annotated[
        str | None,
        Setting(
            "password-file",
            "FILE",
            _NET,
            "Clients must give the password in the first line of FILE (PASS). Or put the password"
            " itself into CHATD_PASSWORD.",
            _secret_file,
            direct=_secret,
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
            _redis_url,
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
            _path,
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
            _word(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits, _ . or -"),
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
            _word(
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
            _word(r"[^\s:\x00-\x1f][^\x00-\x1f]{0,63}", "1 to 64 characters"),
        ),
    ] = "chatd"
    """Clients show it as the title of the connection."""

    gateway_id: Annotated[
        str,
        Setting(
            "gateway-id",
            "ID",
            _WHO,
            "Name of this gateway among the others.",
            _word(r"[A-Za-z0-9_-]{1,32}", "1 to 32 letters, digits, _ or -"),
            "made up",
        ),
    ] = field(default_factory=lambda: os.urandom(4).hex())
    """Part of keys in Redis; two live gateways must not share one."""

    motd_file: Annotated[
        Path | None,
        Setting("motd-file", "FILE", _WHO, "Text that greets every client.", _readable),
    ] = None
    """UTF-8 text, one line of MOTD per line."""

    default_room: Annotated[
        str,
        Setting(
            "default-room",
            "ROOM",
            _WHO,
            "The room that everybody shares.",
            _word(r"#[^\s,\x00-\x1f]{1,63}", "# and 1 to 63 characters without space and comma"),
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
            _number(int, 1, 10**6),
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
            _number(int, 1, 10**6),
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
            _number(int, 16_384, 2**30),
        ),
    ] = 2**20
    """Bytes waiting for one slow client before ``ERROR :SendQ exceeded``."""

    recvq_bytes: Annotated[
        int,
        Setting(
            "recvq",
            "BYTES",
            _LIMITS,
            "Bytes of commands waiting behind one that runs; above, the socket is not read.",
            _number(int, 8_192, 2**30),
        ),
    ] = 2**16
    """A stopped socket slows the sender down; eight lines of the largest size always fit."""

    flood_lines_per_s: Annotated[
        float,
        Setting(
            "flood-rate",
            "LINES",
            _LIMITS,
            "Lines per second that a client may send for long; 0 = no limit.",
            _number(float, 0, 1e6),
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
            _number(int, 0, 10**6),
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
            _number(int, 1, 10**7),
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
            _number(float, 0.05, 86_400),
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
            _number(float, 0.05, 86_400),
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
            _number(float, 0.05, 86_400),
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
            _number(float, 0.5, 3_600),
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
            _log_level,
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


def load(
    flags: Mapping[str, Sequence[str]], environ: Mapping[str, str], file: Path | None = None
) -> Config:
    """Build the configuration from flags (field name -> values given), environment and file.

    Raises ConfigError, which names the flag, the variable or the key that is wrong.
    """
    table = _read_table(file) if file else {}
    unknown = table.keys() - {setting.name for setting in settings().values()}
    if unknown:
        known = ", ".join(setting.name for setting in settings().values())
        raise ConfigError(f"{file}: unknown setting {min(unknown)!r}; there are: {known}")
    chosen: dict[str, Any] = {}
    for key, setting in settings().items():
        given = _given(key, setting, flags, environ, table)
        if given is not None:
            source, text, read = given
            try:
                chosen[key] = read(text)
            except ConfigError as error:
                raise ConfigError(f"{source}: {error}") from None
    return _checked(Config(**chosen))


def _given(
    key: str,
    setting: Setting,
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    table: Mapping[str, str],
) -> tuple[str, str, Callable[[str], Any]] | None:
    """Find the strongest source of a setting: (its name for an error, text, reader)."""
    if flags.get(key):
        return f"--{setting.name}", ",".join(flags[key]), setting.read
    if setting.direct and environ.get(setting.direct_env):
        return setting.direct_env, environ[setting.direct_env], setting.direct
    if environ.get(setting.env):
        return setting.env, environ[setting.env], setting.read
    if setting.name in table:
        return setting.name, table[setting.name], setting.read
    return None


def _read_table(file: Path) -> dict[str, str]:
    """Read the TOML file; every value becomes text, a list becomes one with commas."""
    try:
        table = tomllib.loads(_read(str(file)))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}") from None
    return {key: _as_text(value) for key, value in table.items()}


def _as_text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _checked(config: Config) -> Config:
    """Check what concerns two settings at once."""
    if not config.listen:
        raise ConfigError("--listen: give at least one address, such as 127.0.0.1:6667")
    fixed = [address for address in config.listen if address.port]
    if len(set(fixed)) < len(fixed):
        raise ConfigError("--listen: the same address is given twice")
    return config
