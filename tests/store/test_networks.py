"""Networks in masks, as Lua reads them, against Python's own."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from lupa import lua51  # type: ignore[import-untyped]

from chatd.store import scripts

NETWORKS = Path(scripts.__file__).parent / "lua" / "lib" / "networks.lua"
Inside = Callable[[str, str], bool | None]
Address = IPv4Address | IPv6Address


@pytest.fixture(scope="module")
def inside() -> Inside:
    """Whether an address is in a network; None: one of them is none."""
    test: Any = lua51.LuaRuntime().execute(
        "local find = string.find\n"
        + NETWORKS.read_text("utf-8")
        + """
        return function(address, network)
          local bytes, net = address_of(address), network_of(network)
          if not bytes or not net then return nil end
          return is_inside(bytes, net)
        end"""
    )
    return test  # type: ignore[no-any-return]


def expected(address: Address, start: Address, bits: int) -> bool:
    """What Python says; an IPv4 address in an IPv6 one is an IPv4 address."""
    mapped = getattr(start, "ipv4_mapped", None)
    if mapped is not None and bits >= 96:
        start, bits = mapped, bits - 96
    return (getattr(address, "ipv4_mapped", None) or address) in ip_network((start, bits), False)


def written(chance: random.Random, address: Address) -> str:
    """One of the forms of an address."""
    if isinstance(address, IPv4Address):
        return str(address)
    forms = [address.compressed, address.exploded, address.compressed.upper()]
    if address.ipv4_mapped is not None:
        forms.append(f"::ffff:{address.ipv4_mapped}")
    return chance.choice(forms)


def some_address(chance: random.Random) -> Address:
    number = chance.getrandbits(32)
    match chance.randrange(3):
        case 0:
            return IPv4Address(number)
        case 1:
            return IPv6Address(0xFFFF << 32 | number)
        case _:
            return IPv6Address(chance.getrandbits(128) & chance.getrandbits(128))


@pytest.mark.slow
def test_any_address_and_any_network(inside: Inside) -> None:
    """ "Masks see what `docs/protocol.md` says they see, in CIDR too" """
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(3000):
        start = some_address(chance)
        bits = chance.randint(0, start.max_prefixlen)
        flipped = int(start) ^ (1 << chance.randrange(start.max_prefixlen))
        near = type(start)(flipped)
        for address in (start, near, some_address(chance)):
            network = f"{written(chance, start)}/{bits}"
            found = inside(written(chance, address), network)
            assert found == expected(address, start, bits), (str(address), network)


@pytest.mark.parametrize(
    "network",
    [
        "127.0.0.1", "127.0.0.1/", "127.0.0.1/33", "127.0.0/8", "256.0.0.0/8", "1.2.3.4.5/8",
        "0001.2.3.4/8", "::1/129", "1::2::3/8", ":::/0", "12345::/8", "1:2:3/16", "g::/16", "/8",
        "*/8", "127.0.0.1/8x", "1:2:3:4:5:6:7:8:9/8", "1:2:3:4:5:6:7:8::/8", ":1/8", "::1:/8",
    ],
)  # fmt: skip
def test_what_is_no_network(inside: Inside, network: str) -> None:
    """ "A mask that is no valid network is a plain mask"."""
    for address in ("127.0.0.1", "::1", "::"):
        assert inside(address, network) is None


@pytest.mark.parametrize(
    "host", ["shown.example", "127.0.0", "", "a", "1.2.3.4.", "::g", "::1%eth0"]
)
def test_a_host_that_is_no_address(inside: Inside, host: str) -> None:
    """ "*!*@0.0.0.0/0" is for addresses."""
    assert inside(host, "::/0") is None
    assert inside(host, "0.0.0.0/0") is None
