"""SEARCH without sockets: pages, turns, and what ends a search."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chatd.state import search as searching
from chatd.store.errors import StoreUnavailable
from tests.state.test_retention import age
from tests.support.memory import Client, MemoryGateway, Slow, World
from tests.support.wait import wait_until

CAPS = "soju.im/search batch message-tags server-time echo-message"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("chatd.store.streams.ENTRIES", 10)
    monkeypatch.setattr("chatd.store.streams.FEWEST", 3)
    monkeypatch.setattr("chatd.state.search.FEWEST", 3)
    monkeypatch.setattr("chatd.state.search._SHOWN", 4)
    return World()


@pytest.fixture
async def gateway(world: World) -> MemoryGateway:
    return MemoryGateway(world, "g1", flood_lines_per_s=0.0)


async def answer(client: Client, *questions: str) -> list[str]:
    """What is answered, as soon as it is."""
    client.sends(*questions)
    return await rest(client)


async def rest(client: Client) -> list[str]:
    """All up to the end of an answer."""
    lines: list[str] = []

    async def over() -> bool:
        lines.extend(await client.hears())
        return any("BATCH -" in line or " FAIL " in line for line in lines)

    await wait_until(over, "the search is answered")
    return lines


async def texts(client: Client, question: str) -> list[str]:
    return texts_in(await answer(client, question))


def texts_in(lines: list[str]) -> list[str]:
    """Of the messages in a batch; others are what was heard before."""
    return [line.rpartition(":")[2] for line in lines if line.startswith("@batch=")]


async def say(client: Client, *said: str) -> None:
    """Each with a time of its own."""
    for one in said:
        await client.says(f"PRIVMSG {one}")
        await asyncio.sleep(0.001)


async def test_logs_are_merged(gateway: MemoryGateway) -> None:
    """The newest of all rooms and conversations, "ascending time order [...] regardless"."""
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    for client in (alice, bob):
        await client.says("JOIN #a,#b,#c")
    places = ("#a", "#b", "alice", "#c")
    await say(bob, *(f"{places[number % 4]} :x{number}" for number in range(60)))
    for count in (1, 2, 5, 7, 30, 60):
        newest = [f"x{number}" for number in range(60 - count, 60)]
        assert await texts(alice, f"SEARCH text=x;limit={count}") == newest
        oldest = [f"x{number}" for number in range(count)]
        since = "after=2020-01-01T00:00:00.000Z"
        assert await texts(alice, f"SEARCH text=x;limit={count};{since}") == oldest
    assert await texts(alice, "SEARCH text=x;in=#a;limit=2") == ["x52", "x56"]
    assert await texts(alice, "SEARCH text=x;in=bob;limit=2") == ["x54", "x58"]
    assert await texts(bob, "SEARCH text=x5;in=alice") == ["x50", "x54", "x58"]


async def test_a_common_word_needs_few_pages(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logs are read no further back than what was found already."""
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #a,#b")
    await say(alice, *(f"#a :old {number}" for number in range(30)))
    await say(alice, *(f"#b :new {number}" for number in range(30)))
    reads = []
    entries = gateway.store.entries

    def count(stream: str, *args: Any, **options: Any) -> Any:
        reads.append(stream)
        return entries(stream, *args, **options)

    monkeypatch.setattr(gateway.store, "entries", count)
    assert await texts(alice, "SEARCH limit=5") == [f"new {number}" for number in range(25, 30)]
    assert [stream.partition("{")[2][:2] for stream in sorted(reads)] == ["#a", "#b", "#b", "al"]


async def test_what_is_not_to_be_seen_takes_no_place(gateway: MemoryGateway) -> None:
    """Of a room that was made anew one sees what was said since; the limit counts what is shown."""
    bob = await gateway.login("bob", CAPS)
    await bob.says("JOIN #a")
    await say(bob, *(f"#a :before {number}" for number in range(12)))
    await bob.says("PART #a")
    await asyncio.sleep(0.002)
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #a")
    await say(alice, "#a :since", "#a :since too")
    assert await texts(alice, "SEARCH text=before") == []
    assert await texts(alice, "SEARCH limit=2;after=2020-01-01T00:00:00.000Z") == [
        "since", "since too",
    ]  # fmt: skip
    await bob.says("JOIN #a")
    assert len(await texts(bob, "SEARCH text=before")) == 12


async def test_what_is_over_age(world: World) -> None:
    """Redis may have it still; it is shown to nobody, and takes no place."""
    gateway = MemoryGateway(world, "g1", history_days=7)
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    await alice.says("JOIN #a", "PRIVMSG #a :old", "PRIVMSG bob :old")
    for log in ("room:{#a}", "user:{alice}", "user:{bob}"):
        age(world, f"chat:{log}:log", 8)
    world.client.hset("chat:room:{#a}", "created", "1")
    await alice.says("PRIVMSG #a :new", "PRIVMSG bob :new")
    since = "after=2020-01-01T00:00:00.000Z;limit=2"
    assert await texts(alice, f"SEARCH {since}") == ["new", "new"]
    assert await texts(bob, f"SEARCH {since}") == ["new"]
    world.client.hset("chat:room:{#a}", "retention", "- 1")
    age(world, "chat:room:{#a}:log", 2)
    assert await texts(alice, f"SEARCH in=#a;{since}") == []


async def test_what_is_taken_back_meanwhile(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is shown as it is at the moment of the answer."""
    alice = await gateway.login("alice", f"{CAPS} draft/message-redaction")
    await alice.says("JOIN #a,#b")
    [line] = await alice.says("PRIVMSG #a :word")
    await say(alice, "#b :word 2")
    msgid = line.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
    slow = Slow(monkeypatch, gateway.store, "shown")
    alice.sends("SEARCH text=word")
    for _ in range(2):  # both are found
        await wait_until(lambda: len(slow.calls) > 0, "a page has been looked at")
        slow.answer()
    await wait_until(lambda: len(slow.calls) > 0, "it is looked at once more")
    await alice.says(f"REDACT #a {msgid}")
    slow.answer()
    await wait_until(lambda: len(slow.calls) > 0, "the other log, too")
    slow.answer()
    assert texts_in(await rest(alice)) == ["word 2"]


async def test_the_client_goes_on_meanwhile(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search keeps none of its session's other lines; the next search waits for it."""
    alice = await gateway.login("alice", CAPS)
    slow = Slow(monkeypatch, gateway.store, "entries")
    alice.sends("SEARCH text=one", "PRIVMSG alice :one", "SEARCH text=two", "PING later")
    await wait_until(lambda: len(slow.calls) == 1, "it has begun")
    assert any("PRIVMSG alice :one" in line for line in await alice.hears())
    assert len(slow.calls) == 1
    slow.answer()
    lines = await rest(alice)
    assert len(slow.calls) == 1
    slow.answer()
    lines += await rest(alice)
    assert sum("BATCH +" in line for line in lines) == 2
    assert any("PONG" in line for line in lines)


async def test_a_client_that_goes_ends_its_search(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    await alice.says("JOIN #a,#b,#c")
    slow = Slow(monkeypatch, gateway.store, "entries")
    alice.sends("SEARCH text=one", "SEARCH text=two")
    bob.sends("SEARCH text=three")
    alice.session.lost("gone")
    slow.answer()  # of four logs one
    await wait_until(lambda: len(slow.calls) == 1, "bob has his turn")
    slow.answer()
    assert any("BATCH -" in line for line in await rest(bob))
    assert not slow.calls
    assert not gateway.server.search._under_way


async def test_redis_goes_away_in_the_middle(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "If the search cannot be run due to an internal error, the INTERNAL_ERROR error code SHOULD
    be returned."
    """
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #a")
    slow = Slow(monkeypatch, gateway.store, "entries")
    alice.sends("SEARCH text=one")
    slow.answer()
    await wait_until(lambda: len(slow.calls) == 1, "the second log is read")
    slow.calls[0][0].fail(StoreUnavailable("away"))
    assert await rest(alice) == [
        ":chat.internal FAIL SEARCH INTERNAL_ERROR :The search could not be run"
    ]
    slow.calls.clear()
    alice.sends("SEARCH text=one;in=alice")
    await wait_until(lambda: len(slow.calls) == 1, "the next one begins")


async def test_no_more_than_some_at_a_time(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_SEARCHES", 2)
    slow = Slow(monkeypatch, gateway.store, "entries")
    clients = [await gateway.login(nick, CAPS) for nick in ("one", "two", "three")]
    for client in clients:
        client.sends("SEARCH text=x")
    assert await rest(clients[2]) == [
        ":chat.internal FAIL SEARCH INTERNAL_ERROR"
        " :Too many searches are being run right now; try again"
    ]
    for client in clients[:2]:  # one page at a time, each in its turn
        assert len(slow.calls) == 1
        slow.answer()
        await rest(client)
    clients[2].sends("SEARCH text=x")
    slow.answer()
    assert any("BATCH -" in line for line in await rest(clients[2]))


async def test_a_search_takes_no_longer_than_it_may(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Servers offering this feature should implement a timeout on their total request time"."""
    monkeypatch.setattr(searching, "MOST_S", 0.0)
    alice = await gateway.login("alice", f"{CAPS} labeled-response")
    alice.sends("@label=x SEARCH text=one")
    lines = await rest(alice)
    assert [line.partition(" NOTE ")[2][:17] for line in lines if " NOTE " in line] == [
        "SEARCH INCOMPLETE"
    ]
    assert sum("label=x" in line for line in lines) == 1


async def test_pages_are_charged(gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #a")
    await say(alice, *(f"#a :{number}" for number in range(40)))
    charged: list[float] = []
    monkeypatch.setattr(type(alice.session), "charge", lambda self, lines: charged.append(lines))
    assert await texts(alice, "SEARCH text=nothing") == []
    assert charged[0] == 2
    assert len(charged) > 5
