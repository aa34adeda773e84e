"""The PROXY protocol, versions 1 and 2: a balancer says on whose behalf it connects.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import Struct
from typing import Final, NamedTuple

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
"""2.2: "The binary header format starts with a constant 12 bytes block"."""
MAX_LINE: Final = 107
"""2.1: "If the CRLF sequence is not found in the first 107 characters" the line is invalid."""
MAX_BLOCK: Final = 4096
"""Bytes of addresses and of what a proxy adds to them (TLVs) that are taken; the field allows
65,535."""
_HEAD: Final = Struct("!12sBBH")
_LOCAL, _PROXY = 0x20, 0x21
_ADDRESSES: Final[dict[int, tuple[type[IPv4Address | IPv6Address], int, int]]] = {
    0x1: (IPv4Address, 4, 12),
    0x2: (IPv6Address, 16, 36),
}
"""Family -> kind of address, its bytes, those of both addresses and ports."""
_FAMILIES, _PROTOCOLS = range(4), range(3)
_LINE: Final = re.compile(
    r"PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n",
    re.ASCII,
)


class Header(NamedTuple):
    """``host``: who connects, '' = the proxy itself, as for a health check; ``size`` in bytes."""

    host: str
    size: int


def read_header(data: bytes) -> Header | None:
    """What a connection begins with; None = more has to come. ValueError: it is no header."""
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _binary(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _line(data)
    raise ValueError("no PROXY header")


def _line(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, MAX_LINE)
    if end < 0:
        if len(data) >= MAX_LINE:
            raise ValueError("a line that is too long")
        return None
    size = end + 2
    # "the receiver must ignore anything presented before the CRLF is found"
    if re.match(rb"PROXY UNKNOWN[ \r]", data):
        return Header("", size)
    match = _LINE.fullmatch(data[:size].decode("latin-1"))
    if match is None:
        raise ValueError("not the format of version 1")
    kind, _, _ = _ADDRESSES[0x1 if match[1] == "4" else 0x2]
    source, _ = kind(match[2]), kind(match[3])
    if max(int(match[4]), int(match[5])) > 65535:
        raise ValueError("no port")
    return Header(_host(source), size)


def _binary(data: bytes) -> Header | None:
    if len(data) < _HEAD.size:
        return None
    _, command, family_and_protocol, length = _HEAD.unpack_from(data)
    family, protocol = family_and_protocol >> 4, family_and_protocol & 0xF
    if command not in (_LOCAL, _PROXY) or length > MAX_BLOCK:
        raise ValueError("not version 2, or too long")
    size = _HEAD.size + length
    # "discard the protocol block including the family which is ignored"
    if command == _PROXY and not (family in _FAMILIES and protocol in _PROTOCOLS):
        raise ValueError("no such family or protocol")
    if len(data) < size:
        return None
    # "A receiver is not required to implement other ones, provided that it automatically falls
    # back to the UNSPEC mode for the valid combinations above that it does not support."
    if command == _LOCAL or protocol != 1 or family not in _ADDRESSES:
        return Header("", size)
    kind, width, least = _ADDRESSES[family]
    if length < least:
        raise ValueError("addresses are missing")
    return Header(_host(kind(data[_HEAD.size : _HEAD.size + width])), size)


def _host(address: IPv4Address | IPv6Address) -> str:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(ip_address(mapped or address))
