"""Questions about everybody and every room, answered page by page. On fakeredis, no sockets.

"no act keeps Redis for long", each row once, and a client that reads slowly sets the pace.
"""

from __future__ import annotations

import pytest

from tests.support.memory import Client, MemoryGateway, World

PAGE = 10
USERS = 45


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("chatd.store.store.PAGE", PAGE)
    monkeypatch.setattr("chatd.store.rooms.PAGE", PAGE)
    return World()


@pytest.fixture
async def gateways(world: World) -> list[MemoryGateway]:
    return [MemoryGateway(world, f"g{number}", flood_lines_per_s=0.0) for number in range(3)]


async def crowd(gateways: list[MemoryGateway]) -> list[Client]:
    """Users on two of the gateways."""
    return [await gateways[number % 2].login(f"user{number}") for number in range(USERS)]


def column(lines: list[str], numeric: str, at: int) -> list[str]:
    return [line.split()[at] for line in lines if line.split()[1] == numeric]


async def test_each_user_is_told_once(world: World, gateways: list[MemoryGateway]) -> None:
    """Gateways are asked one after the other, each in pages; some users are on two."""
    await crowd(gateways)
    for number in range(0, USERS, 5):
        other = f"g{(number + 1) % 2}"
        world.client.hset(f"chat:{{chat:online}}:gateway:{other}", f"x{number}", f"user{number}")
    alice = await gateways[2].login("alice")
    lines = await alice.says("WHO *")
    assert sorted(column(lines, "352", 7)) == sorted(
        ["alice", *(f"user{number}" for number in range(USERS))]
    )
    assert lines[-1] == ":chat.internal 315 alice * :End of WHO list"
    lines = await alice.says("ROSTER")
    assert len({line.split()[2] for line in lines[:-1]}) == USERS + 1 == len(lines) - 1
    assert lines[-1] == f":chat.internal ROSTER END {USERS + 1}"


async def test_a_mask_is_looked_for_on_every_page(gateways: list[MemoryGateway]) -> None:
    await crowd(gateways)
    alice = await gateways[2].login("alice")
    lines = await alice.says("WHO user?7")
    assert sorted(column(lines, "352", 7)) == ["user17", "user27", "user37"]


async def test_an_answer_that_is_too_long_ends_and_says_so(
    gateways: list[MemoryGateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Servers MAY filter or limit visible users replies" """
    monkeypatch.setattr("chatd.commands.who.ROWS", 15)
    await crowd(gateways)
    alice = await gateways[2].login("alice", "standard-replies")
    *rows, note, end = await alice.says("WHO user*")
    assert len(rows) == 15
    assert note == (
        ":chat.internal NOTE WHO TOO_MANY_MATCHES user* :Only 15 people are shown: ask for fewer"
    )
    assert end.split()[1] == "315"


async def test_members_of_a_room_are_told_once(gateways: list[MemoryGateway]) -> None:
    for client in await crowd(gateways):
        await client.says("JOIN #room")
    alice = await gateways[2].login("alice")
    lines = await alice.says("WHO #ROOM")
    assert sorted(column(lines, "352", 7)) == sorted(f"user{number}" for number in range(USERS))
    assert {line.split()[3] for line in lines[:-1]} == {"#room"}


async def test_each_room_is_told_once(gateways: list[MemoryGateway]) -> None:
    bob = await gateways[0].login("bob")
    await bob.says(*(f"JOIN #room{number}" for number in range(USERS)))
    alice = await gateways[2].login("alice")
    first, *rows, last = await alice.says("LIST")
    assert (first.split()[1], last.split()[1]) == ("321", "323")
    assert sorted(column(rows, "322", 3)) == sorted(f"#room{number}" for number in range(USERS))


async def test_the_next_page_waits_until_the_client_has_taken_the_last(
    gateways: list[MemoryGateway],
) -> None:
    """ "a slow client": it gets what it can read, and is not closed for what it has asked."""
    await crowd(gateways)
    alice = await gateways[2].login("alice")
    alice.pipe.blocked = 1
    got = await alice.says("WHO *", "TIME")
    assert 0 < len(got) < USERS
    assert not alice.session.behind, "that it takes nothing is silence"
    assert await alice.hears() == []
    later = gateways[2].now + 90
    while len(got) < USERS:
        alice.session.drained(later)
        more = await alice.hears()
        assert more
        got += more
    alice.pipe.blocked = 0
    alice.session.drained(later)
    got += await alice.hears()
    assert len(set(column(got, "352", 7))) == USERS + 1
    assert [line.split()[1] for line in got[-2:]] == ["315", "391"]
    assert alice.session.heard_at == later, "that it takes something is a sign of life"


async def test_who_goes_while_a_page_waits_is_forgotten(gateways: list[MemoryGateway]) -> None:
    await crowd(gateways)
    alice = await gateways[2].login("alice")
    alice.pipe.blocked = 1
    await alice.says("WHO *")
    alice.session.lost("Connection closed")
    alice.session.drained(gateways[2].now)
    assert await alice.hears() == []


async def test_who_changes_the_name_meanwhile_is_not_missed(
    gateways: list[MemoryGateway],
) -> None:
    """Sessions are looked through, and a session stays what it is under any name."""
    people = await crowd(gateways)
    alice = await gateways[2].login("alice")
    alice.pipe.blocked = 1
    got = await alice.says("WHO *")
    for number, client in enumerate(people):
        await client.says(f"NICK other{number}")
    alice.pipe.blocked = 0
    alice.session.drained(gateways[2].now)
    got += await alice.hears()
    numbers = {nick.removeprefix("user").removeprefix("other") for nick in column(got, "352", 7)}
    assert numbers == {"alice", *(str(number) for number in range(USERS))}
