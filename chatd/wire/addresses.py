"""Where clients reach a gateway, as its operator writes it and as clients are told it.

``HOST:PORT`` without TLS, ``ircs://HOST:PORT`` with it. A host is an IP address, or a name that
cannot be taken for one: ``127.1`` and ``0x7f000001`` are addresses to some resolvers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

MAX_ADDRESSES: Final = 32
"""Of all gateways, that a client is told: enough to find one that lives."""
MAX_EACH: Final = 4
"""Of one gateway: with and without TLS, by IPv4 and IPv6."""
MAX_CHARS: Final = 271
"""Of one address; a host has 253: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4"""

_TLS: Final = "ircs://"
_PLAIN: Final = "irc://"
_LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=[a-z_]){_LABEL}", re.ASCII)
_PARTS: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:\[\]/@]+)):([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """A host in lower case, and a TCP port that is not 0."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_TLS if self.tls else ''}{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> GatewayAddress:
        """Read an address, of whomever. ValueError: it is none."""
        if len(text) > MAX_CHARS:
            raise ValueError("too long")
        text = text.lower()
        tls = text.startswith(_TLS)
        match = _PARTS.fullmatch(text.removeprefix(_TLS if tls else _PLAIN))
        if match is None:
            raise ValueError("neither HOST:PORT nor ircs://HOST:PORT")
        literal, name, port = match.groups()
        if not 0 < int(port) < 65536:
            raise ValueError("no port")
        return cls(str(IPv6Address(literal)) if literal else _host(name), int(port), tls)


def _host(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    return str(ip_address(name))


def is_loopback(host: str) -> bool:
    """Whether a host, as `GatewayAddress` has it, is the machine itself."""
    try:
        address = ip_address(host)
    except ValueError:
        return f".{host}".endswith((".localhost", ".localhost.localdomain"))
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, one of IPv4 written as one of IPv6 as what it is; or None."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


SUBNET_BITS: Final = 64
"""What one customer has of IPv6 at least: https://www.rfc-editor.org/rfc/rfc6177#section-2"""


@lru_cache(4096)
def network_of(host: str) -> str:
    """From where somebody connects: an address of IPv4, or the /64 of one of IPv6."""
    address = address_of(host)
    if not isinstance(address, IPv6Address):
        return host if address is None else str(address)
    start = int(address) >> (128 - SUBNET_BITS) << (128 - SUBNET_BITS)
    return f"{IPv6Address(start)}/{SUBNET_BITS}"


def read_addresses(words: str) -> list[GatewayAddress]:
    """Read addresses with spaces between them; what is none is left out."""
    found: dict[GatewayAddress, None] = {}
    for word in words.split():
        try:
            found[GatewayAddress.parse(word)] = None
        except ValueError:
            continue
    return list(found)
