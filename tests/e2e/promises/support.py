"""What the tests of the promises share: people on gateways, and a look into Redis."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from redis.asyncio import Redis

from chatd.store.link import SILENCE_S
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import PATIENCE_S, wait_until

CAPS = (
    "message-tags",
    "server-time",
    "batch",
    "echo-message",
    "labeled-response",
    "standard-replies",
    "chatd/id",
)
"""What a client asks for that wants to know which of its messages arrived."""

SHORT_LEASE_S = 3.0
"""Lease of gateways in tests that wait for its end; one that is kept from running for two seconds
still has it."""
GONE_S = SHORT_LEASE_S + 2 * SHORT_LEASE_S / 3
"""The bound of chatd.state.presence for that lease: users of a dead gateway are gone by then."""
SLACK_S = 3.0
"""What a machine that is busy with something else may add to a bound."""
HANG_S = SILENCE_S - 1
"""An answer that takes so long has waited for something. What comes "at once" comes within
milliseconds; only an answer that waits for a silent Redis takes `SILENCE_S` and more."""

numbers = itertools.count(1)
"""For names on servers that tests share: each test takes its own."""
_labels = itertools.count(1)
_keys = itertools.count(1)


class People:
    """Registers clients and takes leave of all of them in the end."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> People:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def __call__(
        self,
        gateway: Gateway,
        nick: str,
        *rooms: str,
        caps: Sequence[str] = CAPS,
        sasl: tuple[str, str] | None = None,
    ) -> IrcClient:
        """Let ``nick`` in at ``gateway``, and into rooms."""
        client = await self.stranger(gateway)
        await client.register(nick, caps, sasl)
        for room in rooms:
            await join(client, room)
        return client

    async def stranger(self, gateway: Gateway) -> IrcClient:
        """A connection that has not said anything yet."""
        client = await IrcClient.connect(gateway.host, gateway.port)
        self._stack.push_async_callback(_leave, client)
        return client


async def _leave(client: IrcClient) -> None:
    """QUIT and wait for its end, so that the name is free for the next test."""
    with suppress(ConnectionError, AssertionError):
        await client.send("QUIT")
        await client.expect_closed()
    await client.close()


async def join(client: IrcClient, room: str) -> list[Line]:
    """Enter a room; the lines up to the end of its names."""
    await client.send(f"JOIN {room}")
    return await client.lines_until(f"(?i) 366 \\S+ {room} ", unless=" 40[35] | 47[1-9] |FAIL")


async def say(client: IrcClient, target: str, text: str, *tags: str) -> Line:
    """Send a message with a label and wait for the labelled answer."""
    label = f"label-{next(_labels)}"
    await client.send(f"@{';'.join([f'label={label}', *tags])} PRIVMSG {target} :{text}")
    return await client.expect(lambda line: line.tags.get("label") == label)


async def deliver(
    client: IrcClient, target: str, text: str, *, patience_s: float = 2 * PATIENCE_S
) -> str:
    """Say something until it is acknowledged, under one idempotency key; its msgid."""
    tag = f"chatd/id=key-{next(_keys)}"
    async with asyncio.timeout(patience_s):
        while True:
            answer = await say(client, target, text, tag)
            if answer.command == "PRIVMSG":
                return answer.tags["msgid"]
            assert unavailable(answer), answer.raw


def unavailable(line: Line) -> bool:
    """Whether the answer is the error of promise 6."""
    return line.command == "FAIL" and line.params[1] == "TEMPORARILY_UNAVAILABLE"


def heard(client: IrcClient, command: str, target: str = "") -> list[Line]:
    """Lines of one command that a client has had so far, to one target (none = any)."""
    return [
        line
        for line in client.log
        if line.command == command and target in ("", line.params[0] if line.params else "")
    ]


def mostly(seconds: Sequence[float]) -> float:
    """The longest of nine tenths of some times.

    It tells whether somebody was disturbed all along, and not whether the machine once stood still.
    """
    return sorted(seconds)[max(0, len(seconds) * 9 // 10 - 1)]


def texts(lines: Sequence[Line]) -> list[str]:
    """The last parameters."""
    return [line.text for line in lines]


async def ask(redis: RedisServer, *command: str | int) -> Any:
    """One command to Redis, as an administrator would look at it.

    Words that begin with ``chat:`` are keys as docs/redis.md has them, of whatever Redis this is.
    """
    client: Any = Redis.from_url(redis.direct_url, decode_responses=True, encoding_errors="replace")
    words = [
        redis.key(word) if str(word).startswith("chat:") else word for word in map(str, command)
    ]
    try:
        return await client.execute_command(*words)
    finally:
        await client.aclose()


async def roster(redis: RedisServer) -> set[str]:
    """The set ``chat:online``."""
    return set(await ask(redis, "SMEMBERS", "chat:online"))


async def wait_for_roster(
    redis: RedisServer, names: set[str], timeout_s: float = PATIENCE_S
) -> None:
    """Wait until exactly these are online."""

    async def same() -> bool:
        return await roster(redis) == names

    await wait_until(same, f"the roster is {sorted(names)}", timeout_s)


async def said(redis: RedisServer, room: str) -> list[tuple[str, str]]:
    """(id, text) of the messages in a room's stream, as XRANGE tells them."""
    entries = await ask(redis, "XRANGE", f"chat:room:{{{room}}}:log", "-", "+")
    records = [(entry, fields["e"].split("\0")) for entry, fields in entries]
    return [(entry, record[9]) for entry, record in records if record[0] == "M"]
