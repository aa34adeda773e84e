"""The members of a room, page by page. On fakeredis, no sockets.

"no call of any line keeps Redis for more than 5 ms (pages, or state kept as an index)", and the
list that a member has at the end is right whatever happened meanwhile.
"""

from __future__ import annotations

from typing import Any

import pytest

from chatd.store.pages import MEMBERS
from tests.support.memory import Client, MemoryGateway, Slow, World

PAGE = 10
USERS = 45
NAMES = [f"user{number:02}" for number in range(USERS)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(MEMBERS, "nick", PAGE)
    return World()


@pytest.fixture
async def gateway(world: World) -> MemoryGateway:
    return MemoryGateway(world, "g1", flood_lines_per_s=0.0)


@pytest.fixture
async def people(gateway: MemoryGateway) -> dict[str, Client]:
    """Those who are in #room: the first of them is its operator."""
    found = {name: await gateway.login(name) for name in NAMES}
    for client in found.values():
        await client.says("JOIN #room")
    return found


def listed(lines: list[str]) -> list[str]:
    """The names in the lines of 353, in their order."""
    rows = [line for line in lines if line.split()[1] == "353"]
    return [nick.lstrip("@") for line in rows for nick in line.rpartition(":")[2].split()]


def believed(lines: list[str]) -> set[str]:
    """Who is in the room for a client that read these lines."""
    known: set[str] = set()
    for line in lines:
        source, command, *params = line.split()
        nick = source[1:].partition("!")[0]
        if command == "353":
            known.update(listed([line]))
        elif command == "JOIN":
            known.add(nick)
        elif command in ("PART", "QUIT"):
            known.discard(nick)
        elif command == "NICK" and nick in known:
            known.remove(nick)
            known.add(params[0].removeprefix(":"))
    return known


async def test_who_enters_hears_of_each_member_once(
    gateway: MemoryGateway, people: dict[str, Client]
) -> None:
    alice = await gateway.login("alice")
    lines = await alice.says("JOIN #room")
    assert sorted(listed(lines)) == sorted([*NAMES, "alice"])
    assert lines[0].split()[1] == "JOIN"
    assert lines[-1].split()[1:] == ["366", "alice", "#room", ":End", "of", "/NAMES", "list"]
    assert [line.split()[1] for line in lines].count("366") == 1


async def test_who_asks_from_outside_hears_of_each_member_once(
    gateway: MemoryGateway, people: dict[str, Client]
) -> None:
    alice = await gateway.login("alice")
    lines = await alice.says("NAMES #room")
    assert sorted(listed(lines)) == NAMES
    assert lines[-1].split()[1] == "366"


async def test_the_next_page_waits_until_the_client_has_taken_the_last(
    gateway: MemoryGateway, people: dict[str, Client]
) -> None:
    alice = people[NAMES[0]]
    await alice.hears()
    alice.pipe.blocked = 1
    got = await alice.says("NAMES #room", "TIME")
    assert len(listed(got)) == PAGE
    alice.pipe.blocked = 0
    alice.session.drained(gateway.now)
    got += await alice.hears()
    assert sorted(listed(got)) == NAMES
    assert [line.split()[1] for line in got[-2:]] == ["366", "391"]


async def test_what_happens_meanwhile_leaves_no_wrong_list(
    gateway: MemoryGateway, people: dict[str, Client]
) -> None:
    """A new name may belong where was read before; who leaves is told behind its page."""
    alice = people[NAMES[0]]
    await alice.hears()
    alice.pipe.blocked = 1
    got = await alice.says("NAMES #room")
    first, last = listed(got)[5], "user40"
    assert first < last not in listed(got)
    await people[last].says("NICK aaa")  # not read yet, and now behind the place
    await people[first].says(f"NICK {first}x")
    await people["user41"].says("NICK aab", "NICK aac", "PART #room")
    await people["user44"].says("PART #room")
    carol = await gateway.login("carol")
    await carol.says("JOIN #room")
    alice.pipe.blocked = 0
    alice.session.drained(gateway.now)
    got += await alice.hears()
    gone = {first, last, "user41", "user44"}
    assert believed(got) == set(NAMES) - gone | {f"{first}x", "aaa", "carol"}
    assert got[-1].split()[1] == "366"


async def test_who_is_put_out_meanwhile_hears_no_more(
    gateway: MemoryGateway, people: dict[str, Client]
) -> None:
    operator, eve = people[NAMES[0]], people["user07"]
    await eve.hears()
    eve.pipe.blocked = 1
    got = await eve.says("NAMES #room")
    await operator.says("KICK #room user07")
    eve.pipe.blocked = 0
    eve.session.drained(gateway.now)
    got += await eve.hears()
    assert [line.split()[1] for line in got[-2:]] == ["KICK", "366"]
    assert len(listed(got)) == PAGE


async def test_who_reads_the_same_page_shares_it(
    gateway: MemoryGateway, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many enter a large room at one time: its pages are read for all of them together."""
    coming = [await gateway.login(f"new{number}") for number in range(5)]
    slow = Slow(monkeypatch, gateway.store, "snapshot")
    for client in coming:
        client.sends("JOIN #room")
    firsts = len(slow.calls)
    for _ in range(firsts):
        slow.answer()
    pages = 0
    while slow.calls:
        slow.answer()
        pages += 1
    assert pages <= USERS // PAGE + 1
    for client in coming:
        lines = await client.hears()
        assert set(NAMES) <= set(listed(lines))
        assert lines[-1].split()[1] == "366"


async def test_a_room_with_a_new_name_is_looked_at_once(
    gateway: MemoryGateway, people: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who does not know RENAME is shown a room as if it had entered it."""
    for client in people.values():
        await client.hears()
    looks: list[Any] = []
    look = gateway.store.snapshot

    def counted(*args: Any, **options: Any) -> Any:
        looks.append(args)
        return look(*args, **options)

    monkeypatch.setattr(gateway.store, "snapshot", counted)
    await people[NAMES[0]].says("RENAME #room #new")
    assert len([args for args in looks if len(args) == 3]) == 1, "the first page"
    for client in list(people.values())[1:]:
        lines = await client.hears()
        assert set(listed(lines)) == set(NAMES)
        assert lines[-1].split()[1:4:2] == ["366", "#new"]


async def test_each_page_behind_the_first_is_charged(world: World) -> None:
    """ "what a line costs is charged to who sends it" """
    gateway = MemoryGateway(world, "g1", flood_lines_per_s=1.0, flood_burst=20)
    for name in NAMES:
        await (await gateway.login(name)).says("JOIN #room")
    alice = await gateway.login("alice")
    lines = await alice.says(*["NAMES #room"] * 20)
    asked = sum(line.split()[1] == "366" for line in lines)
    assert asked == 9, "17 lines are left behind the login; each counts for two, the last as a debt"
    assert alice.pipe.paused


async def test_who_is_shown_a_room_unasked_is_not_charged(world: World) -> None:
    """The charge is for who sent RENAME."""
    gateway = MemoryGateway(world, "g1", flood_lines_per_s=1.0, flood_burst=20)
    people = [await gateway.login(name) for name in NAMES]
    for client in people:
        await client.says("JOIN #room")
    gateway.now += 60
    await people[0].says("RENAME #room #new")
    lines = await people[1].says(*["PING x"] * 20)
    assert set(listed(lines)) == set(NAMES)
    assert sum(" PONG " in line for line in lines) == 20


async def test_a_message_to_too_many_holders_is_refused_in_words(
    world: World, gateway: MemoryGateway
) -> None:
    """An error is one sentence that says what to do."""
    alice = await gateway.login("alice")
    await alice.says("JOIN #room")
    world.client.sadd("chat:room:{#room}:holders:v", *range(4_000))
    assert await alice.says("PRIVMSG +#room :x", "NOTICE +#room :x", "PRIVMSG @#room :x") == [
        ":chat.internal 404 alice #room"
        " :Too many members have that prefix; send it to the whole room"
    ]
