"""Two gateways on a Redis that fails over, people who talk all the time, and what must be true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import cast

from chatd.store.keys import Keys
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import People, ask, heard, said
from tests.e2e.promises.traffic import Traffic
from tests.support.engines import RedisServer
from tests.support.irc import IrcClient, Line
from tests.support.nodes import Node, RedisCluster
from tests.support.sentinels import SentinelGroup
from tests.support.servers import Gateway

Group = RedisCluster | SentinelGroup
_LOST = re.compile(r"has lost the last (\d+) events? of this room")


class Window:
    """Through which tests look at the master, as if it were a Redis that stands alone."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.keys = Keys(one_slot=isinstance(group, RedisCluster))
        self._master: RedisServer | None = None

    async def look(self) -> RedisServer:
        """Find the master, and look at it from now on."""
        self._master = await self.group.master()
        return self._master

    @property
    def direct_url(self) -> str:
        """Where the master was when it was looked for."""
        assert self._master is not None
        return self._master.direct_url

    def key(self, text: str) -> str:
        """A key or channel as docs/redis.md has it, as it is called here."""
        return text.replace("chat:", f"{self.keys.prefix}:")


class OnGroup:
    """A group and two gateways on it, as a `Chat` for what is asked of one."""

    def __init__(self, group: Group, g1: Gateway, g2: Gateway) -> None:
        self.group = group
        self.window = Window(group)
        self.chat = Chat(cast("RedisServer", self.window), g1, g2)

    @property
    def everything(self) -> Sequence[RedisServer]:
        """All servers of the group, but for Sentinels."""
        return self.group.nodes if isinstance(self.group, RedisCluster) else self.group.servers

    async def replicas(self, master: RedisServer) -> Sequence[RedisServer]:
        """Those of the master."""
        if isinstance(self.group, RedisCluster):
            assert isinstance(master, Node)
            return await self.group.replicas(master)
        return await self.group.replicas()

    async def other_master(self, old: RedisServer) -> RedisServer:
        """Wait until another one is the master; return it."""
        if isinstance(self.group, RedisCluster):
            assert isinstance(old, Node)
            return await self.group.master_other_than(old)
        return await self.group.master_other_than(old)


class Talk(Traffic):
    """Two speakers and a listener on each gateway, in a room on a Redis that fails over.

    ``lossless``: what was acknowledged is kept whatever happens to the master.
    """

    def __init__(self, on: OnGroup, people: People, *, lossless: bool) -> None:
        super().__init__(on.chat, people)
        self._on = on
        self._lossless = lossless

    async def check(self) -> None:
        """ "nothing acknowledged is lost where WAIT says so, nothing doubled, one order, ids
        equal, roster and rooms as Redis says"; what was handed out and is lost is said.
        """
        await self._on.window.look()
        redis = self._on.chat.redis
        await wait_until_consistent(redis)
        stored = await said(redis, self.ROOM)
        doubled = [text for text, count in Counter(text for _, text in stored).items() if count > 1]
        assert doubled == [], "a retry was a second message"
        ids = dict(stored)
        assert len(ids) == len(stored)
        everybody = [*self.listeners, *(speaker.client for speaker in self.speakers)]
        for client in everybody:
            await client.fence()
            self._check_what_was_heard(client, stored)
        for speaker in self.speakers:
            gone = {
                text for text, msgid in speaker.acknowledged.items() if _entry(msgid) not in ids
            }
            assert not (self._lossless and gone), f"acknowledged and lost: {gone}"
            self._check_order(speaker.client.nick, [text for _, text in stored])
        await self._check_rooms(everybody)

    def _check_what_was_heard(self, client: IrcClient, stored: list[tuple[str, str]]) -> None:
        lines = heard(client, "PRIVMSG", self.ROOM)
        entries = [_entry(line.tags["msgid"]) for line in lines]
        twice = [entry for entry, count in Counter(entries).items() if count > 1]
        assert twice == [], f"{client.nick} heard twice: {_around(client, twice[0])}"
        there = [entry for entry, _ in stored]
        kept = [entry for entry in entries if entry in set(there)]
        if client not in self.listeners:  # an echo that comes by a retry stands where that was
            kept.sort(key=there.index)
        assert kept == there, f"{client.nick} heard all, in one order"
        lost = len(entries) - len(kept)
        told = sum(_told(line) for line in heard(client, "NOTICE", self.ROOM))
        assert told == lost, f"{client.nick} was handed {lost} that are lost, and told of {told}"
        for line in heard(client, "QUIT"):
            raise AssertionError(f"{client.nick} heard {line.raw}")

    def _check_order(self, nick: str, words: list[str]) -> None:
        own = [int(text.split()[1]) for text in words if text.startswith(f"{nick} ")]
        assert own == sorted(own), f"the words of {nick} are in order"

    async def _check_rooms(self, everybody: list[IrcClient]) -> None:
        """Roster, members and NAMES on both gateways are the same people."""
        nicks = {client.nick for client in everybody}
        redis = self._on.chat.redis
        assert set(await ask(redis, "SMEMBERS", "chat:online")) == nicks
        assert set(await ask(redis, "HKEYS", f"chat:room:{{{self.ROOM}}}:members")) == nicks
        for client in self.listeners:
            await client.send(f"NAMES {self.ROOM}")
            lines = await client.lines_until(" 366 ")
            names = " ".join(line.text for line in lines if line.command == "353").split()
            assert {name.lstrip("@") for name in names} == nicks


def _entry(msgid: str) -> str:
    """The id of the entry in the log."""
    return msgid.rpartition("-")[0]


def _told(line: Line) -> int:
    found = _LOST.search(line.text)
    assert found, f"a notice of another kind: {line.raw}"
    return int(found[1])


def _around(client: IrcClient, entry: str) -> list[str]:
    """The lines where something was heard, with those next to it."""
    at = [number for number, line in enumerate(client.log) if entry in line.raw]
    near = sorted({one for number in at for one in range(max(0, number - 3), number + 4)})
    return [f"{number} {client.log[number].raw}" for number in near if number < len(client.log)]
