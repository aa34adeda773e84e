"""Clients that know nothing of history, lose their gateways and come back; and who talks meanwhile.

Whatever the connections of one client show it, it has heard: each message once, in order.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter, defaultdict
from contextlib import suppress

from chatd.state.events import id_order
from chatd.state.heard import next_entry
from tests.e2e.promises.support import People, ask
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

PASSWORD = "open sesame"
PLAIN = ("away-notify",)
TAGGED = ("message-tags", "server-time", "batch")
"""Both know nothing of history."""
RST_S = 0.3
"""What a kernel has taken it may acknowledge 40 ms later; then the client is at hand, in a busy
machine somewhat later."""
_STAMP = re.compile(r"^\[(\d{4}-\d\d-\d\d )?\d\d:\d\d\] ")


class Returner:
    """A program with an account. ``login``: NAME or NAME@DEVICE."""

    def __init__(self, login: str, caps: tuple[str, ...]) -> None:
        self.login, self.caps = login, caps
        self.nick = login.partition("@")[0]
        self.got: dict[str, list[str]] = defaultdict(list)
        """Target -> texts, over all its connections."""
        self.cuts: list[float] = []
        """When it broke its connection."""
        self._client: IrcClient | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def client(self) -> IrcClient:
        """Its latest connection."""
        assert self._client is not None
        return self._client

    async def come(self, gateway: Gateway) -> None:
        """Connect through a gateway, and read from then on."""
        client = self._client = await IrcClient.connect(gateway.host, gateway.port)
        await client.register(self.nick, self.caps, (self.login, PASSWORD))
        self._reading = asyncio.create_task(self._read(client))

    async def _read(self, client: IrcClient) -> None:
        seen = 0
        with suppress(AssertionError):
            while True:
                for line in client.log[seen:]:
                    if line.command == "PRIVMSG":
                        self.got[line.params[0]].append(_STAMP.sub("", line.text))
                seen = len(client.log)
                await client.expect(lambda _: True, timeout=60)

    async def gone(self) -> None:
        """All that came has been read: the connection has ended."""
        assert self._reading is not None
        await asyncio.wait_for(self._reading, 20)
        await self.client.close()

    async def cut(self) -> None:
        """Its kernel breaks the connection."""
        self.cuts.append(time.monotonic())
        self.client.cut()
        await self.gone()

    async def leave(self) -> None:
        """It says QUIT, and hears what was said before."""
        await self.client.send("QUIT")
        await self.gone()


class Talk:
    """One who talks to rooms and to people all the time, through a gateway that stays."""

    def __init__(self, client: IrcClient, targets: list[str]) -> None:
        self._client = client
        self._numbers = {target: itertools.count() for target in targets}
        self.said: dict[str, list[str]] = {target: [] for target in targets}
        self._when: dict[str, float] = {}
        self._stop = False
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        while not self._stop:
            for target, number in self._numbers.items():
                text = f"{target} {next(number)}"
                self.said[target].append(text)
                self._when[text] = time.monotonic()
                await self._client.send(f"PRIVMSG {target} :{text}")
                await asyncio.sleep(0.002)
            await self._client.fence()

    def since(self, seconds: float) -> set[str]:
        """What was said in the last seconds."""
        begin = time.monotonic() - seconds
        return {text for text, when in self._when.items() if when > begin}

    async def end(self) -> None:
        """All that is said has been acknowledged."""
        self._stop = True
        await self._task

    def is_from_before(self, text: str, cuts: list[float]) -> bool:
        """Whether something was said right before a connection broke."""
        return any(cut - RST_S < self._when[text] < cut for cut in cuts)


async def account(people: People, gateway: Gateway, nick: str) -> None:
    """There is an account of that name from now on."""
    client = await people.stranger(gateway)
    await client.register(nick)
    await client.send(f"REGISTER * * :{PASSWORD}", "QUIT")
    await client.expect("REGISTER SUCCESS")
    await client.expect_closed()


async def unnoted(
    redis: RedisServer, gateway: Gateway, rooms: list[str], nicks: list[str]
) -> set[str]:
    """What a gateway that was stopped has not noted as told: it may have told some of it."""
    heard = await ask(redis, "GET", f"chat:{{chat:online}}:heard:{gateway.id}")
    channels = [f"chat:room:{{{room}}}" for room in rooms] + [f"chat:user:{{{n}}}" for n in nicks]
    texts = set()
    for channel in channels:
        first = next_entry(heard, redis.key(channel))
        for entry, fields in await ask(redis, "XRANGE", f"{channel}:log", "-", "+"):
            record = fields["e"].split("\0")
            if record[0] == "M" and id_order(entry.encode()) >= first:
                texts.add(record[9])
    return texts


def check(one: Returner, talk: Talk, may_be_twice: set[str]) -> None:
    """Each once, in order; but what could be told twice may be."""
    for target, said in talk.said.items():
        if target[0] != "#" and target != one.nick:
            continue
        got, counts = one.got[target], Counter(one.got[target])
        lost = [text for text in said if not counts[text]]
        assert lost == [], f"{one.login} has lost {lost} of {len(said)}"
        twice = [text for text, count in counts.items() if count > 1]
        wrong = [text for text in twice
                 if not (text in may_be_twice or talk.is_from_before(text, one.cuts))]  # fmt: skip
        assert wrong == [], f"{one.login} has heard {wrong} of {len(said)} twice"
        first = {text: at for at, text in reversed([*enumerate(got)])}
        assert sorted(first, key=first.__getitem__) == said, "in order"
