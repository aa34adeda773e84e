"""What others can make of a user's state has an end: "keys that grow without a bound"."""

from __future__ import annotations

from tests.support.memory import MemoryGateway, World

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
