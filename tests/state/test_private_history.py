"""What was said in a room that not everybody may enter is for those who were in it."""

from __future__ import annotations

import pytest

from tests.support.memory import Client, MemoryGateway, World

CAPS = "batch draft/chathistory"


@pytest.fixture
async def gateway() -> MemoryGateway:
    return MemoryGateway(World(), "g1")


async def history(client: Client) -> list[str]:
    lines = await client.says("CHATHISTORY LATEST #board * 10")
    return [line.rpartition(":")[2] for line in lines if "PRIVMSG" in line]


async def test_who_takes_the_name_of_a_private_room_next_sees_nothing_of_it(
    gateway: MemoryGateway,
) -> None:
    """alice leaves; eve makes a room of the same name, which is another room."""
    alice, eve = await gateway.login("alice", CAPS), await gateway.login("eve", CAPS)
    await alice.says("JOIN #board", "MODE #board +i", "PRIVMSG #board :we sell", "PART #board")
    await eve.says("JOIN #board")
    assert await history(eve) == []


async def test_a_public_room_keeps_what_was_said(gateway: MemoryGateway) -> None:
    """ "what was said is still there": a team that comes back in the morning reads it."""
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    await alice.says("JOIN #board", "PRIVMSG #board :good night", "PART #board")
    await bob.says("JOIN #board")
    assert await history(bob) == ["good night"]


@pytest.mark.parametrize(("account", "seen"), [("alice", ["we sell"]), ("", [])])
async def test_members_who_were_lost_find_it_again(
    gateway: MemoryGateway, account: str, seen: list[str]
) -> None:
    """Promise 3 for the members, by account: a guest's name may be somebody else's by now."""
    alice = await gateway.login("alice", CAPS)
    if account:
        gateway.store.set_account(alice.session.sid, "alice", (account, account)).result()
    await alice.says("JOIN #board", "MODE #board +k hat", "PRIVMSG #board :we sell")
    alice.session.lost("Connection lost")
    back = await gateway.login("alice2", CAPS)
    if account:
        gateway.store.set_account(back.session.sid, "alice2", (account, account)).result()
    await back.says("JOIN #board hat")
    assert await history(back) == seen
