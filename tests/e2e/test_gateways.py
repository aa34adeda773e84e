"""The capability chatd/gateways and the line GATEWAYS: docs/extensions.md, "Our own additions"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatd.wire.addresses import MAX_ADDRESSES
from tests.conftest import Gateways
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway

LEASE = ("--lease", "1.5")


async def member(gateway: Gateway, nick: str = "anna") -> IrcClient:
    client = await IrcClient.connect(gateway.host, gateway.port)
    await client.send("CAP REQ chatd/gateways", f"NICK {nick}", f"USER {nick} 0 * {nick}")
    await client.send("CAP END")
    await client.expect(" 001 ")
    return client


def told(*addresses: str) -> Callable[[Line], bool]:
    """A predicate: GATEWAYS with these addresses, in whatever order."""

    def is_it(line: Line) -> bool:
        return line.command == "GATEWAYS" and sorted(line.text.split()) == sorted(addresses)

    return is_it


async def test_all_addresses_are_told_after_registration_and_when_they_change(
    gateways: Gateways,
) -> None:
    """ "The addresses of all gateways that live ... again whenever they change." """
    one = ("one.example:6667", "ircs://one.example:6697")
    both = (*one, "two.example:6667")
    (first,) = await gateways(1, *LEASE, "--advertise", ",".join(one))
    flags = ("--redis", gateways.redis.url, *LEASE, "--advertise", "two.example:6667")
    async with await member(first) as anna:
        await anna.expect(told(*one))
        async with Gateway(*flags) as second, await member(second, "bob") as bob:
            await anna.expect(told(*both))
            await bob.expect(told(*both))
        await anna.expect(told(*one))  # it has stopped
        async with Gateway(*flags) as third:
            await anna.expect(told(*both))
            third.kill9()
            await anna.expect(told(*one))  # it has died


async def test_the_value_of_the_capability_is_the_id(gateways: Gateways) -> None:
    """ "Its value is the id of the server." """
    first, second = await gateways(2, "--advertise", "one.example:6667")
    ids: set[str] = set()
    for gateway in (first, second):
        async with await IrcClient.connect(gateway.host, gateway.port) as client:
            await client.send("CAP LS 302")
            lines = await client.lines_until(lambda line: line.params[2] != "*")
            words = [word for line in lines for word in line.text.split()]
            ids.update(word for word in words if word.startswith("chatd/gateways="))
            await client.send(
                "CAP REQ chatd/gateways", "NICK anna", "USER anna 0 * anna", "CAP END"
            )
            line = await client.expect("GATEWAYS")
            ids.add(f"chatd/gateways={line.params[0]}")
    assert len(ids) == 1


async def test_only_who_has_the_capability_is_told(gateways: Gateways) -> None:
    (first,) = await gateways(1, "--advertise", "one.example:6667")
    async with await IrcClient.connect(first.host, first.port) as client:
        await client.register("anna")
        await client.fence()
        assert not [line for line in client.log if line.command == "GATEWAYS"]
        await client.send("CAP REQ chatd/gateways")
        await client.expect(told("one.example:6667"))


async def test_without_addresses_nobody_is_sent_anywhere(gateways: Gateways) -> None:
    """ "An empty list: the server has none to tell." """
    (first,) = await gateways(1)
    async with await member(first) as anna:
        assert (await anna.expect("GATEWAYS")).text == ""


async def test_what_others_have_written_is_checked_and_bounded(gateways: Gateways) -> None:
    (first,) = await gateways(1, *LEASE, "--advertise", "one.example:6667")
    redis = gateways.redis
    many = " ".join(f"{'x' * 60}.host{i}.example:6667" for i in range(100))
    for gateway, written in (("evil", "a\r\n :x:1 127.1:5 0x7f.1:9 http://x:1"), ("big", many)):
        await redis.ask("ZADD", f"{redis.keys.leases}", 2**52, gateway)
        await redis.ask("HSET", redis.keys.presence + ":advertised", gateway, written)
    async with await member(first) as anna:
        lines = [
            await anna.expect(lambda line: line.command == "GATEWAYS" and line.params[1] == "*")
        ]
        lines += await anna.lines_until(
            lambda line: line.command == "GATEWAYS" and len(line.params) == 2
        )
        assert max(len(line.raw) for line in lines) <= 510
        assert [line.params[1] for line in lines[:-1]] == ["*"] * (len(lines) - 1)
        words = [word for line in lines for word in line.text.split()]
        assert len(words) == MAX_ADDRESSES
        assert all(word.endswith(".example:6667") for word in words)


@pytest.mark.parametrize("value", ["0.example", "127.1:6667", "host:0", "a:1,b:1,c:1,d:1,e:1"])
async def test_a_wrong_address_is_one_sentence(value: str, tmp_path: Path) -> None:
    gateway = Gateway("--data-dir", str(tmp_path), "--advertise", value)
    gateway.launch()
    try:
        assert await gateway.ended() == 1
        assert gateway.log.startswith("chatd: --advertise: ")
        assert gateway.log.count("\n") == 1
    finally:
        gateway.remove()
