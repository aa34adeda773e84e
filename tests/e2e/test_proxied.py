"""A balancer says for whom it connects, and a network has so many connections, on all gateways.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until
from tests.wire.test_proxy import FOUR, LINE_4, LOCAL, SIX

BALANCER = "127.0.8.1"


@pytest.fixture
async def gateway(gateways: Gateways) -> Gateway:
    (one,) = await gateways(1, "--proxy-from", BALANCER, "--grace", "0")
    return one


async def connect(gateway: Gateway, data: bytes = b"", address: str = BALANCER) -> IrcClient:
    """Open a connection from an address, which begins with some bytes."""
    where = await asyncio.open_connection(gateway.host, gateway.port, local_addr=(address, 0))
    client = IrcClient(*where)
    await client.send_bytes(data)
    return client


async def host_of(client: IrcClient) -> str:
    """What WHOIS says of the own host."""
    await client.send(f"WHOIS {client.nick}")
    line = await client.expect(" 311 ")
    return line.params[3]


@pytest.mark.parametrize(
    ("header", "host"),
    [(LINE_4, "192.168.0.1"), (FOUR, "192.0.2.7"), (SIX, "2001:db8::7"), (LOCAL, BALANCER)],
)
async def test_the_client_is_seen(gateway: Gateway, header: bytes, host: str) -> None:
    """ "The receiver must then use the information provided in the protocol block" """
    async with await connect(gateway, header) as client:
        await client.register("anna")
        assert await host_of(client) == host


async def test_header_and_lines_may_come_in_any_pieces(gateway: Gateway) -> None:
    data = SIX + b"NICK anna\r\nUSER a 0 * :A\r\n"
    async with await connect(gateway) as client:
        for at in range(len(data)):
            await client.send_bytes(data[at : at + 1])
        await client.expect(" 001 anna ")


async def test_a_health_check_is_answered(gateway: Gateway) -> None:
    """ "LOCAL: [...] Such connections exist when the proxy sends health-checks to the server. The
    receiver must accept this connection as valid" """
    for header in (LOCAL, b"PROXY UNKNOWN\r\n", LINE_4):
        async with await connect(gateway, header + b"PING :balancer\r\n") as client:
            await client.expect("PONG")


async def test_it_has_to_be_there(gateway: Gateway) -> None:
    """ "MUST not try to guess whether the protocol header is present or not" """
    async with await connect(gateway, b"NICK anna\r\nUSER a 0 * :A\r\n") as client:
        await client.expect_closed()
        assert not client.log


async def test_from_others_it_is_not_taken(gateway: Gateway) -> None:
    """ "it would open a major security breach by allowing untrusted parties to spoof their
    connection addresses" """
    async with await connect(gateway, LINE_4, "127.0.8.2") as client:
        await client.expect(" 451 ")
        await client.register("anna")
        assert await host_of(client) == "127.0.8.2"


async def test_bans_are_for_who_is_behind_it(gateways: Gateways, tmp_path: Path) -> None:
    (tmp_path / "opers").write_text("boss:sesame\n")
    opers = ("--oper-file", str(tmp_path / "opers"))
    (one,) = await gateways(1, "--proxy-from", BALANCER, *opers)
    async with (
        await connect(one, LOCAL) as boss,
        await connect(one, FOUR) as anna,
        await connect(one, SIX) as bob,
    ):
        for client, nick in ((boss, "boss"), (anna, "anna"), (bob, "bob")):
            await client.register(nick)
        await boss.send("OPER boss sesame", "DLINE 5 192.0.2.7 :away with you")
        await anna.expect("^ERROR ")
        await bob.fence()
        async with await connect(one, FOUR + b"NICK carl\r\nUSER c 0 * :C\r\n") as late:
            await late.expect(" 465 ")


async def test_one_more_is_told_what_to_do(gateways: Gateways) -> None:
    """ "counted in Redis [...] told with ERROR that says what to do" """
    one, two = await gateways(2, "--max-per-address", "3", "--trust", "127.0.8.9")
    crowd = [await connect(gateway, address="127.0.8.3") for gateway in (one, two, one)]
    for client in crowd:
        await client.send("PING x")
        await client.expect("PONG")
    for gateway in (one, two):
        async with await connect(gateway, address="127.0.8.3") as client:
            text = "Too many connections from your network, there may be 3: close some of them"
            await client.expect(f"^ERROR :{text}$")
            await client.expect_closed()
        async with await connect(gateway, b"PING x\r\n", "127.0.8.4") as other:
            await other.expect("PONG")
    trusted = [await connect(one, b"PING x\r\n", "127.0.8.9") for _ in range(5)]
    for client in trusted:
        await client.expect("PONG")
    await crowd[0].close()
    await wait_until(lambda: _may_come(two), "one that has gone makes room")
    for client in (*crowd, *trusted):
        await client.close()


async def _may_come(gateway: Gateway) -> bool:
    async with await connect(gateway, b"PING x\r\n", "127.0.8.3") as client:
        line = await client.expect("PONG|ERROR")
        # an ERROR may follow when Redis has answered
        if "PONG" in line.raw:
            await client.send("NICK anna", "USER a 0 * :A")
            line = await client.expect(" 001 |ERROR")
        return "001" in line.raw


async def _is_full(gateway: Gateway) -> bool:
    return not await _may_come(gateway)


async def test_who_dies_takes_its_numbers_along(gateways: Gateways) -> None:
    """ "counted without drift (leases: a gateway that dies takes its counts with it)" """
    one, two = await gateways(2, "--max-per-address", "2", "--lease", "1")
    crowd = [await connect(one, b"PING x\r\n", "127.0.8.3") for _ in range(2)]
    for client in crowd:
        await client.expect("PONG")
    await wait_until(lambda: _is_full(two), "there is no more room")
    one.kill9()
    await wait_until(lambda: _may_come(two), "its lease is over")
    for client in crowd:
        await client.close()


async def test_many_at_once_are_not_more(gateways: Gateways) -> None:
    """Who comes to two gateways in one moment."""
    one, two = await gateways(2, "--max-per-address", "10")

    async def stays(gateway: Gateway) -> bool:
        client = await connect(gateway, b"NICK x\r\n", "127.0.8.3")
        open_.append(client)
        await asyncio.sleep(0)
        await client.send("PING x")
        line = await client.expect("PONG|^ERROR")
        return "PONG" in line.raw

    open_: list[IrcClient] = []
    await asyncio.gather(*(stays(gateway) for gateway in (one, two) * 20))
    key = f"{gateways.redis.keys.presence}:connections:"

    async def counted() -> bool:
        rows = [await gateways.redis.ask("HVALS", f"{key}{gateway.id}") for gateway in (one, two)]
        return sum(int(number) for row in rows for number in row) <= 10

    await wait_until(counted, "no more than ten are left")
    for client in open_:
        await client.close()
