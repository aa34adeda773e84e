"""What others can make of a user's state has an end: "keys that grow without a bound"."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.store.errors import Refused
from chatd.store.pending import Pending
from tests.support.memory import Client, MemoryGateway, World

INVITES = "chat:{chat:online}:invites:bob"


async def test_invitations_to_rooms_that_ended_do_not_pile_up(
    gateway: MemoryGateway, world: World
) -> None:
    """docs/protocol.md: an invitation "ends with the room". 5,000 of them kept a lost user from
    being reaped: "too many results to unpack".
    """
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    for number in range(120):
        await alice.says(f"JOIN #r{number}", f"INVITE bob #r{number}", f"PART #r{number}")
    assert world.client.hlen(INVITES) <= 100
    await bob.hears()
    assert await bob.says("INVITE") == [":chat.internal 337 bob :End of /INVITE list"]


async def test_nobody_has_more_than_so_many_invitations(
    gateway: MemoryGateway, world: World
) -> None:
    """What does not fit is refused, and nothing is dropped in silence."""
    alice = await gateway.login("alice", "standard-replies")
    await gateway.login("bob")
    for number in range(100):
        world.client.set(f"chat:{{chat:online}}:room:{number}", f"#r{number}")
        world.client.hset(INVITES, str(number), "o")
    await alice.says("JOIN #room")
    assert await alice.says("INVITE bob #room") == [
        ":chat.internal FAIL INVITE TOO_MANY_INVITATIONS bob"
        " :This user has as many invitations as one may have; try again later"
    ]


async def own(gateway: MemoryGateway, nick: str) -> Client:
    """A connection that has logged in to the account anna, before it was registered."""
    client = gateway.connect()
    client.session.account = ("anna", "anna")
    await client.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client


async def test_a_user_has_so_many_sessions_at_most(gateway: MemoryGateway, world: World) -> None:
    """With 20,000 sessions each login and logout of one kept Redis for 18 ms."""
    gateway.store.register("", "anna", "anna", "argon2id").result()
    assert (await own(gateway, "anna")).session.registered
    for number in range(999):
        world.client.hset("chat:{chat:online}:sessions:anna", f"g2.{number}", "g2")
    one_more = gateway.connect()
    one_more.session.account = ("anna", "anna")
    assert await one_more.says("NICK anna", "USER anna 0 * :Anna") == [
        ":chat.internal 433 * anna"
        " :Your account is online too many times; close some of its connections"
    ]


async def test_an_account_has_so_many_names_at_most(gateway: MemoryGateway, world: World) -> None:
    """Whoever gave a room away kept Redis for 20 ms, with 20,000 names."""
    gateway.store.register("", "anna", "anna", "argon2id").result()
    alice = await gateway.login("alice")
    world.client.sadd("chat:account:{anna}:online", *map(str, range(1000)))
    assert not (await own(gateway, "bob")).session.registered
    answer = gateway.store.set_account(alice.session.sid, "alice", ("anna", "anna"))
    assert isinstance(answer.error, Refused)
    assert answer.error.word == "toomany"


async def test_the_activity_of_many_is_told_in_several_calls(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20,000 in one call kept Redis for 43 ms, every few seconds."""
    told, lease = [], gateway.store.lease

    def counted(length_s: float, **words: Any) -> Pending[list[str]]:
        told.append(words["active"][::2])
        return lease(length_s, **words)

    monkeypatch.setattr(gateway.store, "lease", counted)
    names = [f"u{number}" for number in range(2500)]
    gateway.presence.active.update(dict.fromkeys(names, 0.0))
    await gateway.presence._hold_lease()
    assert [len(some) for some in told] == [1000, 1000, 500]
    assert [name for some in told for name in some] == names
