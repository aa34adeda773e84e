"""What a setting is: a row of the table in `chatd.config`, and the readers of its text."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatd import redis_url

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
    def parse(cls, text: str) -> Address:
        """Read ``127.0.0.1:6667``, ``localhost:0`` or ``[::1]:6667``; raise ConfigError."""
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]]+)):([0-9]{1,5})", text)
        if match is None or int(match[3]) > 65535:
            raise ConfigError(
                f"{text!r} is no address: write HOST:PORT, such as 127.0.0.1:6667 or [::1]:6667"
                " (0.0.0.0:6667 for every interface)"
            )
        return cls(match[1] or match[2], int(match[3]))


def read_addresses(text: str) -> tuple[Address, ...]:
    """Read addresses with commas or spaces between them."""
    return tuple(Address.parse(part) for part in re.split(r"[,\s]+", text) if part)


def read_redis_url(text: str) -> str:
    """Check the kind of a Redis URL; whether it answers is found out when it is used."""
    try:
        redis_url.read(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return text


def read_path(text: str) -> Path:
    """Make a path absolute; ``~`` is the home directory."""
    return Path(text).expanduser().absolute()


def read_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks with commas or spaces between them."""
    try:
        return tuple(ip_network(part) for part in re.split(r"[,\s]+", text) if part)
    except ValueError as error:
        raise ConfigError(
            f"{error}: write addresses or networks, such as 192.0.2.7 or 10.0.0.0/8"
        ) from None


def read_text(text: str) -> str:
    """Return what the file holds that ``text`` names."""
    path = read_path(text)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {reason}") from None


def readable_file(text: str) -> Path:
    """Check that a file can be read; return its path."""
    read_text(text)
    return read_path(text)


def read_secret(text: str) -> str:
    """Check a password: it must fit into one parameter of PASS."""
    if not text or len(text.encode()) > 400 or not text.isprintable():
        raise ConfigError("the password must be 1 to 400 bytes of printable text")
    return text


def read_secret_file(text: str) -> str:
    """Read a password from the first line of a file."""
    return read_secret(read_text(text).partition("\n")[0].rstrip("\r"))


@dataclass(frozen=True, slots=True)
class Webirc:
    """Who may use WEBIRC: the password, and the networks from which it counts."""

    password: str
    networks: tuple[IPv4Network | IPv6Network, ...]


def webirc_gateways_file(text: str) -> Path:
    """Check that a file of WEBIRC gateways can be read; return its path."""
    read_webirc(text)
    return read_path(text)


def read_webirc(text: Path | str) -> tuple[Webirc, ...]:
    """Read the file of WEBIRC gateways; empty lines and those that begin with # are left out."""
    gateways = []
    for line in read_text(str(text)).splitlines():
        password, *networks = line.split() or ("#",)
        if password[0] == "#":
            continue
        try:
            gateways.append(Webirc(password, tuple(map(ip_network, networks))))
        except ValueError:
            networks = []
        if not networks:
            raise ConfigError(f"{text}: write a password and then addresses or networks")
    return tuple(gateways)


def read_operators(file: Path | str) -> dict[str, str]:
    """Read the file of operators: name -> password, or argon2id of one.

    Lines ``name:password``; empty lines and those that begin with # are left out.
    """
    secrets = {}
    for line in read_text(str(file)).splitlines():
        name, colon, secret = line.strip().partition(":")
        if not name or name[0] == "#":
            continue
        if not colon or not secret or " " in name:
            raise ConfigError(f"{file}: write a name, a colon and a password or its argon2id hash")
        secrets[name] = secret
    return secrets


def operators_file(text: str) -> Path:
    """Check that a file of operators can be read; return its path."""
    read_operators(text)
    return read_path(text)


def read_url(text: str) -> str:
    """Check the address of something on the web."""
    if urlsplit(text).scheme not in ("https", "http") or not re.fullmatch(r"[!-~]{1,200}", text):
        raise ConfigError(f"{text!r} is no address: write https://..., at most 200 characters")
    return text


def number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], Any]:
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


def word(pattern: str, rule: str) -> Callable[[str], str]:
    """Return a reader of text that ``pattern`` matches; ``rule`` says so in words."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ConfigError(f"{text!r} does not fit: give {rule}")
        return text

    return read


def read_switch(text: str) -> bool:
    """Whether something is on."""
    words = {"on": True, "yes": True, "true": True, "1": True}
    words |= {"off": False, "no": False, "false": False, "0": False}
    if text.lower() not in words:
        raise ConfigError(f"'{text}' does not fit: give on or off")
    return words[text.lower()]


def read_log_level(text: str) -> int:
    """Read the name of a level of the module ``logging``."""
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
