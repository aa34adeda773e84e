"""Addresses of gateways: what is one, whoever has written it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.addresses import GatewayAddress, is_loopback, read_addresses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chat.example.org:6667", GatewayAddress("chat.example.org", 6667)),
        ("irc://Chat.Example.ORG:1", GatewayAddress("chat.example.org", 1)),
        ("ircs://chat_2:6697", GatewayAddress("chat_2", 6697, tls=True)),
        ("IRCS://192.0.2.1:65535", GatewayAddress("192.0.2.1", 65535, tls=True)),
        ("[2001:DB8:0:0::1]:6667", GatewayAddress("2001:db8::1", 6667)),
    ],
)
def test_an_address_is_written_as_it_is_read(text: str, found: GatewayAddress) -> None:
    assert GatewayAddress.parse(text) == found
    assert GatewayAddress.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "", ":6667", "host", "host:0", "host:70000", "host:x", "host:1:2", "[::1]", "[::1%eth0]:1",
        "[host]:1", "::1:6667", "a b:1", "a\0b:1", "a/b:1", "user@host:1", "http://host:1",
        "ircs://ircs://host:1", "-a:1", "a-:1", "a..b:1", "a.:1", "h\u00f6st:1", "host:\u0661",
        f"{'a' * 64}:1", f"{'a.' * 127}aa:1", "host:1\r\n",
        # what some resolvers take for 127.0.0.1
        "127.1:1", "2130706433:1", "0x7f000001:1", "0177.0.0.1:1", "127.0.0.01:1",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whoever asks says what is wrong
        GatewayAddress.parse(text)


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    for address in read_addresses(text):
        assert GatewayAddress.parse(str(address)) == address
        assert " " not in str(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "0.0.0.0",
        "::",
        "::ffff:127.0.0.1",
        "localhost",
        "a.localhost",
    ],
)
def test_the_machine_itself(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "localhost.example.org", "notlocalhost"]
)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)
