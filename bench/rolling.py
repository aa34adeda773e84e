"""What users notice when all gateways are restarted one after the other, and when one is killed.

Three gateways, 300 accounts in rooms of 30: a third are `chat` (its client library), a third are
programs that know nothing of history and connect again at once, a third wait ten seconds first, as
WeeChat does. Some of the `chat` users talk all the time. Then each gateway gets SIGTERM, and is
started again when it has ended; after that one is killed with SIGKILL. In the end each client is
compared with what was acknowledged in its rooms: lost, doubled, out of order; and how many QUITs
and JOINs of others it has heard. It prints one line.

    python bench/rolling.py [--users 300] [--rate 30] [--python PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from chatd.config import Config
from cli.client import events as ev
from cli.client.connection import Server
from cli.client.errors import NotConnected
from cli.client.handshake import Login
from cli.client.session import Session
from tests.support.irc import IrcClient
from tests.support.processes import free_port
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

ROOM_SIZE = 30
TALKERS = 10
PASSWORD = "open sesame"  # noqa: S105
SETTLED_S = 5.0
"""Before, between and after the faults."""


class Heard:
    """What one user has heard: texts by who said them, in their order; and comings and goings."""

    def __init__(self) -> None:
        self.texts: dict[str, list[int]] = {}
        self.moves: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """A numbered line: room, speaker, number."""
        room, speaker, number = text.split()
        self.texts.setdefault(f"{room} {speaker}", []).append(int(number))


class Plain:
    """A program that knows nothing of history, and connects again after a time.

    As WeeChat does it: to the same address first; where nobody listens it goes on to the next one
    at once, and after the last one waits again (`irc_server_switch_address`).
    """

    def __init__(self, name: str, room: str, ports: list[int], at: int, pause_s: float) -> None:
        self.name, self.room, self._ports, self.pause_s = name, room, ports, pause_s
        self._at = at
        self.heard = Heard()
        self.ready = asyncio.Event()
        self._tags: set[str] = set()

    async def run(self) -> None:
        """Stay connected until it is cancelled."""
        first = True
        while True:
            try:
                async with await self._connect() as client:
                    sasl = (self.name, PASSWORD)
                    await client.register(self.name, ("server-time",), sasl)
                    if first:
                        await client.send(f"JOIN {self.room}")
                        await client.expect(f" 366 .*{self.room}")
                        first = False
                    self.ready.set()
                    await self._read(client)
            except (OSError, AssertionError) as error:
                if "Closed by" not in str(error) and isinstance(error, AssertionError):
                    print(f"{self.name}: {str(error).splitlines()[0]}", file=sys.stderr)
            self.ready.clear()
            await asyncio.sleep(self.pause_s)

    async def _connect(self) -> IrcClient:
        while True:
            try:
                return await IrcClient.connect("127.0.0.1", self._ports[self._at])
            except OSError:
                self._at = (self._at + 1) % len(self._ports)
                if self._at == 0:
                    await asyncio.sleep(self.pause_s)

    async def _read(self, client: IrcClient) -> None:
        known = 0
        while True:
            for line in client.log[known:]:
                if line.command == "PRIVMSG":
                    self.heard.say(line.text)
                elif line.command in ("QUIT", "JOIN") and line.nick != self.name:
                    self.heard.moves[line.command] += 1
            known = len(client.log)
            await client.lines_until(lambda line: True, timeout=3600)


class Chat:
    """A user of `chat`. ``talks``: says numbered lines, a second apart from each other."""

    def __init__(self, name: str, room: str, address: Server, pause_s: float) -> None:
        self.name, self.room, self.pause_s = name, room, pause_s
        self.heard, self.said = Heard(), 0
        login = Login(name, PASSWORD, device=f"~{os.urandom(4).hex()}")
        self.session = Session(login, [address], self._on_event, rooms=[room])
        self.talking = False

    def _on_event(self, event: ev.Event) -> None:
        if isinstance(event, ev.Said):
            self.heard.say(event.text)
        elif isinstance(event, ev.Quit | ev.Joined) and event.nick != self.name:
            self.heard.moves["QUIT" if isinstance(event, ev.Quit) else "JOIN"] += 1

    async def run(self) -> None:
        """Stay connected until it is cancelled."""
        while True:
            with suppress(NotConnected):  # as whoever typed `chat login` would type it again
                await self.session.start()
                break
            await asyncio.sleep(1)
        await self.session.run()

    async def talk(self) -> None:
        """Until `talking` is False."""
        while self.talking:
            self.said += 1
            self.session.say(self.room, f"{self.room} {self.name} {self.said}")
            await asyncio.sleep(self.pause_s)


async def accounts(gateway: Gateway, names: list[str]) -> None:
    """Register all of them."""

    async def one(name: str) -> None:
        async with await IrcClient.connect("127.0.0.1", gateway.port) as client:
            await client.register(name)
            await client.send(f"REGISTER * * :{PASSWORD}")
            await client.expect("REGISTER SUCCESS", timeout=120)
            await client.send("QUIT")
            await client.expect_closed()

    for start in range(0, len(names), 20):
        await asyncio.gather(*map(one, names[start : start + 20]))


def _all_heard(users: list[Plain | Chat], talkers: list[Chat]) -> bool:
    return not difference(users, talkers)["lost"]


def difference(
    users: list[Plain | Chat], talkers: list[Chat], *, details: bool = False
) -> Counter[str]:
    """What each user has heard, compared with what was said in its room."""
    found: Counter[str] = Counter()
    for user in users:
        found.update(user.heard.moves)
        for talker in talkers:
            if talker.room != user.room:
                continue
            numbers = user.heard.texts.get(f"{talker.room} {talker.name}", [])
            found["expected"] += talker.said
            missing = sorted(set(range(1, talker.said + 1)) - set(numbers))
            found["lost"] += len(missing)
            if missing and details:
                span = f"{missing[0]} to {missing[-1]}"
                print(f"{kind(user)} {talker.name} lost: {span}", file=sys.stderr)
            doubled = [number for number, count in Counter(numbers).items() if count > 1]
            found["doubled"] += len(doubled)
            found["disordered"] += sum(a > b for a, b in itertools.pairwise(numbers))
            if doubled and details:
                print(f"{kind(user)} {talker.name} twice: {doubled}", file=sys.stderr)
    return found


async def measure(count: int, rate: float) -> Counter[str]:
    """Run it all."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        ports = [free_port() for _ in range(3)]
        gateways = [
            Gateway("--listen", f"127.0.0.1:{port}", "--advertise", f"127.0.0.1:{port}",
                    "--redis", redis.url, "--flood-rate", "0", "--lease", "5",
                    "--drain-time", str(Config().drain_s))
            for port in ports
        ]  # fmt: skip
        for gateway in gateways:
            await stack.enter_async_context(gateway)
        names = [f"user{number}" for number in range(count)]
        await accounts(gateways[0], names)
        users: list[Plain | Chat] = []
        for number, name in enumerate(names):
            room = f"#room{number // 3 // (ROOM_SIZE // 3)}"
            if number // 3 % 3 == 0:
                address = Server("127.0.0.1", ports[number % 3])
                users.append(Chat(name, room, address, TALKERS / rate))
            else:
                pause_s = 0.2 if number // 3 % 3 == 1 else 10.0
                users.append(Plain(name, room, ports, number % 3, pause_s))
        tasks = [asyncio.create_task(user.run()) for user in users]
        await asyncio.gather(*(ready(user) for user in users))
        await asyncio.sleep(SETTLED_S)
        chats = [user for user in users if isinstance(user, Chat)]
        talkers = chats[:: max(1, len(chats) // TALKERS)]
        for user in users:
            user.heard.moves.clear()
        for talker in talkers:
            talker.talking = True
        talking = [asyncio.create_task(talker.talk()) for talker in talkers]
        await asyncio.sleep(SETTLED_S)
        for gateway in gateways:
            print(f"{time.strftime('%X')} SIGTERM", file=sys.stderr)
            await gateway.terminate()
            await gateway.start()
            await asyncio.sleep(SETTLED_S)
        print(f"{time.strftime('%X')} SIGKILL", file=sys.stderr)
        gateways[0].kill9()
        await asyncio.sleep(25)
        await gateways[0].start()
        await asyncio.sleep(SETTLED_S)
        for talker in talkers:
            talker.talking = False
        await asyncio.gather(*talking, *(ready(user) for user in users))
        for talker in talkers:
            await talker.session.delivery.drain()
        try:
            await wait_until(partial(_all_heard, users, talkers), "all have heard all")
        except AssertionError as error:
            print(error, file=sys.stderr)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return difference(users, talkers, details=True)


def kind(user: Plain | Chat) -> str:
    """What it is, and its name."""
    return f"{type(user).__name__}, {user.pause_s:g} s: {user.name}"


async def ready(user: Plain | Chat) -> None:
    """Connected, and in the room."""
    await (user.ready if isinstance(user, Plain) else user.session.ready).wait()


def main() -> None:
    """Parse the flags and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--rate", type=float, default=30.0, help="messages per second, in all")
    parser.add_argument("--python", help="interpreter whose chatd the gateways run")
    given = parser.parse_args()
    if given.python:
        os.environ["CHATD_TEST_PYTHON"] = given.python
    found = asyncio.run(measure(given.users, given.rate))
    words = ("expected", "lost", "doubled", "disordered", "QUIT", "JOIN")
    print(", ".join(f"{word} {found[word]}" for word in words))


if __name__ == "__main__":
    main()
