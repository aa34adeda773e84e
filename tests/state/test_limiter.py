"""When thousands come at once some log in at a time, and what others say is not behind them all."""

from __future__ import annotations

import pytest

from chatd.state.homecoming import ARRIVALS
from chatd.state.limiter import Limiter
from chatd.store.pending import drive, settled
from tests.support.memory import MemoryGateway, Slow, World


async def test_who_waits_is_let_in_by_who_leaves_in_order() -> None:
    gate = Limiter(2)
    inside: list[int] = []

    async def visit(number: int) -> None:
        await gate.enter()
        inside.append(number)

    for number in range(5):
        drive(visit(number), lambda _: None)
    assert inside == [0, 1]
    gate.leave()
    assert inside == [0, 1, 2]
    gate.leave()
    gate.leave()
    assert inside == [0, 1, 2, 3, 4]


@pytest.mark.slow
async def test_thousands_who_leave_at_once_do_not_exhaust_the_stack() -> None:
    """Each may be refused at once, as when Redis is away."""
    gate = Limiter(1)
    left: list[int] = []

    async def visit(number: int) -> None:
        await gate.enter()
        left.append(number)
        gate.leave()

    await gate.enter()
    for number in range(5000):
        drive(visit(number), lambda _: None)
    assert left == []
    gate.leave()
    assert left == list(range(5000))


async def test_a_message_is_not_behind_a_storm_of_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "a reconnect storm of 2,000 stalls nobody" """
    gateway = MemoryGateway(World(), "g1")
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    slow = Slow(monkeypatch, gateway.store, "login")
    storm = [gateway.connect() for _ in range(ARRIVALS + 10)]
    for number, client in enumerate(storm):
        client.sends(f"NICK c{number}", f"USER c{number} 0 * :x")
    assert len(slow.calls) == ARRIVALS, "no more than these are before the message"
    await alice.says("PRIVMSG #room :hello")
    assert (await bob.hears())[-1] == ":alice!~alice@127.0.0.1 PRIVMSG #room :hello"
    storm[-1].session.lost("Connection closed")
    while slow.calls:
        slow.answer()
        await alice.hears()  # who is in has been greeted, and makes room
    for number, client in enumerate(storm[:-1]):
        assert (await client.hears())[0].split()[1:3] == ["001", f"c{number}"]
    assert (await settled(gateway.store.counts())).users == len(storm) - 1 + 2, (
        "who had gone is not in"
    )
