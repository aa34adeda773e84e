"""The PROXY protocol. https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt"""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.proxy import MAX_BLOCK, SIGNATURE, Header, read_header

LINE_4 = b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
"""The example of section 2.1."""
LINE_6 = b"PROXY TCP6 2001:db8::1 2001:db8::2 65535 1\r\n"


def binary(command: int, family: int, block: bytes) -> bytes:
    """A header of version 2."""
    return SIGNATURE + struct.pack("!BBH", command, family, len(block)) + block


FOUR = binary(0x21, 0x11, bytes((192, 0, 2, 7, 10, 0, 0, 1)) + struct.pack("!HH", 5, 6667))
SIX = binary(
    0x21,
    0x21,
    socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + struct.pack("!HH", 5, 6667),
)
LOCAL = binary(0x20, 0x00, b"")


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (LINE_4, "192.168.0.1"),
        (LINE_6, "2001:db8::1"),
        # "The receiver must ignore anything presented before the CRLF is found."
        (b"PROXY UNKNOWN\r\n", ""),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", ""),
        (FOUR, "192.0.2.7"),
        (SIX, "2001:db8::7"),
        # "must use the real connection endpoints and discard the protocol block including the
        # family which is ignored"
        (LOCAL, ""),
        (binary(0x20, 0xFF, b"anything"), ""),
        # "falls back to the UNSPEC mode for the valid combinations above"
        (binary(0x21, 0x00, b""), ""),
        (binary(0x21, 0x12, bytes(12)), ""),
        (binary(0x21, 0x31, bytes(216)), ""),
        # what a proxy adds behind the addresses
        (binary(0x21, 0x11, FOUR[16:] + b"\x02\x00\x01x"), "192.0.2.7"),
        (b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n", "192.0.2.1"),
    ],
)
def test_headers(data: bytes, host: str) -> None:
    assert read_header(data + b"NICK anna\r\n") == Header(host, len(data))


@pytest.mark.parametrize("data", [LINE_4, LINE_6, FOUR, SIX, LOCAL])
def test_it_may_come_byte_by_byte(data: bytes) -> None:
    """ "nothing forces any intermediary to forward the whole header at once" """
    assert [read_header(data[:end]) for end in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"NICK anna\r\n",
        b"PROXYTCP4",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 70000\r\n",
        b"PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        # "must not tolerate a single CR or LF character to end the line"
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\nNICK a\r\n",
        # "If the CRLF sequence is not found in the first 107 characters"
        b"PROXY UNKNOWN " + b"x" * 100,
        binary(0x11, 0x11, FOUR[16:]),
        # "Receivers must drop connections presenting unexpected values here."
        binary(0x22, 0x11, FOUR[16:]),
        # "must be rejected as invalid by receivers"
        binary(0x21, 0x41, bytes(12)),
        binary(0x21, 0x13, bytes(12)),
        binary(0x21, 0x11, bytes(11)),
        binary(0x21, 0x21, bytes(35)),
        SIGNATURE + struct.pack("!BBH", 0x21, 0x11, MAX_BLOCK + 1),
    ],
)
def test_what_is_none(data: bytes) -> None:
    """ "Any sequence which does not exactly match the protocol must be discarded" """
    with pytest.raises(ValueError, match=r"."):
        read_header(data)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PROXY ", SIGNATURE, SIGNATURE + b"!"]))
def test_whatever_comes(data: bytes, start: bytes) -> None:
    try:
        header = read_header(start + data)
    except ValueError:
        return
    assert header is None or header.size <= len(start + data)
