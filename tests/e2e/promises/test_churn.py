"""Promises 1, 3 and 4 together: people come, go and change their names while links are cut and
gateways die, and whoever has watched knows in the end who is there."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import (
    SHORT_LEASE_S,
    People,
    ask,
    heard,
    wait_for_roster,
)
from tests.e2e.promises.traffic import links
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway
from tests.support.wait import wait_until

ROOMS = ("#one", "#two", "#three")


async def churn(gateways: list[Gateway], number: int, chance: random.Random) -> None:
    """Be a restless client until cancelled: every act is one that others see."""
    turn = 0
    while True:
        turn += 1
        with suppress(ConnectionError, AssertionError):
            gateway = chance.choice(gateways)
            async with await IrcClient.connect(gateway.host, gateway.port) as client:
                await client.register(f"c{number}-{turn}")
                for _ in range(chance.randrange(5, 40)):
                    await client.send(_act(chance, number, turn))
                    await client.fence()
                if chance.random() < 0.5:
                    await client.send("QUIT :enough")
                    await client.expect_closed()
        await asyncio.sleep(0)


def _act(chance: random.Random, number: int, turn: int) -> str:
    room = chance.choice(ROOMS)
    return chance.choice(
        (
            f"JOIN {room}",
            f"JOIN {','.join(ROOMS)}",
            f"PART {room}",
            f"NICK c{number}-{turn}-{chance.randrange(9)}",
            f"PRIVMSG {room} :text",
            "AWAY :gone",
            "AWAY",
        )
    )


class Watcher:
    """Somebody in all rooms, who keeps the lists of members as every client does."""

    def __init__(self, client: IrcClient) -> None:
        self.client = client
        self.inside: dict[str, set[str]] = {room: set() for room in ROOMS}
        self._read = 0

    async def catch_up(self) -> dict[str, set[str]]:
        """The members of each room, by what was said so far."""
        await self.client.fence()
        for line in self.client.log[self._read :]:
            self._apply(line)
        self._read = len(self.client.log)
        return self.inside

    async def hears_more(self) -> None:
        """Wait until something has happened."""
        before = len(self.client.log)

        async def more() -> bool:
            await self.catch_up()
            return len(self.client.log) > before + 30

        await wait_until(more, "people come and go")

    def _apply(self, line: Line) -> None:
        match line.command:
            case "353":
                names = {name.lstrip("~&@%+") for name in line.text.split()}
                self.inside[line.params[2]] |= names
            case "JOIN":
                assert line.nick not in self.inside[line.params[0]], f"twice in: {line.raw}"
                self.inside[line.params[0]].add(line.nick)
            case "PART":
                assert line.nick in self.inside[line.params[0]], f"was not in: {line.raw}"
                self.inside[line.params[0]].remove(line.nick)
            case "QUIT":
                assert any(line.nick in names for names in self.inside.values()), line.raw
                for names in self.inside.values():
                    names.discard(line.nick)
            case "NICK":
                for names in self.inside.values():
                    if line.nick in names:
                        names.remove(line.nick)
                        names.add(line.params[0])


async def watch(people: People, gateway: Gateway, nick: str) -> Watcher:
    """Enter all rooms; the own JOIN stands before the first names."""
    watcher = Watcher(await people(gateway, nick, caps=("message-tags", "server-time")))
    await watcher.client.send(f"JOIN {','.join(ROOMS)}")
    for room in ROOMS:
        await watcher.client.expect(f" 366 {nick} {room} ")
    for line in watcher.client.log:
        if not (line.command == "JOIN" and line.nick == nick):
            watcher._apply(line)
    watcher._read = len(watcher.client.log)
    return watcher


async def members(chat: Chat) -> dict[str, set[str]]:
    """The members of each room as Redis has them: nicks."""
    return {
        room: {
            value.partition("\0")[2]
            for value in (
                await ask(chat.redis, "HGETALL", f"chat:room:{{{room}}}:members")
            ).values()
        }
        for room in ROOMS
    }


@pytest.mark.timeout(300)
async def test_whoever_watches_knows_who_is_there(own: Chat, people: People) -> None:
    chance = random.Random(1)
    watchers = [await watch(people, own.g1, "near"), await watch(people, own.g2, "far")]
    restless = [
        asyncio.create_task(churn([own.g1, own.g2], number, random.Random(number)))
        for number in range(8)
    ]
    for turn in range(15):
        await watchers[turn % 2].hears_more()
        for link in chance.sample(await links(own), chance.choice((0, 1, 2))):
            with suppress(Exception):
                await ask(own.redis, "CLIENT", "KILL", "ID", link)
        await asyncio.gather(*(watcher.catch_up() for watcher in watchers))
    for task in restless:
        task.cancel()
    await asyncio.gather(*restless, return_exceptions=True)
    await wait_for_roster(own.redis, {"near", "far"})
    await wait_until_consistent(own.redis)
    for watcher in watchers:
        assert await watcher.catch_up() == await members(own)
        assert heard(watcher.client, "NOTICE") == []
        assert len(heard(watcher.client, "JOIN")) > 50
    assert _replay(watchers[0]) == _replay(watchers[1]), "both saw one story"


def _replay(watcher: Watcher) -> dict[str, list[str]]:
    """What happened in each room, in its order: what concerns several rooms has an order of its own
    in each, so only what was said and who came and left one room is compared."""
    return {
        room: [
            line.tags["msgid"]
            for line in watcher.client.log
            if line.command in ("JOIN", "PART", "PRIVMSG", "TOPIC")
            and line.params[0] == room
            and not line.nick.startswith(("near", "far"))
        ]
        for room in ROOMS
    }


@pytest.mark.timeout(300)
async def test_gateways_die_while_people_come_and_go(own: Chat, people: People) -> None:
    """kill -9 of one gateway after the other under the same unrest; only they have short leases."""
    watcher = await watch(people, own.g1, "near")
    flags = ("--redis", own.redis.url, "--lease", str(SHORT_LEASE_S), "--flood-rate", "0")
    for turn in range(3):
        async with Gateway(*flags) as doomed:
            restless = [
                asyncio.create_task(churn([doomed], 10 * turn + number, random.Random(number)))
                for number in range(6)
            ]

            def busy(turn: int = turn) -> bool:
                joined = [line for line in watcher.client.log if line.nick.startswith(f"c{turn}")]
                return len(joined) > 50

            async def seen() -> bool:
                await watcher.catch_up()
                return busy()

            await wait_until(seen, "there is unrest")
            doomed.kill9()
            for task in restless:
                task.cancel()
            await asyncio.gather(*restless, return_exceptions=True)
            await wait_for_roster(own.redis, {"near"})
            assert await watcher.catch_up() == {room: {"near"} for room in ROOMS}
    await wait_until_consistent(own.redis)
