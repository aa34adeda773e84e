"""Users who come into a room at once enter together: one act and one look at the room for all."""

from __future__ import annotations

import pytest

from chatd.state import rooms
from chatd.store.errors import StoreUnavailable
from tests.support.memory import Client, MemoryGateway, Slow, World


@pytest.fixture
async def gateway() -> MemoryGateway:
    return MemoryGateway(World(), "g1", flood_burst=0)


async def crowd(gateway: MemoryGateway, count: int) -> list[Client]:
    return [await gateway.login(f"c{number}") for number in range(count)]


def numerics(lines: list[str], code: str) -> list[str]:
    return [line for line in lines if line.split()[1] == code]


async def test_who_comes_meanwhile_enters_with_the_others(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "one act for all, and one look at the room for all" """
    monkeypatch.setattr(rooms, "PARTY", 3)
    clients = await crowd(gateway, 6)
    slow = Slow(monkeypatch, gateway.store, "join")
    looks = Slow(monkeypatch, gateway.store, "snapshot")
    for client in clients:
        client.sends("JOIN #room")
    sizes = []
    while slow.calls:
        sizes.append(len(slow.calls[0][1][1]))
        slow.answer()
    assert sizes == [1, 3, 2]
    assert len(looks.calls) == 3
    while looks.calls:
        looks.answer()
    for number, client in enumerate(clients):
        lines = await client.hears()
        assert f":c{number}!~c{number}@127.0.0.1 JOIN #room" in lines
        (names,) = numerics(lines, "353")
        assert {"@c0", f"c{number}" if number else "@c0"} <= set(names.split(":")[2].split())
        assert len(numerics(lines, "366")) == 1
    assert gateway.server.rooms._queues == {}


async def test_each_of_a_party_gets_its_own_answer(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "ERR_BADCHANNELKEY (475)": who has no key stays outside, the others enter."""
    clients = await crowd(gateway, 4)
    await clients[0].says("JOIN #room", "MODE #room +k secret")
    slow = Slow(monkeypatch, gateway.store, "join")
    clients[1].sends("JOIN #room secret")
    clients[2].sends("JOIN #room wrong")
    clients[3].sends("JOIN #room secret")
    slow.answer()
    slow.answer()
    assert [line.split()[1] for line in await clients[2].hears()] == ["475"]
    for client in (clients[1], clients[3]):
        (names,) = numerics(await client.hears(), "353")
        assert names.endswith(":@c0 c1" if client is clients[1] else ":@c0 c1 c3")


async def test_who_goes_while_it_waits_does_not_enter(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a session that has gone is left behind."""
    first, second, third = await crowd(gateway, 3)
    slow = Slow(monkeypatch, gateway.store, "join")
    for client in (first, second, third):
        client.sends("JOIN #room")
    second.session.lost("Connection closed")
    slow.answer()
    slow.answer()
    assert not slow.calls
    names = [line for line in await third.says("NAMES #room") if " 353 " in line]
    assert names[-1].endswith(":@c0 c2")


async def test_other_rooms_do_not_wait(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd at one door is not in the way of who goes through another."""
    first, second, third = await crowd(gateway, 3)
    slow = Slow(monkeypatch, gateway.store, "join")
    first.sends("JOIN #crowded")
    second.sends("JOIN #crowded")
    third.sends("JOIN #quiet")
    assert [args[0] for _, args, _ in slow.calls] == ["#crowded", "#quiet"]


async def test_all_who_wait_are_told_when_redis_is_away(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 6: "commands that need it get a clear error at once"."""
    clients = await crowd(gateway, 5)
    slow = Slow(monkeypatch, gateway.store, "join")
    for client in clients:
        client.sends("JOIN #room")
    (pending, *_) = slow.calls[0]
    pending.fail(StoreUnavailable("the link was lost"))
    for client in clients:
        (line,) = await client.hears()
        assert " 400 " in line
    assert gateway.server.rooms._queues == {}


async def test_who_is_put_out_before_the_look_sees_what_outsiders_see(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "+s": nobody outside is shown who is in the room, also who was in it a moment ago."""
    boss, guest = await crowd(gateway, 2)
    await boss.says("JOIN #room", "MODE #room +s")
    looks = Slow(monkeypatch, gateway.store, "snapshot")
    guest.sends("JOIN #room")
    boss.sends("KICK #room c1")
    looks.answer()
    looks.answer()
    lines = await guest.hears()
    assert [line.split()[1] for line in lines] == ["JOIN", "KICK", "366"]


async def test_names_are_written_once_for_all_and_fit_each(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "messages are limited to 512 bytes", whatever the receiver's nick."""
    short, long = await gateway.login("s"), await gateway.login("l" * 32)
    other = await gateway.login("ж" * 32)
    for number in range(60):
        member = await gateway.login(f"member{number:02}{'x' * 20}")
        await member.says("JOIN #room")
    slow = Slow(monkeypatch, gateway.store, "join")
    for client in (short, long, other):
        client.sends("JOIN #room")
    slow.answer()
    slow.answer()
    for client in (short, long, other):
        names = numerics(await client.hears(), "353")
        assert all(len(line.encode()) <= 510 for line in names)
        nicks = [word for line in names for word in line.split(":")[2].split()]
        assert len(nicks) == len(set(nicks)) == (61 if client is short else 63)
