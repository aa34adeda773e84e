"""Tries to log in, over two gateways: who has to wait, for how long, and who does not."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from chatd.state.attempts import MOST_OPEN, Attempts, Rank, TooSoon
from chatd.wire.addresses import network_of
from tests.support.memory import MemoryGateway, World

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def gateway(world: World) -> MemoryGateway:
    gateway = MemoryGateway(world, "g1")
    gateway.store.register("", "anna", "anna", "hash").result()
    return gateway


@pytest.fixture
async def attempts(gateway: MemoryGateway) -> Attempts:
    return gateway.server.accounts.attempts


async def guess(attempts: Attempts, host: str = HERE, name: str = "anna") -> int:
    """One wrong password; how long the next one has to wait, s, when it was not allowed itself."""
    try:
        attempt = await attempts.begin(host, name)
    except TooSoon as soon:
        return soon.seconds
    await attempt.was_wrong()
    return 0


async def log_in(attempts: Attempts, host: str = HERE, name: str = "anna") -> None:
    await (await attempts.begin(host, name)).was_right()


def pass_time(world: World, seconds: float) -> None:
    """As if it had gone by: Redis' clock cannot be set."""
    for key in world.client.keys("*:guesses:*"):
        for field, text in world.client.hgetall(key).items():
            count, at, till = str(text).split()
            past = f"{count} {int(at) - int(seconds * 1000)} {int(till) - int(seconds * 1000)}"
            world.client.hset(key, field, past)


async def test_the_wait_doubles_up_to_a_bound(world: World, attempts: Attempts) -> None:
    """ "after some free failures the wait doubles up to a bound (15 min), told with the time" """
    assert [await guess(attempts) for _ in range(5)] == [0] * 5
    waits = []
    for _ in range(12):
        assert await guess(attempts) == 0
        waits.append(await guess(attempts))
        pass_time(world, waits[-1])
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == max(waits) == 900


async def test_a_refused_try_does_not_lengthen_the_wait(world: World, attempts: Attempts) -> None:
    for _ in range(9):
        await guess(attempts)
        pass_time(world, 10)
    await guess(attempts)
    first = await guess(attempts)
    assert first > 1
    for _ in range(50):
        assert await guess(attempts) <= first


async def test_it_counts_over_all_gateways(world: World, attempts: Attempts) -> None:
    other = MemoryGateway(world, "g2").server.accounts.attempts
    for _ in range(3):
        await guess(attempts)
        await guess(other)
    assert await guess(attempts)
    assert await guess(other)


@pytest.mark.slow
async def test_nobody_is_kept_out_by_others(world: World, attempts: Attempts) -> None:
    """ "never count per account over all networks to refuse" """
    for number in range(300):
        for _ in range(3):
            await guess(attempts, f"198.51.{number // 200}.{number % 200}")
    await log_in(attempts)


async def test_who_is_known_is_not_stopped_by_its_network(attempts: Attempts) -> None:
    """ "a network from which the account has logged in before is not stopped by the count of the
    network as a whole" """
    await log_in(attempts)
    for number in range(60):
        await guess(attempts, HERE, f"name{number}")
    assert await guess(attempts, HERE, "bert"), "who is not known waits"
    attempt = await attempts.begin(HERE, "anna")
    assert attempt.rank == Rank.KNOWN


async def test_the_owner_waits_for_half_a_minute_at_most(world: World, attempts: Attempts) -> None:
    """ "and has a small maximum of wait for its own pair" """
    await log_in(attempts)
    for _ in range(30):
        await guess(attempts)
        pass_time(world, 30)
    await guess(attempts)
    assert 0 < await guess(attempts) <= 30
    pass_time(world, 30)
    await log_in(attempts)
    await log_in(attempts)


@pytest.mark.slow
async def test_a_network_waits_for_all_its_accounts(world: World, attempts: Attempts) -> None:
    assert not any([await guess(attempts, HERE, f"name{number}") for number in range(51)])
    assert await guess(attempts, HERE, "new") == 1
    assert await guess(attempts, THERE, "new") == 0
    for number in range(300):
        await guess(attempts, HERE, f"more{number}")
        pass_time(world, 1)
    assert await guess(attempts, HERE, "new") <= 60


async def test_a_right_password_sets_it_back(world: World, attempts: Attempts) -> None:
    for _ in range(4):
        await guess(attempts)
    await log_in(attempts)
    assert [await guess(attempts) for _ in range(5)] == [0] * 5


async def test_wrong_passwords_are_forgotten(world: World, attempts: Attempts) -> None:
    for _ in range(6):
        await guess(attempts)
    assert await guess(attempts)
    pass_time(world, 900 * 6)
    assert [await guess(attempts) for _ in range(5)] == [0] * 5
    assert 0 < world.client.ttl(world.client.keys("*:guesses:*")[0]) <= 900 * 7


async def test_an_account_that_is_not_there_waits_like_any(attempts: Attempts) -> None:
    """Else guessing would tell which accounts there are."""
    rows = [[await guess(attempts, HERE, name) for _ in range(8)] for name in ("anna", "none")]
    assert rows[0] == rows[1]


async def test_a_trusted_network_is_many(gateway: MemoryGateway) -> None:
    """A balancer that does not say for whom it speaks: nobody is kept out for others."""
    attempts = Attempts(gateway.store, [ip_network("192.0.2.0/28")])
    for number in range(80):
        assert await guess(attempts, HERE, f"name{number}") == 0
    for _ in range(20):
        await guess(attempts)
    assert await guess(attempts) <= 30


async def test_many_at_once_are_limited_before_one_has_ended(attempts: Attempts) -> None:
    open_ = [await attempts.begin(HERE, "anna") for _ in range(MOST_OPEN)]
    with pytest.raises(TooSoon):
        await attempts.begin(HERE, "anna")
    await open_[0].was_right()
    await attempts.begin(HERE, "anna")


async def test_the_ranks(attempts: Attempts) -> None:
    """ "who comes from a known network of the account first, then networks without failures" """
    assert (await attempts.begin(HERE, "anna")).rank == Rank.UNBLEMISHED
    await guess(attempts, HERE, "bert")
    assert (await attempts.begin(HERE, "anna")).rank == Rank.REST
    await log_in(attempts)
    attempt = await attempts.begin(HERE, "anna")
    assert attempt.rank == Rank.KNOWN
    await attempt.was_wrong()
    assert (await attempts.begin(HERE, "anna")).rank == Rank.UNBLEMISHED, "a slip"
    for _ in range(3):
        await guess(attempts)
    assert (await attempts.begin(HERE, "anna")).rank == Rank.REST, "somebody there guesses"


async def test_many_tries_at_once_of_one_account_come_behind_others(attempts: Attempts) -> None:
    """It may be all devices of its owner, or somebody who guesses: no try has ended."""
    await log_in(attempts)
    ranks = [(await attempts.begin(HERE, "anna")).rank for _ in range(6)]
    assert ranks == [Rank.KNOWN] * 4 + [Rank.UNBLEMISHED] * 2


async def test_a_certificate_makes_a_network_known(attempts: Attempts) -> None:
    await attempts.proved(HERE, "anna")
    assert (await attempts.begin(HERE, "anna")).rank == Rank.KNOWN


async def test_the_latest_networks_are_known(world: World, attempts: Attempts) -> None:
    for number in range(25):
        await log_in(attempts, f"192.0.2.{number}")
    known = world.client.zrange("chat:account:{anna}:known", 0, -1)
    assert len(known) == 20
    assert "192.0.2.24" in known
    assert "192.0.2.0" not in known


async def test_the_owner_is_told_once(gateway: MemoryGateway, attempts: Attempts) -> None:
    for number in range(120):
        for _ in range(2):
            await guess(attempts, f"198.51.100.{number}")
    wrong = gateway.store.told_wrong("anna").result()
    assert (wrong.count, wrong.networks, wrong.more) == (240, 100, True)
    assert gateway.store.told_wrong("anna").result().count == 0


@pytest.mark.slow
async def test_what_is_kept_of_a_network_is_bounded(world: World, attempts: Attempts) -> None:
    for number in range(300):
        await guess(attempts, HERE, f"name{number}")
        pass_time(world, 60)
    assert world.client.hlen(f"chat:{{chat:online}}:guesses:{HERE}") <= 66


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("0::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("localhost", "localhost"),
    ],
)
def test_networks(host: str, network: str) -> None:
    """ "network = IPv4 address, IPv6 /64" """
    assert network_of(host) == network


async def spread_out(attempts: Attempts, host: str, most: int = 100) -> None:
    """Wrong passwords for so many accounts, some for each."""
    for name in range(most):
        for _ in range(3):
            await guess(attempts, host, f"name{name}")


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["known", "trusted"])
async def test_guesses_for_many_accounts_hide_none(world: World, known: bool) -> None:
    """More accounts than a network is counted for: the next one is counted as well.

    The network as a whole keeps out neither who comes from one of many, nor who is known there.
    """
    networks = () if known else (ip_network(f"{HERE}/32"),)
    gateway = MemoryGateway(world, "g1")
    gateway.store.register("", "anna", "anna", "hash").result()
    attempts = Attempts(gateway.store, networks)
    if known:
        await log_in(attempts)
    for number in range(100):
        pass_time(world, 60)
        await guess(attempts, HERE, f"name{number}")
    assert any([await guess(attempts) for _ in range(30)])


async def test_an_account_is_not_forgotten_for_others(world: World) -> None:
    """Guesses at one, and at others between them, that the first be forgotten."""
    gateway = MemoryGateway(world, "g1")
    attempts = Attempts(gateway.store, (ip_network(f"{HERE}/32"),))
    await spread_out(attempts, HERE)
    waits = []
    for number in range(60):
        waits.append(await guess(attempts))
        await guess(attempts, HERE, f"more{number}")
        await guess(attempts, HERE, f"own{number}")
        await log_in(attempts, HERE, f"right{number}")
    assert sum(map(bool, waits)) > 30


@pytest.mark.slow
async def test_what_is_counted_of_a_network_is_bounded(world: World) -> None:
    gateway = MemoryGateway(world, "g1")
    attempts = Attempts(gateway.store, (ip_network(f"{HERE}/32"),))
    await spread_out(attempts, HERE, 200)
    (key,) = world.client.keys("*:guesses:*")
    assert world.client.hlen(key) <= 66
    await log_in(attempts, HERE, "somebody")
