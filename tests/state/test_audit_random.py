"""Random acts, of which Redis loses the last ones: afterwards everybody believes what is so.

CHATD_TEST_SEEDS=1000 pytest tests/state/test_audit_random.py
"""

from __future__ import annotations

import os
import random

import pytest

from tests.state.test_audit import Chat
from tests.support.memory import Client

pytestmark = pytest.mark.slow

SEEDS = int(os.environ.get("CHATD_TEST_SEEDS", "40"))
NAMES = ("ann", "ben", "cat", "dan", "eva", "fay")
ROOMS = ("#a", "#b", "#c")
ACTS = {
    "JOIN {room}": 6,
    "PART {room}": 2,
    "KICK {room} {name}": 2,
    "MODE {room} +o {name}": 3,
    "MODE {room} -o {name}": 2,
    "MODE {room} +v {name}": 3,
    "MODE {room} +m": 1,
    "MODE {room} -m": 1,
    "TOPIC {room} :{number}": 2,
    "NICK {nick}": 2,
    "PRIVMSG {room} :{number}": 4,
    "PRIVMSG {name} :{number}": 3,
    "QUIT": 1,
}
"""What may happen -> how often. For who quits somebody else comes."""
TOLD_TWICE = ("shares no room", " :Quit: ': ")
"""What one thinks of a QUIT that is told again, and of the PART of who has quit while Redis was
away from a room where that one had not been seen."""


class Story:
    """Six people on two gateways; nobody takes the name that another has had."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.chat = Chat()
        self.people: list[tuple[int, Client]] = []
        self.vacant: list[int] = []
        """Gateways of those who left while Redis was away."""
        self.done: list[str] = []
        self.count = 0

    async def begin(self) -> None:
        for gateway in self.chat.gateways:
            await gateway.network.start()
        for number, name in enumerate(NAMES):
            self.people.append((number % 2, await self.chat.login(number % 2, name)))

    async def act(self, count: int, *gateways: int) -> None:
        """Some acts of people on these gateways."""
        for act in self.chance.choices([*ACTS], [*ACTS.values()], k=count):
            some = [client for gateway, client in self.people if gateway in gateways]
            client = self.chance.choice(some)
            assert client.session.user is not None
            self.count += 1
            # nobody makes good what was told elsewhere of who has not heard of it
            users = [one.session.user for gateway, one in self.people if gateway in gateways]
            line = act.format(
                room=self.chance.choice(ROOMS),
                name=self.chance.choice([user.nick for user in users if user]),
                nick=f"{client.session.user.nick[:3]}{self.count}",
                number=self.count,
            )
            self.done.append(f"{client.session.user.nick}: {line}")
            await self.chat.do(client, line)
            if act == "QUIT":
                await self.come_instead(client)

    async def leave(self) -> None:
        """Somebody leaves while Redis is away."""
        gateway, client = self.people.pop(self.chance.randrange(len(self.people)))
        self.vacant.append(gateway)
        assert client.session.user is not None
        self.done.append(f"{client.session.user.nick}: QUIT")
        await self.chat.do(client, "QUIT")
        del self.chat.logs[client]

    async def fill_up(self) -> None:
        """Somebody comes for each who has left so."""
        while self.vacant:
            self.count += 1
            gateway = self.vacant.pop()
            self.people.append((gateway, await self.chat.login(gateway, f"new{self.count}")))

    async def come_instead(self, gone: Client) -> None:
        """Somebody new, on the same gateway."""
        del self.chat.logs[gone]
        at = next(at for at, (_, client) in enumerate(self.people) if client is gone)
        gateway = self.people[at][0]
        self.people[at] = gateway, await self.chat.login(gateway, f"new{self.count}")

    async def check(self) -> None:
        try:
            await self.chat.check(*TOLD_TWICE)
            for _, client in self.people:
                assert not client.pipe.closed
        except AssertionError as error:
            logs = ["", *(client.session.sid + ": " + line for _, client in self.people
                          for line in self.chat.logs[client][-30:])]  # fmt: skip
            raise AssertionError("\n".join([str(error), *self.done, *logs])) from None


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_everybody_believes_what_is_so(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    story = Story(seed)
    await story.begin()
    await story.act(30, 0, 1)
    await story.check()
    for _ in range(3):
        story.chat.save()
        story.done.append("-- saved")
        first, second = story.chance.sample((0, 1), 2)
        heard_by = [0, 1]
        if story.chance.random() < 0.3:  # the link of one is lost before
            heard_by.remove(story.chance.choice((0, 1)))
            story.chat.gateways[1 - heard_by[0]].relay.cut = True
            story.done.append(f"-- only {heard_by} hear what is lost")
        await story.act(story.chance.randrange(12), *heard_by)
        story.chat.crash()
        story.done.append("-- rolled back")
        if story.chance.random() < 0.5:
            await story.leave()
        story.done.append(f"-- {first} is back")
        await story.chat.connect(first)
        await story.act(story.chance.choice((0, 0, 5)), first)
        story.done.append("-- the other is back")
        await story.chat.connect(second)
        await story.check()
        await story.fill_up()
        await story.act(10, 0, 1)
        await story.check()
    assert "Traceback" not in caplog.text
