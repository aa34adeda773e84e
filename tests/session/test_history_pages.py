"""Histories and values of a large room, page by page. On fakeredis, no sockets.

"CHATHISTORY LATEST nobody * 1 with an own log of 10,000: 1,850 ms in 10,005 calls, charged as 3
lines".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.memory import Client, MemoryGateway, World

PAGE = 10
CAPS = "batch draft/chathistory message-tags"


class Counted:
    """Counts the calls of a method of the store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Any, name: str) -> None:
        self.count = 0
        self._ask = getattr(store, name)
        monkeypatch.setattr(store, name, self)

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.count += 1
        return self._ask(*args, **options)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("chatd.store.streams.ENTRIES", PAGE)
    monkeypatch.setattr("chatd.store.extensions.VALUES", PAGE)
    return World()


@pytest.fixture
async def gateway(world: World) -> MemoryGateway:
    return MemoryGateway(world, "g1", flood_lines_per_s=0.0)


async def history(client: Client, question: str) -> list[str]:
    """The texts of the answer, in its order."""
    lines = await client.says(f"CHATHISTORY {question}")
    return [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]


async def test_a_conversation_is_found_among_others_page_by_page(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page looks at so many entries, whatever is found on it."""
    alice = await gateway.login("alice", f"{CAPS} echo-message")
    for name in ("bob", "carol"):
        await gateway.login(name)
    for number in range(60):
        await alice.says(f"PRIVMSG {'bob' if number % 10 == 0 else 'carol'} :{number}")
    calls = Counted(monkeypatch, gateway.store, "own_history")
    assert await history(alice, "LATEST bob * 4") == ["20", "30", "40", "50"]
    assert calls.count == 4
    assert await history(alice, "LATEST bob * 100") == ["0", "10", "20", "30", "40", "50"]
    start = "timestamp=2020-01-01T00:00:00.000Z"
    assert await history(alice, f"AFTER bob {start} 2") == ["0", "10"]
    assert await history(alice, f"BETWEEN bob {start} timestamp=2100-01-01T00:00:00.000Z 3") == [
        "0", "10", "20",
    ]  # fmt: skip
    assert await history(alice, "LATEST * * 3") == ["57", "58", "59"]


async def test_a_conversation_with_nobody_costs_the_pages_of_the_log(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await gateway.login("alice", f"{CAPS} echo-message")
    await gateway.login("bob")
    for number in range(60):
        await alice.says(f"PRIVMSG bob :{number}")
    calls = Counted(monkeypatch, gateway.store, "own_history")
    assert await history(alice, "LATEST nobody * 1") == []
    assert calls.count <= 60 // PAGE + 1


async def test_what_was_said_is_found_behind_many_joins(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob")
    await alice.says("JOIN #room", "PRIVMSG #room :one", "PRIVMSG #room :two")
    await bob.says(*["JOIN #room", "PART #room"] * 20)
    await alice.says("PRIVMSG #room :three")
    calls = Counted(monkeypatch, gateway.store, "room_history")
    assert await history(alice, "LATEST #room * 2") == ["two", "three"]
    assert calls.count == 5


ALWAYS = "timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"


async def targets(client: Client, question: str) -> list[str]:
    """The names in the answer, in its order."""
    lines = await client.says(f"CHATHISTORY TARGETS {question}")
    return [line.split()[4] for line in lines if " CHATHISTORY TARGETS " in line]


async def test_many_rooms_are_looked_at_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.store.streams.LOGS", PAGE)
    gateway = MemoryGateway(world, "g1", flood_lines_per_s=0.0, max_rooms_per_user=1000)
    alice = await gateway.login("alice", CAPS)
    names = [f"#r{number}" for number in range(205)]
    await alice.says(*(f"JOIN {name}" for name in names))
    for name in names[:200]:
        await alice.says(f"PRIVMSG {name} :hi")
    pages = Counted(monkeypatch, gateway.store, "last_said")
    deep = Counted(monkeypatch, gateway.store, "room_history")
    assert sorted(await targets(alice, f"{ALWAYS} 1000")) == sorted(names[:200])
    assert pages.count <= 205 / PAGE * 3, "a set is read in parts that are about as large"
    assert deep.count == 0
    assert len(await targets(alice, f"{ALWAYS} 7")) == 7


async def test_a_room_whose_latest_events_are_no_messages(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.store.streams.TAIL", 5)
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob")
    await alice.says("JOIN #said,#quiet", "PRIVMSG #said :one")
    for room in "#said", "#quiet":
        await bob.says(*[f"JOIN {room}", f"PART {room}"] * 20)
    deep = Counted(monkeypatch, gateway.store, "room_history")
    assert await targets(alice, f"{ALWAYS} 10") == ["#said"]
    assert 2 <= deep.count <= 2 * (40 // PAGE + 1)
    now = "timestamp=2100-01-01T00:00:00.000Z timestamp=2101-01-01T00:00:00.000Z"
    deep.count = 0
    assert await targets(alice, f"{now} 10") == []
    assert deep.count == 0, "what was said before does not matter"


async def test_many_conversations_are_found_page_by_page(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.store.streams.PARTNERS", 4)
    alice = await gateway.login("alice", f"{CAPS} echo-message")
    names = [f"u{number}" for number in range(30)]
    for name in names:
        await gateway.login(name)
        await alice.says(f"PRIVMSG {name} :one")
    for name in names[:10]:
        await alice.says(f"PRIVMSG {name} :two")
    pages = Counted(monkeypatch, gateway.store, "talked")
    found = await targets(alice, f"{ALWAYS} 100")
    assert found[-1] == "u9"
    assert sorted(found) == sorted(names)
    assert pages.count >= 40 // PAGE


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("LATEST #room * " + "9" * 400, " BATCH -"),
        ("LATEST " + ",".join(f"#r{number}" for number in range(80)) + " * 10", "INVALID_TARGET"),
        ("LATEST #" + "x" * 400 + " * 10", "INVALID_TARGET"),
        ("AFTER #room timestamp=" + "9" * 400 + " 10", "INVALID_PARAMS"),
        ("AFTER #room msgid=" + "9" * 60 + "-1-x 10", "INVALID_PARAMS"),
        ("AFTER #room msgid=" + "9" * 400 + " 10", "INVALID_PARAMS"),
        ("TARGETS " + ALWAYS + " " + "9" * 380, " BATCH -"),
        ("TARGETS " + "x" * 400 + " y 1", "INVALID_PARAMS"),
        (" ".join(["LATEST", *["#r"] * 100]), "INVALID_PARAMS"),
    ],
)
async def test_hostile_questions(gateway: MemoryGateway, question: str, answer: str) -> None:
    """Each has one answer, in lines that fit."""
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #room")
    lines = await alice.says(f"CHATHISTORY {question}")
    assert answer in lines[-1]
    assert all(len(line.encode()) <= 510 for line in lines)


async def test_a_playback_of_many_conversations_reads_the_log_once(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await gateway.login("alice", "batch echo-message znc.in/playback")
    names = [f"u{number}" for number in range(30)]
    for name in names:
        await gateway.login(name)
        await alice.says(f"PRIVMSG {name} :one", f"PRIVMSG {name} :two")
    calls = Counted(monkeypatch, gateway.store, "own_history")
    lines = await alice.says("PRIVMSG *playback :PLAY * 0")
    assert calls.count <= 60 // PAGE + 1
    played = [line.split()[4] for line in lines if " BATCH +" in line]
    assert sorted(played) == sorted(names)
    assert len(lines) == 30 * 4
    calls.count = 0
    await alice.says("PRIVMSG *playback :PLAY #* 0")
    assert calls.count == 0


async def test_what_was_taken_back_is_on_no_page(world: World, gateway: MemoryGateway) -> None:
    """Of the list of these only what belongs to a page is read."""
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #room", *(f"PRIVMSG #room :{number}" for number in range(30)))
    log: Any = world.client.xrange("chat:room:{#room}:log")
    ids = [entry for entry, fields in log if fields["e"].startswith("M")]
    gone = (3, 15, 29)
    world.client.zadd(
        "chat:room:{#room}:redacted", {ids[at]: int(ids[at].partition("-")[0]) for at in gone}
    )
    assert await history(alice, "LATEST #room * 100") == [
        str(number) for number in range(30) if number not in gone
    ]


async def test_each_page_behind_the_first_is_charged(world: World) -> None:
    """ "what a line costs is charged to who sends it" """
    gateway = MemoryGateway(world, "g1", flood_lines_per_s=1.0, flood_burst=60)
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob")
    await alice.says("JOIN #room")
    await bob.says(*["JOIN #room", "PART #room"] * 25)
    lines = await alice.says(*["CHATHISTORY LATEST #room * 1"] * 20)
    asked = sum(" BATCH +" in line for line in lines)
    assert asked == 17, "56 lines are left behind the login; each counts for two and five pages"
    assert alice.pipe.paused


async def test_values_of_all_members_are_shown_once_in_one_batch(gateway: MemoryGateway) -> None:
    names = [f"user{number:02}" for number in range(45)]
    for name in names:
        client = await gateway.login(name, "draft/metadata-2")
        await client.says("JOIN #room", f"METADATA * SET url :https://example.org/{name}")
    alice = await gateway.login("alice", "batch draft/metadata-2")
    await alice.says("METADATA * SUB url", "JOIN #room")
    first, *rows, last = await alice.says("METADATA #room SYNC")
    assert first.split()[1:] == ["BATCH", first.split()[2], "metadata", "#room"]
    assert last.split()[1:] == ["BATCH", "-" + first.split()[2][1:]]
    assert sorted(row.rpartition("/")[2] for row in rows) == names
    assert all(row.startswith("@batch=") for row in rows)
