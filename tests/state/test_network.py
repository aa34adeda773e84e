"""What concerns everybody: nothing of it is lost with the link, and bans end by Redis' clock."""

from __future__ import annotations

import pytest

from chatd.state.bans import BanList, Subject
from chatd.store.staff import Ban
from tests.support.memory import MemoryGateway, World

Pair = tuple[MemoryGateway, MemoryGateway]


@pytest.fixture
async def pair() -> Pair:
    """Two gateways that follow what concerns everybody."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    return one, two


async def test_who_came_and_left_during_a_gap_is_told(pair: Pair) -> None:
    """Promise 3: "gets what it missed from the stream, in order, once"."""
    one, two = pair
    bob = await two.login("bob")
    await bob.says("MONITOR + alice,carol")
    two.relay.cut = True
    alice, _ = await one.login("alice"), await one.login("carol")
    await alice.says("QUIT")
    two.relay.cut = False
    two.on_link_up()
    assert await bob.hears() == [
        ":chat.internal 730 bob :alice!~alice@127.0.0.1",
        ":chat.internal 730 bob :carol!~carol@127.0.0.1",
        ":chat.internal 731 bob :alice",
    ]


async def test_a_ban_that_was_set_during_a_gap_holds(pair: Pair) -> None:
    """ "effective on every gateway at once, for who is connected already too" """
    one, two = pair
    boss, bob = await one.login("boss"), await two.login("bob")
    one.server.operators.secrets = {"boss": "secret"}
    assert " 381 " in (await boss.says("OPER boss secret"))[-1]
    two.relay.cut = True
    await boss.says("KLINE *!bob@* :go")
    assert await bob.hears() == []
    two.relay.cut = False
    two.on_link_up()
    assert (await bob.hears())[-1] == "ERROR :Closing Link: chat.internal (K-lined: go)"


async def test_a_gateway_that_starts_knows_the_bans(pair: Pair) -> None:
    one, two = pair
    boss = await one.login("boss")
    one.server.operators.secrets = {"boss": "secret"}
    await boss.says("OPER boss secret", "KLINE *!bob@* :go")
    third = MemoryGateway(two.relay._world, "g3")
    await third.network.start()
    bob = third.connect()
    assert (await bob.says("NICK bob", "USER bob 0 * :bob"))[-1].startswith("ERROR :")


# -- the list ------------------------------------------------------------------------------------

ALICE = Subject("Alice", "~al", ("192.0.2.7", "al.example"), "alice")


@pytest.mark.parametrize(
    ("kind", "mask", "hit"),
    [
        ("K", "*!*@192.0.2.*", True), ("K", "*!al@*", True), ("K", "*!~al@*", True),
        ("K", "alice!*@*", True), ("K", "*!*@AL.example", True), ("K", "bob!*@*", False),
        ("D", "192.0.2.0/24", True), ("D", "192.0.2.7", True), ("D", "2001:db8::/32", False),
        ("A", "alice", True), ("A", "al", False),
    ],
)  # fmt: skip
def test_whom_a_ban_is_for(kind: str, mask: str, hit: bool) -> None:
    bans = BanList(lambda: 0.0)
    bans.add(Ban(kind, mask, "boss", 0, 0, ""), 0)
    assert (bans.on(ALICE) is not None) == hit


def test_an_address_within_ipv6_is_the_ipv4_one() -> None:
    bans = BanList(lambda: 0.0)
    bans.add(Ban("D", "192.0.2.0/24", "boss", 0, 0, ""), 0)
    assert bans.on(Subject("a", "a", ("::ffff:192.0.2.7", ""), "")) is not None


def test_a_ban_ends_by_redis_clock() -> None:
    """The gateway's own clock may be wrong: only the time that passes on it counts."""
    now = 5.0
    bans = BanList(lambda: now)
    bans.replace([Ban("A", "alice", "boss", 1_000_000, 1_060_000, "")], now_ms=1_030_000)
    now += 29.9
    assert bans.on(ALICE) is not None
    now += 0.2
    assert bans.on(ALICE) is None
