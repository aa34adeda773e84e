"""What a client that has asked for nothing is shown of what it has missed. No sockets."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from chatd.commands.context import Context
from chatd.commands.replay import EARLIER, Target, replay
from chatd.state.history import FIRST, LAST, Entry
from chatd.store.errors import Refused
from chatd.store.pending import completed
from tests.support.memory import Client, MemoryGateway, World

ROOM, TAGS = Target(room="#room"), "batch message-tags server-time"
NINE = int(datetime(2026, 4, 27, 9, 31, 5, 250_000, tzinfo=UTC).timestamp() * 1000)
"""Half past nine, in ms."""
DAY = 86_400_000
SOURCE = "bob!~bob@127.0.0.1"


def put(
    world: World, owner: str, ms: int, text: str, *, target: str = "#room", command: str = "PRIVMSG"
) -> None:
    """Let bob have said something at a moment."""
    record = ("M", "g9.9", "", "bob", SOURCE, "", command, target, "", text, "1")
    world.client.xadd(f"chat:{owner}:log", {"e": "\0".join(record)}, id=f"{ms}-*")


def put_own(world: World, ms: int, text: str) -> None:
    """Let alice have said something to bob."""
    source = "alice!~alice@127.0.0.1"
    record = ("M", "g1.1", f"{ms}-0", "alice", source, "", "PRIVMSG", "bob", "", text, "1", "g9.9")
    world.client.xadd("chat:user:{alice}:log", {"e": "\0".join(record)}, id=f"{ms}-*")


async def reader(gateway: MemoryGateway, world: World, caps: str = "") -> Client:
    """Alice, in a room whose log is empty."""
    alice = await gateway.login("alice", caps)
    await alice.says("JOIN #room")
    world.client.delete("chat:room:{#room}:log", "chat:user:{alice}:log")
    world.client.hset("chat:room:{#room}", "created", "0")
    return alice


async def shown(
    client: Client, target: Target, *, most: int = 50, after: Entry = FIRST, now_ms: int = NINE
) -> list[str]:
    """What it is shown, without what differs from one time to the next."""
    context = Context(client.session, client.session.server, "JOIN", "")

    async def show() -> None:
        await replay(context, target, after, LAST, most, now_ms)

    await completed(show())
    return [re.sub("([+=-])b[0-9a-f]+", r"\1B", line) for line in await client.hears()]


async def test_a_client_with_server_time_sees_when_it_was_said(
    world: World, gateway: MemoryGateway
) -> None:
    alice = await reader(gateway, world, TAGS.replace("message-tags ", ""))
    put(world, "room:{#room}", NINE, "one")
    put(world, "room:{#room}", NINE + 1000, "two", command="NOTICE")
    assert await shown(alice, ROOM) == [
        ":chat.internal BATCH +B chathistory #room",
        f"@batch=B;time=2026-04-27T09:31:05.250Z :{SOURCE} PRIVMSG #room :one",
        f"@batch=B;time=2026-04-27T09:31:06.250Z :{SOURCE} NOTICE #room :two",
        ":chat.internal BATCH -B",
    ]


async def test_any_other_reads_it_in_the_text(world: World, gateway: MemoryGateway) -> None:
    alice = await reader(gateway, world)
    put(world, "room:{#room}", NINE - DAY, "one")
    put(world, "room:{#room}", NINE, "two")
    put(world, "room:{#room}", NINE + 1, "\x01ACTION waves\x01")
    assert await shown(alice, ROOM) == [
        f":{SOURCE} PRIVMSG #room :[2026-04-26 09:31] one",
        f":{SOURCE} PRIVMSG #room :[09:31] two",
        f":{SOURCE} PRIVMSG #room :\x01ACTION [09:31] waves\x01",
    ]


async def test_a_text_without_room_for_its_time_takes_two_lines(
    world: World, gateway: MemoryGateway
) -> None:
    """Nothing of it is lost, and no line is longer than 512 bytes."""
    alice = await reader(gateway, world)
    text = "é" * 235
    put(world, "room:{#room}", NINE, text)
    put(world, "room:{#room}", NINE, f"\x01ACTION {text[:-5]}\x01")
    first, second, action = await shown(alice, ROOM)
    parts = [line.partition(" :[09:31] ")[2] for line in (first, second)]
    assert "".join(parts) == text
    assert all(len(line.encode()) <= 510 for line in (first, second, action))
    assert action.endswith("é\x01")


async def test_messages_of_several_lines(world: World, gateway: MemoryGateway) -> None:
    alice = await reader(gateway, world)
    put(world, "room:{#room}", NINE, "\none\n\ntwo\rthree")
    assert await shown(alice, ROOM) == [
        f":{SOURCE} PRIVMSG #room :[09:31] {text}" for text in ("one", "two", "three")
    ]


async def test_the_latest_are_shown(world: World, gateway: MemoryGateway) -> None:
    alice = await reader(gateway, world)
    for number in range(5):
        put(world, "room:{#room}", NINE + number, str(number))
    lines = await shown(alice, ROOM, most=2)
    assert [line[-1] for line in lines] == ["3", "4"]
    lines = await shown(alice, ROOM, after=(NINE + 4, 0))
    assert [line[-1] for line in lines] == ["4"]
    assert await shown(alice, ROOM, after=(NINE + 5, 0)) == []


async def test_what_a_program_would_answer_is_left_out(
    world: World, gateway: MemoryGateway
) -> None:
    alice = await reader(gateway, world, TAGS)
    put(world, "user:{alice}", NINE, "\x01VERSION\x01", target="alice")
    put(world, "user:{alice}", NINE, "\x01DCC SEND x 1 2\x01", target="alice")
    assert await shown(alice, Target()) == []


async def test_direct_messages_in_one_batch_for_each_conversation(
    world: World, gateway: MemoryGateway
) -> None:
    """https://ircv3.net/specs/batches/chathistory: "the target [...] the nick of the remote
    client"."""
    alice = await reader(gateway, world, "batch echo-message server-time")
    put(world, "user:{alice}", NINE, "hi", target="alice")
    put_own(world, NINE + 1, "hello")
    lines = await shown(alice, Target())
    assert [line.partition(" ")[2] for line in lines] == [
        "BATCH +B chathistory bob",
        f":{SOURCE} PRIVMSG alice :hi",
        ":alice!~alice@127.0.0.1 PRIVMSG bob :hello",
        "BATCH -B",
    ]


async def test_own_messages_are_for_clients_that_know_them(
    world: World, gateway: MemoryGateway
) -> None:
    """Any other would take them for a message from the reader to itself."""
    alice = await reader(gateway, world)
    put_own(world, NINE, "hello")
    put(world, "user:{alice}", NINE + 1, "hi", target="alice")
    assert await shown(alice, Target()) == [f":{SOURCE} PRIVMSG alice :[09:31] hi"]
    assert await shown(alice, Target(peer="bob")) == await shown(alice, Target())


async def test_a_room_is_for_its_members(gateway: MemoryGateway) -> None:
    alice = await gateway.login("alice")
    with pytest.raises(Refused, match="noroom"):
        await shown(alice, ROOM)


async def test_all_that_is_shown_fits_into_what_may_wait(world: World) -> None:
    """Of all conversations together: else each login would end with "SendQ exceeded"."""
    gateway = MemoryGateway(world, "g1", sendq_bytes=2**16)
    alice = await reader(gateway, world, TAGS)
    for number in range(60):
        who = f"bob{number % 3}"
        record = ("M", "g9.9", "", who, f"{who}!b@h", "", "PRIVMSG", "alice", "",
                  f"{number} {'x' * 1000}", "1")  # fmt: skip
        world.client.xadd(
            "chat:user:{alice}:log", {"e": "\0".join(record)}, id=f"{NINE + number}-0"
        )
    context = Context(alice.session, gateway.server, "", "")

    async def show() -> None:
        await replay(context, Target(), FIRST, LAST, 1000, NINE, tell_more=True)

    await completed(show())
    lines = await alice.hears()
    assert not alice.session.closed
    assert EARLIER in lines[0]
    assert sum(map(len, lines)) < 2**15 + 1000
    numbers = sorted(int(found[1]) for line in lines if (found := re.search(r" :(\d+) x", line)))
    assert numbers == list(range(60 - len(numbers), 60)), "the latest"
    assert sum(" BATCH +" in line for line in lines) == 3
