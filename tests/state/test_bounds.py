"""What a gateway remembers has bounds, and what it owes is not forgotten."""

from __future__ import annotations

from typing import Any

from chatd.state import told as told_module
from chatd.state.events import Event
from chatd.store.errors import StoreUnavailable
from chatd.store.pending import Pending, failed
from tests.support.memory import MemoryGateway, World


async def test_what_was_told_to_whom_is_remembered_within_bounds(monkeypatch: Any) -> None:
    """ "Every buffer is bounded", also in a big room"""
    monkeypatch.setattr(told_module, "REMEMBERED_RECEIVERS", 100)
    told = told_module.Told()
    members: list[Any] = [object() for _ in range(60)]
    for number in range(1, 50):
        event = Event(b"%d-1\0A\0s\0%d-0\0n\0n!u@h\0\0away" % (number, number))
        assert told.first_time(event, members) == members
        assert told.first_time(event, members) == []
        assert sum(map(len, told._events.values())) == told.receivers <= 100


async def test_users_come_back_when_the_answer_to_a_new_lease_was_lost(monkeypatch: Any) -> None:
    """ "A gateway that was only away [...] has logged its sessions in again" """
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    alice = await one.login("alice")
    await alice.says("JOIN #room")
    world.client.zadd("chat:{chat:online}:gateways", {"g1": 1})
    world.client.delete("chat:{chat:online}:lease:g1")
    two.store.reap("g1", "Connection lost", lost=True).result()
    assert world.client.smembers("chat:online") == set()
    lease = one.store.lease
    lost: list[Any] = []

    def losing_one(length_s: float, *, take: bool, **words: Any) -> Pending[list[str]]:
        answer = lease(length_s, take=take, **words)
        if take and not lost:
            lost.append(answer)
            return failed(StoreUnavailable("the answer was lost"))
        return answer

    monkeypatch.setattr(one.store, "lease", losing_one)
    for _ in range(2):
        one.presence.check()
    assert lost
    assert world.client.smembers("chat:online") == {"alice"}
    assert world.client.hkeys("chat:room:{#room}:members") == ["alice"]


async def test_who_has_gone_is_not_remembered_for_rooms_that_were_not_sure() -> None:
    gateway = MemoryGateway(World(), "g1")
    alice = await gateway.login("alice")
    gateway.relay.cut = True
    await alice.says("JOIN #room")
    assert gateway.hub.fences.rooms == {(alice.session, "#room")}
    alice.session.lost("Connection closed")
    assert gateway.hub.fences.rooms == set()


async def test_without_a_lease_nobody_is_told_to_be_in_no_room() -> None:
    """ "whatever it sends is refused by the scripts until it has logged its sessions in again" """
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    alice = await one.login("alice", "standard-replies")
    await alice.says("JOIN #room")
    world.client.zadd("chat:{chat:online}:gateways", {"g1": 1})
    world.client.delete("chat:{chat:online}:lease:g1")
    two.store.reap("g1", "Connection lost", lost=True).result()
    (line,) = await alice.says("PART #room")
    assert line.startswith(":chat.internal FAIL PART TEMPORARILY_UNAVAILABLE :")
