"""Reading gaps page by page: in order, once, and never so much at a time that Redis hangs up."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.state import gaps
from chatd.state.gaps import Gaps
from chatd.state.local import LocalRoom
from chatd.state.replay import Gap
from chatd.store.errors import StoreRefusing
from chatd.store.pending import Pending, failed
from tests.support.memory import MemoryGateway, World


async def test_a_gap_of_several_pages_is_told_in_order_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "what it missed from the stream, in order, once" """
    monkeypatch.setattr(gaps, "PAGE", 3)
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await bob.hears()
    two.relay.cut = True
    said = [f"PRIVMSG #room :{number}" for number in range(10)]
    await alice.says(*said)
    two.relay.cut = False
    two.on_link_up()
    assert await bob.hears() == [f":alice!~alice@127.0.0.1 {line}" for line in said]
    await alice.says("PRIVMSG #room :on")
    assert await bob.hears() == [":alice!~alice@127.0.0.1 PRIVMSG #room :on"]


class SlowStore:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Pending[list[Any]]] = []

    def gap(self, stream: str, after: bytes, most: int, uid: str = "") -> Pending[list[Any]]:
        self.asked.append(Pending())
        return self.asked[-1]


async def test_not_all_gaps_are_asked_for_at_once() -> None:
    """Redis closes a link to which it has to send too much."""
    store = SlowStore()
    reader = Gaps(store, lambda owner, payload: None, lambda owner, count: None)  # type: ignore[arg-type]
    for number in range(gaps.AT_ONCE + 5):
        room = LocalRoom(f"#{number}", f"chat:room:{{#{number}}}")
        room.feed.last_id = b"1-0"
        reader.heal(room)
    assert len(store.asked) == gaps.AT_ONCE
    store.asked[0].resolve([1, 1, b"1-0"])
    assert len(store.asked) == gaps.AT_ONCE + 1
    for pending in store.asked[1:]:
        pending.resolve([1, 1, b"1-0"])
    for pending in store.asked[gaps.AT_ONCE + 1 :]:
        pending.resolve([1, 1, b"1-0"])
    assert not reader.open


async def test_no_answer_overtakes_an_event_of_a_gap() -> None:
    """ "A reply that reads shared state never overtakes an event that it already reflects" """
    gateway = MemoryGateway(World(), "g1")
    alice = await gateway.login("alice")
    assert alice.session.user is not None
    gap = Gap(alice.session.user)
    gateway.hub.gaps._replay.gaps.append(gap)
    gateway.hub.gaps._asked = 1
    assert await alice.says("LUSERS") == []
    gap.complete, gateway.hub.gaps._asked = True, 0
    gateway.hub.gaps.heal()
    assert " 251 alice " in (await alice.hears())[0]


async def test_a_gap_that_redis_refuses_to_read_is_read_by_a_new_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Redis is busy with a script just when a gap is asked for. The gap was taken for closed then,
    and what was in it was lost in silence."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await bob.hears()
    two.relay.cut = True
    await alice.says("PRIVMSG #room :meanwhile")
    two.relay.cut = False
    ask, resets = two.store.gap, list[str]()
    monkeypatch.setattr(two.relay, "reset", resets.append)
    busy = StoreRefusing("BUSY", "Redis is busy with a script that runs for long")
    monkeypatch.setattr(two.store, "gap", lambda *_, **__: failed(busy))
    two.on_link_up()
    assert await bob.hears() == []
    assert resets == ["a gap could not be read"]
    monkeypatch.setattr(two.store, "gap", ask)
    two.on_link_up()
    await alice.says("PRIVMSG #room :afterwards")
    heard = [line.rpartition(":")[2] for line in await bob.hears()]
    assert heard == ["meanwhile", "afterwards"]
