"""What waits for Redis is bounded, per client and per gateway: whoever asks more has to wait.

Issue 4: "per-gateway bound on what waits for Redis (then the client is paused, not dropped), no
unbounded queue anywhere".
"""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from chatd.store.intake import AT_ONCE, EACH
from chatd.store.packing import Packed
from chatd.store.pending import Pending
from tests.support.memory import Client, FakeRelay, MemoryGateway, World


class SlowRelay(FakeRelay):
    """Acts that share calls are carried out when `answer` is called."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked: deque[tuple[Packed, Packed, bytes, Pending[Any]]] = deque()

    def act_batched(self, head: Packed, args: Packed, last: bytes, pending: Pending[Any]) -> None:
        self.asked.append((head, args, last, pending))

    def answer(self, count: int) -> None:
        """Carry out the oldest."""
        for _ in range(count):
            super().act_batched(*self.asked.popleft())


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> MemoryGateway:
    monkeypatch.setattr("tests.support.memory.FakeRelay", SlowRelay)
    return MemoryGateway(World(), "g1", flood_lines_per_s=0.0)


def relay_of(gateway: MemoryGateway) -> SlowRelay:
    assert isinstance(gateway.relay, SlowRelay)
    return gateway.relay


def texts(lines: list[str]) -> list[str]:
    return [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]


def paused(client: Client) -> bool:
    return client.pipe.paused


async def floods(client: Client, count: int) -> None:
    """Say that many numbered lines to bob, all in one read."""
    await client.says(*(f"PRIVMSG bob :{number}" for number in range(count)))


async def test_one_client_has_few_messages_in_flight(gateway: MemoryGateway) -> None:
    """A flood without a limit of its rate takes no more than its share, and loses nothing."""
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    relay = relay_of(gateway)
    await floods(alice, 5 * EACH)
    assert len(relay.asked) == EACH
    assert paused(alice)
    relay.answer(EACH // 2 - 1)
    assert len(relay.asked) == EACH // 2 + 1, "on when half of it has been answered"
    relay.answer(1)
    assert len(relay.asked) == EACH
    while relay.asked:
        relay.answer(len(relay.asked))
    assert not paused(alice)
    assert texts(await bob.hears()) == [str(number) for number in range(5 * EACH)]


async def test_clients_wait_while_the_gateway_has_asked_too_much(gateway: MemoryGateway) -> None:
    """Nobody is dropped; whatever the line is, it waits; in the end all is carried out."""
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    relay = relay_of(gateway)
    relay.on_full()
    assert await alice.says("PRIVMSG bob :1", "PRIVMSG bob :2", "PING 3") == []
    assert await bob.says("TIME") == []
    assert paused(alice)
    assert paused(bob)
    relay.on_drained()
    assert len(await bob.hears()) == 1
    relay.answer(2)
    assert await alice.hears() == [":chat.internal PONG chat.internal 3"]
    assert texts(await bob.hears()) == ["1", "2"]
    assert not paused(alice)
    assert not paused(bob)


async def test_who_waited_longest_goes_first(gateway: MemoryGateway) -> None:
    """ "in a fair order": no more than some in one turn, and none when it is full again."""
    crowd = [await gateway.login(f"user{number}") for number in range(2 * AT_ONCE)]
    relay = relay_of(gateway)
    relay.on_full()
    for number, client in enumerate(crowd):
        await client.says(f"PRIVMSG user0 :{number}")
    relay.on_drained()
    await crowd[0].hears()
    relay.on_full()
    went_on = len(relay.asked)
    assert went_on % AT_ONCE == 0
    relay.on_drained()
    await crowd[0].hears()
    relay.answer(len(relay.asked))
    assert texts(await crowd[0].hears()) == [str(number) for number in range(2 * AT_ONCE)]


async def test_who_leaves_waits_no_more(gateway: MemoryGateway) -> None:
    """Sessions that come and go while nothing moves are not remembered."""
    alice = await gateway.login("alice")
    gateway.relay.on_full()
    await alice.says("PRIVMSG alice :x")
    assert list(gateway.relay.intake._waiting) == [alice.session.lines]
    alice.session.lost("Connection closed")
    assert not gateway.relay.intake._waiting


async def test_a_lost_link_lets_everybody_go_on(gateway: MemoryGateway) -> None:
    """Promise 6: "commands that need it get a clear error at once"."""
    alice = await gateway.login("alice", "standard-replies")
    gateway.relay.on_full()
    await alice.says("AWAY :x")
    gateway.relay.cut = True
    gateway.relay.intake.open()
    (line,) = await alice.hears()
    assert line.startswith(":chat.internal FAIL AWAY TEMPORARILY_UNAVAILABLE")
