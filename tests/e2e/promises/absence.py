"""Faults of issue 8 as context managers, and what people see of a room before and after them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import pytest

from chatd.wire.casemap import fold
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import ask, roster
from tests.support.belief import Belief
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import PATIENCE_S, wait_until

LOOKING_CAPS = ("message-tags", "server-time", "batch", "echo-message", "multi-prefix")
"""Of a client whose log is replayed as a `Belief`, and whose NAMES tells all prefix modes."""
REFUSALS = ("oom", "readonly", "noreplicas", "busy")


@asynccontextmanager
async def lost(chat: Chat, *nicks: str, cut: bool = False) -> AsyncIterator[None]:
    """Stop the first gateway until its lease is over and these are off the roster; then resume it.

    ``cut``: its link to Redis is cut meanwhile, so that it has to read the gaps from the streams.
    """
    chat.g1.pause()
    try:
        await wait_until_gone(chat.redis, nicks)
        if cut:
            await cut_link(chat.redis, chat.g1)
        yield
    finally:
        chat.g1.resume()


async def cut_link(redis: RedisServer, gateway: Gateway) -> None:
    """Close a gateway's connection to Redis from Redis' side."""
    rows = str(await ask(redis, "CLIENT", "LIST")).splitlines()
    found = [row for row in rows if f"name=chatd-{gateway.id}" in row]
    assert len(found) == 1, rows
    await ask(redis, "CLIENT", "KILL", "ID", found[0].split()[0].removeprefix("id="))


async def wait_until_gone(redis: RedisServer, nicks: Iterable[str]) -> None:
    """Wait until none of these is online."""

    async def gone() -> bool:
        return (await roster(redis)).isdisjoint(nicks)

    await wait_until(gone, f"{sorted(nicks)} are off the roster")


async def wait_until_back(chat: Chat, *clients: IrcClient) -> None:
    """Wait until these are online again under their names, and have heard all about it."""
    nicks = {client.nick for client in clients}

    async def back() -> bool:
        return nicks <= await roster(chat.redis)

    await wait_until(back, f"{sorted(nicks)} are online again", 15)
    await settle(*clients)


async def settle(*clients: IrcClient) -> None:
    """Fence everybody twice: what the first fences set going has arrived at the second."""
    for _ in range(2):
        for client in clients:
            await client.fence()


async def do(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; all lines that come before the next fence, raw and without tags."""
    await client.send(*lines)
    return [re.sub("^@[^ ]* ", "", line.raw) for line in await client.fence()]


async def view(client: IrcClient, room: str) -> list[str]:
    """All that a member can ask about a room, in an order that is always the same."""
    await client.fence()
    lists = [f"MODE {room} {letter}" for letter in "beI"]
    wanted = {"324", "329", "332", "333", "353", "367", "348", "346", "761"}
    await client.send(f"MODE {room}", *lists, f"TOPIC {room}", f"NAMES {room}")
    await client.send(f"METADATA {room} LIST")
    found = []
    for line in await client.fence():
        if line.command in wanted:
            params = [*line.params[1:-1], " ".join(sorted(line.text.split()))]
            found.append(" ".join([line.command, *params]))
    return sorted(found)


async def in_room(client: IrcClient, room: str) -> set[str]:
    """NAMES of a room, with all prefixes that the client is told."""
    await client.fence()
    await client.send(f"NAMES {room}")
    lines = [line for line in await client.fence() if line.command == "353"]
    return {word for line in lines for word in line.text.split()}


async def stored_members(redis: RedisServer, room: str) -> set[str]:
    """Folded names of who is in a room, as Redis has it."""
    return set(await ask(redis, "HKEYS", f"chat:room:{{{fold(room)}}}:members"))


async def rooms_of(redis: RedisServer, name: str) -> set[str]:
    """Folded names of the rooms that a user is in. Redis has them by name, or by id of the room."""
    head = "chat:{chat:online}:"
    found = set()
    for room in await ask(redis, "SMEMBERS", f"{head}rooms:{name}"):
        found.add(room if room[0] == "#" else await ask(redis, "GET", f"{head}room:{room}"))
    return found


def believe(client: IrcClient) -> Belief:
    """What the client believes; nothing that it was told contradicts what it was told before."""
    belief = Belief(client.log)
    assert belief.doubts == [], "\n".join([client.nick, *belief.doubts])
    return belief


async def check_beliefs(chat: Chat, *clients: IrcClient) -> None:
    """What each of these believes is what Redis holds and what NAMES says on its gateway."""
    await settle(*clients)
    for client in clients:
        belief = believe(client)
        name = fold(belief.nick)
        held = await rooms_of(chat.redis, name)
        assert {fold(room) for room in belief.rooms} == held, belief.nick
        for room in list(belief.rooms):
            members = {fold(nick) for nick in belief.rooms[room].members}
            assert members == await stored_members(chat.redis, room), f"{belief.nick} on {room}"
            await in_room(client, room)  # compared with the events by the belief
        believe(client)


@asynccontextmanager
async def refusing(redis: RedisServer, kind: str) -> AsyncIterator[None]:
    """Let Redis refuse what gateways want to write: one of `REFUSALS`."""
    if kind == "readonly" and redis.clustered:
        pytest.skip("the one node of a cluster takes no REPLICAOF")
    begin, end = HOW[kind]
    await ask(redis, *begin)
    enough = asyncio.Event()
    task = asyncio.create_task(_keep_busy(redis, enough)) if kind == "busy" else None
    try:
        if task is not None:
            await wait_until(lambda: _is_busy(redis), "Redis answers BUSY")
        yield
    finally:
        if task is not None:
            enough.set()
            await task  # not cancelled: a script that is on its way would begin after the next line
            await wait_until(lambda: _is_well(redis), "the last script has ended")
        await ask(redis, *end)


HOW: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "oom": (("CONFIG", "SET", "maxmemory", "1000"), ("CONFIG", "SET", "maxmemory", "0")),
    "readonly": (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    "noreplicas": (
        ("CONFIG", "SET", "min-replicas-to-write", "1"),
        ("CONFIG", "SET", "min-replicas-to-write", "0"),
    ),
    "busy": (
        ("CONFIG", "SET", "busy-reply-threshold", "100"),
        ("CONFIG", "SET", "busy-reply-threshold", "5000"),
    ),
}
"""Kind -> the command that begins it, the command that ends it."""
BUSY_SCRIPT = """
local function time() local now = redis.call('TIME') return now[1] + now[2] / 1e6 end
local has, clock = pcall(function() return os.clock end)  -- where TIME stands still in a script
clock = has and clock or time
local over = clock() + 0.6
while clock() < over do end
"""


async def _keep_busy(redis: RedisServer, enough: asyncio.Event) -> None:
    """One script of 0.6 s after the other."""
    while not enough.is_set():
        with suppress(Exception):
            await ask(redis, "EVAL", BUSY_SCRIPT, 0)


async def _is_busy(redis: RedisServer) -> bool:
    try:
        await ask(redis, "GET", "nothing")
    except Exception as error:  # redis-py has several classes for it
        return "busy" in str(error).lower()
    return False


async def _is_well(redis: RedisServer) -> bool:
    return not await _is_busy(redis)


async def chatd(*arguments: str) -> tuple[int, str, str]:
    """Run a command of ``chatd``: exit code, stdout, stderr."""
    from tests.support.servers import CHATD, chatd_environ

    process = await asyncio.create_subprocess_exec(
        *CHATD, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=chatd_environ(),
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
