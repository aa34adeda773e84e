"""What it costs to come back: a device that was away for 500 messages, until all is there.

An account is in 20 rooms, or 200, and has 5 conversations. Its phone leaves; then 500 messages are
said in all of them in turn, every tenth of those in rooms with its name in it. The phone comes
back through another gateway, as several kinds of clients do. Each has to be shown all of it once,
in order, and nothing that it had heard before; then UNREAD and INBOX have to count it. It prints
how long that took from the end of SASL on, and what Redis did for it, medians of several runs. The
gateway has the limits that it has by default, but for the number of rooms.

    python bench/comeback.py [--runs 5] [--engine redis7] [--rooms 20 200] [KIND ...]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench.meter import Meter, Work
from tests.e2e.asking import PASSWORD
from tests.support.engines import DEFAULT_KIND
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway, RedisServer

MESSAGES = 500
MENTION = 10
"""Every tenth of them in rooms has the account's name."""
BEFORE = 3
"""Messages in each room and conversation that the phone has heard before."""
FRIENDS = [f"friend{number}" for number in range(5)]
TIMED = ("batch", "message-tags", "server-time")
PAGE = 100
"""Messages of one CHATHISTORY, as gamja asks for them."""
ROOMS_MOST = ("--max-rooms-per-user", "1000")
UNLIMITED = ("--flood-rate", "0")
"""For the gateway where all is made ready."""


# -- what is said --------------------------------------------------------------------------------


@dataclass(slots=True)
class World:
    """Two gateways on one Redis; who is there; what the phone has missed, by target.

    ``since``: when the phone left, as `time=` has it.
    """

    stack: AsyncExitStack
    redis: RedisServer
    ready: Gateway
    measured: Gateway
    rooms: list[str]
    bob: IrcClient
    friends: dict[str, IrcClient]
    since: str = ""
    missed: dict[str, list[str]] = field(default_factory=dict)

    async def client(self, gateway: Gateway, nick: str, caps: tuple[str, ...], login: str) -> Any:
        """Connect somebody."""
        client = await self.stack.enter_async_context(
            await IrcClient.connect(gateway.host, gateway.port)
        )
        await client.register(nick, caps, (login, PASSWORD) if login else None)
        return client

    async def say(self, count: int, word: str) -> dict[str, list[str]]:
        """Say so many messages, in all rooms and conversations in turn; what was said in each."""
        said: dict[str, list[str]] = {}
        lines: dict[str, list[str]] = {"": [], **{name: [] for name in self.friends}}
        targets = cycle([*self.rooms, *self.friends])
        in_rooms = 0
        for number, target in zip(range(count), targets, strict=False):
            text = f"{word} {number}"
            if target in self.friends:
                lines[target].append(f"PRIVMSG anna :{text}")
            else:
                text += " anna" if word == "new" and not in_rooms % MENTION else ""
                in_rooms += 1
                lines[""].append(f"PRIVMSG {target} :{text}")
            said.setdefault(target, []).append(text)
        for name, some in lines.items():
            client = self.friends[name] if name else self.bob
            await client.send(*some)
            await client.fence()
        return said


async def registered(world: World, name: str) -> IrcClient:
    """Somebody with an account."""
    client: IrcClient = await world.client(world.ready, name, (), "")
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS", unless=" FAIL ")
    return client


def joins(rooms: list[str]) -> list[str]:
    """Lines that enter them."""
    return [f"JOIN {','.join(rooms[at : at + 20])}" for at in range(0, len(rooms), 20)]


async def made(stack: AsyncExitStack, engine: str, rooms: int) -> World:
    """All is ready, and nobody has left."""
    redis = await stack.enter_async_context(RedisServer(engine))
    flags = ("--redis", redis.url, "--lease", "60", *ROOMS_MOST)
    ready = await stack.enter_async_context(Gateway(*flags, *UNLIMITED))
    measured = await stack.enter_async_context(Gateway(*flags))
    names = [f"#room{number}" for number in range(rooms)]
    bob = await stack.enter_async_context(await IrcClient.connect(ready.host, ready.port))
    world = World(stack, redis, ready, measured, names, bob, {})
    await bob.register("bob")
    await bob.send(*joins(names))
    await bob.fence()
    for name in FRIENDS:
        world.friends[name] = await registered(world, name)
    anna = await registered(world, "anna")
    await anna.send("QUIT")
    await anna.expect_closed()
    return world


# -- how it comes back ---------------------------------------------------------------------------


class Phone:
    """The device that comes back: counts what it is shown."""

    def __init__(self, client: IrcClient) -> None:
        self.client = client
        self.shown: dict[str, list[str]] = {}
        self.count = 0

    async def log_in(self, *caps: str) -> None:
        """Up to the end of SASL: to check a password takes its time, whatever was missed."""
        secret = b64encode(f"\0anna@phone\0{PASSWORD}".encode()).decode()
        await self.client.send(f"CAP REQ :sasl {' '.join(caps)}", "NICK anna", "USER anna 0 * :A")
        await self.client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {secret}")
        await self.client.expect(" 903 ", unless=" (904|NAK) ")

    async def until(self, wanted: Callable[[Line], bool]) -> None:
        """Read until a line is there."""
        while True:
            line = await self.client.expect(lambda line: True)
            if line.command == "PRIVMSG" and line.source and "!" in line.source:
                target = line.params[0] if line.params[0].startswith("#") else line.nick
                self.shown.setdefault(target, []).append(line.text)
                self.count += 1
            if wanted(line):
                return

    async def until_all(self) -> None:
        """Read until as many messages are there as were missed."""
        if self.count < MESSAGES:
            await self.until(lambda _: self.count >= MESSAGES)


async def plain(world: World, phone: Phone) -> None:
    """A client that knows nothing of history: the server shows what was missed."""
    await phone.client.send("CAP END")
    await phone.until_all()


async def joining(world: World, phone: Phone) -> None:
    """The same, which enters its rooms by itself, because nobody of its account has stayed."""
    await phone.client.send("CAP END")
    await phone.until(lambda line: line.command in ("376", "422"))
    await phone.client.send(*joins(world.rooms))
    await phone.until_all()


async def chathistory(world: World, phone: Phone) -> None:
    """As gamja does: TARGETS, then AFTER for each at once."""
    await phone.client.send("CAP END")
    await phone.until(lambda line: line.command in ("376", "422"))
    now = time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime())
    between = f"timestamp={world.since} timestamp={now}"
    await phone.client.send(f"CHATHISTORY TARGETS {between} 1000")
    targets: list[str] = []

    def listed(line: Line) -> bool:
        if line.command == "CHATHISTORY":
            targets.append(line.params[1])
        return line.command == "BATCH" and line.params[0].startswith("-")

    # The batches of rooms come before that of the list: those are of another type.
    await phone.until(listed)
    assert len(targets) == len(world.missed), f"{len(targets)} targets"
    await phone.client.send(
        *(f"CHATHISTORY AFTER {name} timestamp={world.since} {PAGE}" for name in targets)
    )
    await phone.until_all()


async def playback(world: World, phone: Phone) -> None:
    """As ZNC's clients do."""
    await phone.client.send("CAP END")
    await phone.until(lambda line: line.command in ("376", "422"))
    moment = time.mktime(time.strptime(world.since[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    await phone.client.send(f"PRIVMSG *playback :PLAY * {moment:.0f}{world.since[19:-1]}")
    await phone.until_all()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of client; ``stays``: another device of the account; ``quits``: it says QUIT."""

    come_back: Callable[[World, Phone], Awaitable[None]]
    caps: tuple[str, ...]
    stays: bool = True
    quits: bool = True


KINDS = {
    "plain": Kind(plain, TIMED),
    "plain, its wire broke": Kind(plain, TIMED, stays=False, quits=False),
    "plain, enters its rooms": Kind(joining, TIMED, stays=False),
    "CHATHISTORY": Kind(chathistory, (*TIMED, "draft/chathistory")),
    "*playback": Kind(playback, (*TIMED, "znc.in/playback")),
}


async def leave(world: World, kind: Kind) -> None:
    """The phone has read what was said, and goes."""
    caps = (*TIMED, "draft/chathistory")
    if kind.stays:
        laptop = await world.client(world.ready, "anna", (), "anna@laptop")
        await laptop.send(*joins(world.rooms))
        await laptop.fence()
    phone = await world.client(world.ready, "anna", caps, "anna@phone")
    if not kind.stays:
        await phone.send(*joins(world.rooms))
        await phone.fence()
    targets = [*world.rooms, *world.friends]
    await world.say(BEFORE * len(targets), "old")
    heard = [line for line in await phone.fence() if line.command == "PRIVMSG"]
    world.since = heard[-1].tags["time"]
    await phone.send(*(f"MARKREAD {name} timestamp={world.since}" for name in targets))
    await phone.fence()
    if kind.quits:
        await phone.send("QUIT")
        await phone.expect_closed()
    else:
        await phone.close()
    await world.bob.fence()


# -- what is measured ----------------------------------------------------------------------------


async def measure(name: str, engine: str, rooms: int) -> dict[str, Work]:
    """One run: what it took to come back, and to ask UNREAD and INBOX."""
    kind = KINDS[name]
    async with AsyncExitStack() as stack:
        world = await made(stack, engine, rooms)
        await leave(world, kind)
        world.missed = await world.say(MESSAGES, "new")
        gateway = world.measured
        client = await stack.enter_async_context(
            await IrcClient.connect(gateway.host, gateway.port)
        )
        phone, meter = Phone(client), Meter(world.redis)
        await phone.log_in(*kind.caps)
        await meter.start()
        await kind.come_back(world, phone)
        work = {name: await meter.stop(time.perf_counter())}
        await phone.client.send("PING :over")
        await phone.until(lambda line: line.command == "PONG")
        assert phone.shown == world.missed, "it is not all, not once, or not in order"
        for command, check in (("UNREAD", check_unread), ("INBOX 1000", check_inbox)):
            await meter.start()
            await client.send(command)
            lines = await client.lines_until(f"{command.split(' ')[0]} END")
            work[command] = await meter.stop(time.perf_counter())
            check(world, lines)
        return work


def mentions(texts: list[str]) -> int:
    """How many of them have the account's name."""
    return sum(text.endswith(" anna") for text in texts)


def check_unread(world: World, lines: list[Line]) -> None:
    """As many as were missed, everywhere."""
    counts = {line.params[0]: tuple(map(int, line.params[1:3])) for line in lines[:-1]}
    assert counts == {
        target: (len(texts), mentions(texts) if target in world.rooms else len(texts))
        for target, texts in world.missed.items()
    }, "UNREAD counts something else"


def check_inbox(world: World, lines: list[Line]) -> None:
    """Private messages, and those with the name."""
    expected = sorted(
        text
        for target, texts in world.missed.items()
        for text in texts
        if target in world.friends or text.endswith(" anna")
    )
    found = [line.text for line in lines if line.command == "PRIVMSG"]
    assert sorted(found) == expected, "INBOX has something else"


def row(name: str, rooms: int, runs: list[Work]) -> str:
    """Medians of the runs."""

    def median(value: Callable[[Work], float]) -> float:
        return statistics.median(value(run) for run in runs)

    calls = runs[-1].calls
    named = ", ".join(f"{count} {call}" for call, count in calls.most_common(4))
    longest = max(runs, key=lambda run: run.longest_ms)
    cells = [
        name, f"{rooms}", f"**{median(lambda run: run.ms):.0f}**",
        f"{median(lambda run: run.calls.total()):.0f}: {named}",
        f"{median(lambda run: run.commands):.0f}", f"{median(lambda run: run.took_ms):.1f}",
        f"{median(lambda run: run.longest_ms):.1f}, {longest.longest_ms:.1f} {longest.longest}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def table(measured: dict[tuple[str, int], list[Work]]) -> Iterator[str]:
    """All rows."""
    yield (
        "| who, what | rooms | ms | calls | Redis' commands | Redis, ms"
        " | longest call, ms: median, most |"
    )
    yield "|---|---|---|---|---|---|---|"
    for (name, rooms), runs in measured.items():
        yield row(name, rooms, runs)


async def main() -> None:
    """Measure all kinds, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default=DEFAULT_KIND, help="see docs/development.md")
    parser.add_argument("--rooms", type=int, nargs="+", default=[20, 200])
    parser.add_argument("kinds", nargs="*", help="parts of their names")
    given = parser.parse_args()
    measured: dict[tuple[str, int], list[Work]] = {}
    for rooms in given.rooms:
        for name in KINDS:
            if given.kinds and not any(part in name for part in given.kinds):
                continue
            for _ in range(given.runs):
                for what, work in (await measure(name, given.engine, rooms)).items():
                    measured.setdefault((what, rooms), []).append(work)
    print("\n".join(table(dict(sorted(measured.items(), key=lambda one: one[0][1])))))


if __name__ == "__main__":
    asyncio.run(main())
