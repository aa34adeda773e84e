"""People who talk all the time, and the check that nothing was lost, doubled or disordered."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import People, ask, heard, said, say, texts, unavailable
from tests.support.irc import IrcClient
from tests.support.wait import PATIENCE_S, wait_until


class Speaker:
    """Says one numbered line after the other, each until it is acknowledged."""

    def __init__(self, client: IrcClient, room: str) -> None:
        self.client = client
        self.room = room
        self.acknowledged: dict[str, str] = {}
        """Text -> msgid."""
        self.refused = 0
        """Answers that said that the server cannot reach its store."""
        self.slowest_s = 0.0
        """The longest time that an answer took."""
        self._stop = False

    async def talk(self) -> None:
        """Until `stop`."""
        number = 0
        while not self._stop:
            await self._one(f"{self.client.nick} {number}")
            number += 1

    def stop(self) -> None:
        """Let the line that is being said be the last."""
        self._stop = True

    async def _one(self, text: str) -> None:
        key = text.replace(" ", "-")
        clock = asyncio.get_running_loop().time
        while True:
            asked = clock()
            answer = await say(self.client, self.room, text, f"chatd/id={key}")
            self.slowest_s = max(self.slowest_s, clock() - asked)
            if answer.command == "PRIVMSG":
                self.acknowledged[text] = answer.tags["msgid"]
                return
            assert unavailable(answer), answer.raw
            self.refused += 1
            # "service returns by itself": the PONG comes when it has
            await self.client.fence()


class Traffic:
    """Two speakers and a listener on each gateway, in one room.

    Use as ``async with``: at its end the speakers stop and `check` holds.
    """

    ROOM = "#traffic"

    def __init__(self, chat: Chat, people: People) -> None:
        self._chat = chat
        self._people = people
        self.speakers: list[Speaker] = []
        self.listeners: list[IrcClient] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._refused: list[int] = []

    async def __aenter__(self) -> Traffic:
        gateways = (self._chat.g1, self._chat.g2)
        for number, gateway in enumerate(gateways):
            self.listeners.append(await self._people(gateway, f"ear{number}", self.ROOM))
        for number in range(4):
            client = await self._people(gateways[number % 2], f"mouth{number}", self.ROOM)
            self.speakers.append(Speaker(client, self.ROOM))
        self._tasks = [asyncio.create_task(speaker.talk()) for speaker in self.speakers]
        await self.flows()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        for speaker in self.speakers:
            speaker.stop()
        try:
            await asyncio.wait_for(asyncio.gather(*self._tasks), 3 * PATIENCE_S)
        finally:
            for task in self._tasks:
                task.cancel()
        if kind is None:
            await self.check()

    async def flows(self) -> None:
        """Everybody has had new messages acknowledged."""
        before = [len(speaker.acknowledged) for speaker in self.speakers]

        def more() -> bool:
            self._raise_failures()
            counts = [len(speaker.acknowledged) for speaker in self.speakers]
            return all(now >= then + 20 for now, then in zip(counts, before, strict=True))

        await wait_until(more, "messages flow", 2 * PATIENCE_S)
        self._refused = [speaker.refused for speaker in self.speakers]

    async def refused(self) -> None:
        """Everybody has been told, since `flows`, that the server cannot reach its store."""

        def told() -> bool:
            self._raise_failures()
            counts = [speaker.refused for speaker in self.speakers]
            return all(now > then for now, then in zip(counts, self._refused, strict=True))

        await wait_until(told, "every speaker was refused")

    def _raise_failures(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()

    async def check(self) -> None:
        """ "every acknowledged message is in the stream exactly once and reached everybody" """
        stored = await said(self._chat.redis, self.ROOM)
        words = [text for _, text in stored]
        await wait_until_consistent(self._chat.redis)
        doubled = [text for text, count in Counter(words).items() if count > 1]
        entries = [(entry, text) for entry, text in stored if text in doubled]
        kept = await ask(self._chat.redis, "KEYS", "*sent*") if doubled else []
        assert doubled == [], f"a retry was a second message: {entries}, of {kept}"
        ids = {text: entry for entry, text in stored}
        for speaker in self.speakers:
            for text, msgid in speaker.acknowledged.items():
                assert msgid.rpartition("-")[0] == ids.get(text), f"{text!r} was acknowledged"
            own = [text for text in words if text.startswith(f"{speaker.client.nick} ")]
            assert own == sorted(own, key=lambda text: int(text.split()[1])), "in order"
        for listener in self.listeners:
            await listener.fence()
            got = texts(heard(listener, "PRIVMSG", self.ROOM))
            assert got == words, f"{listener.nick}: {_difference(got, words)}"
            assert heard(listener, "QUIT") == []
            assert heard(listener, "NOTICE") == []
        for speaker in self.speakers:
            await speaker.client.fence()
            own = texts(heard(speaker.client, "PRIVMSG", self.ROOM))
            assert Counter(own) == Counter(words), f"{speaker.client.nick} has had each once"


def _difference(got: list[str], words: list[str]) -> str:
    """What is missing, what is too much, and where the order is another."""
    pairs = enumerate(zip(got, words, strict=False))
    first = next((at for at, pair in pairs if len({*pair}) > 1), -1)
    return (
        f"missing {Counter(words) - Counter(got)}, too much {Counter(got) - Counter(words)},"
        f" at {first}: {got[first : first + 9]} instead of {words[first : first + 9]}"
    )


async def links(chat: Chat) -> list[str]:
    """Ids of the gateways' connections to Redis."""
    rows = str(await ask(chat.redis, "CLIENT", "LIST")).splitlines()
    return [row.split()[0].removeprefix("id=") for row in rows if "name=chatd-" in row]
