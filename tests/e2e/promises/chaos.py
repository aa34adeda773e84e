"""A random life of a chat: people and faults, driven by a seed, and what is compared at each rest.

Nothing here waits for an answer between two rests, so that lines, faults and returns overlap.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field

from chatd.wire.casemap import fold
from tests.e2e.promises.absence import HOW, cut_link, rooms_of, settle
from tests.e2e.promises.consistency import contradictions
from tests.e2e.promises.happenings import ACTS
from tests.e2e.promises.support import ask, said
from tests.support.belief import Belief
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

ROOMS = ("#one", "#two", "#three", "#four")
NAMES = [f"p{number}" for number in range(16)]
"""Four more than there are people: one can always take a name that is free."""
PEOPLE = 12
CAPS = (
    "message-tags", "server-time", "batch", "echo-message", "labeled-response",
    "standard-replies", "chatd/id", "multi-prefix", "away-notify",
)  # fmt: skip
REST_S = 20.0
"""How long what disagrees may take to come to rest."""
PRESENCE = "chat:{chat:online}"


@dataclass(slots=True)
class Person:
    """One client, what it has believed so far, and what it has heard since the last rest."""

    client: IrcClient
    gateway: Gateway
    belief: Belief
    seen: int = 0
    heard: dict[str, list[str]] = field(default_factory=dict)
    """Room -> texts since the last rest; rooms that were left or entered since are not there."""
    whispers: list[str] = field(default_factory=list)
    """Texts of all private messages from others."""
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    """(room, text) since the last rest."""
    unknown: set[str] = field(default_factory=set)
    """Texts of own messages that were answered by FAIL: "whether a message in flight at that moment
    was taken is unknown", and so is whether their sender hears them."""

    def learn(self) -> None:
        """Take in what has been received since the last time."""
        for line in self.client.log[self.seen :]:
            self._learn(line)
        self.seen = len(self.client.log)

    def _learn(self, line: Line) -> None:
        self.belief.take(line)
        me = self.belief.nick
        who = line.params[1] if line.command == "KICK" else line.nick
        if line.command in {"JOIN", "PART", "KICK"} and who == me:
            self.heard.pop(line.params[0], None)
        elif line.command == "FAIL":
            self.unknown.add(line.tags.get("label", ""))
        elif line.command == "PRIVMSG":
            if line.nick == me and line.params[0].startswith("#"):
                self.acknowledged.append((line.params[0], line.text))
            if line.params[0] in self.heard:
                self.heard[line.params[0]].append(line.text)
            elif not line.params[0].startswith("#") and line.nick != me:
                self.whispers.append(line.text)

    def begin(self) -> None:
        """A new time between two rests begins."""
        self.heard = {room: [] for room in self.belief.rooms}
        self.acknowledged = []


class Chaos:
    """Twelve people, three gateways, and what befalls them."""

    def __init__(self, redis: RedisServer, gateways: list[Gateway], seed: int) -> None:
        self.redis = redis
        self.gateways = gateways
        self.chance = random.Random(seed)
        self.seed = seed
        self.people: list[Person] = []
        self.step = 0
        self.history: deque[str] = deque(maxlen=150)
        """What was done last, for the failure."""
        self.paused: dict[str, str] = {}
        """Id of a gateway -> "pause" or "freeze": until its lease is over."""
        self.trouble = ""
        """Why Redis refuses: a key of `HOW`, or ''."""
        self.created: dict[str, str | None] = {}
        """Room -> when it was made, at the last rest."""
        self.last: dict[str, tuple[int, ...]] = {}
        """Room -> id of the newest message in its stream at the last rest."""
        self.forgot = False
        """Whether Redis lost all that it held since the last rest."""

    # -- what happens ------------------------------------------------------------------------

    async def run(self, steps: int, between: int, flush: bool = False) -> None:
        """Take steps; come to rest and compare after every ``between`` of them."""
        await self.rest()
        while self.step < steps:
            await self.some(between // 2)
            if await self.let_lapse():
                await self.some(between // 4)  # while they are gone
            await self.resume_all()
            await self.some(between // 4, faults=False)  # while they return
            if flush and self.chance.random() < 0.3:
                self.note("FLUSHALL")
                self.forgot = True
                await ask(self.redis, "FLUSHALL")
            await self.rest()

    async def some(self, count: int, faults: bool = True) -> None:
        """Take some steps."""
        kinds = [act for act in ACTS if faults or act[0].isupper() or act[0] == "@"]
        for act in self.chance.choices(kinds, [ACTS[kind] for kind in kinds], k=count):
            self.step += 1
            await self.fill()
            await self.do(act)

    def note(self, what: str) -> None:
        """Remember what was done."""
        self.history.append(f"{self.step}: {what}")

    async def fill(self) -> None:
        """Somebody logs in where one is missing, under a name that may be free."""
        running = [gateway for gateway in self.gateways if gateway.id not in self.paused]
        if len(self.people) >= PEOPLE or self.trouble:
            return
        gateway, name = self.chance.choice(running), self.chance.choice(NAMES)
        client = await IrcClient.connect(gateway.host, gateway.port)
        try:
            await client.register(name, CAPS)
        except AssertionError:  # taken, or Redis is away just now
            await client.close()
            return
        self.note(f"{name} logs in at {gateway.id}")
        person = Person(client, gateway, Belief([]))
        person.learn()
        self.people.append(person)

    async def do(self, act: str) -> None:
        """One step."""
        if act[0].isupper() or act[0] == "@":
            await self.say(act)
        elif act in {"quit", "drop"}:
            await self.leave(act)
        else:
            await self.fault(act)

    async def say(self, act: str) -> None:
        """Somebody sends a line."""
        if not self.people:
            return
        person = self.chance.choice(self.people)
        line = act.format(
            room=self.chance.choice(ROOMS), name=self.chance.choice(NAMES), number=self.step
        )
        self.note(f"{person.belief.nick} at {person.gateway.id} sends {line}")
        with suppress(ConnectionError):
            await person.client.send(line)

    async def leave(self, act: str) -> None:
        """Somebody goes, by QUIT or by losing the socket."""
        if len(self.people) < PEOPLE // 2:
            return
        person = self.people.pop(self.chance.randrange(len(self.people)))
        self.note(f"{person.belief.nick} at {person.gateway.id}: {act}")
        with suppress(ConnectionError):
            if act == "quit":
                await person.client.send("QUIT :enough")
        await person.client.close()

    async def fault(self, act: str) -> None:
        """Something breaks, or is well again."""
        gateway = self.chance.choice(self.gateways)
        if act in {"pause", "freeze"}:
            if len(self.paused) == 2 or gateway.id in self.paused:
                return
            self.paused[gateway.id] = act
            gateway.pause()
        elif act == "resume":
            if self.paused.get(gateway.id) != "pause":
                return
            del self.paused[gateway.id]
            gateway.resume()
        elif act == "cut":
            with suppress(AssertionError):  # it is connecting just now
                await cut_link(self.redis, gateway)
        elif act == "well":
            await self.make_well()
            return
        elif self.trouble:
            return
        else:
            # the one node of a cluster takes no REPLICAOF
            self.trouble = "noreplicas" if self.redis.clustered and act == "readonly" else act
            await ask(self.redis, *HOW[self.trouble][0])
        self.note(f"{act} {gateway.id}")

    async def make_well(self) -> None:
        """Redis takes everything again."""
        if self.trouble:
            self.note(f"no {self.trouble} any more")
            await ask(self.redis, *HOW[self.trouble][1])
            self.trouble = ""

    async def let_lapse(self) -> bool:
        """Wait until frozen gateways were reaped; whether there are some."""
        frozen = [id_ for id_, how in self.paused.items() if how == "freeze"]
        if not frozen:
            return False
        await self.make_well()

        async def reaped() -> bool:
            key = f"{PRESENCE}:gateways"
            return not [id_ for id_ in frozen if await ask(self.redis, "ZSCORE", key, id_)]

        await wait_until(reaped, "frozen gateways were reaped", REST_S)
        self.note(f"reaped: {frozen}")
        return True

    async def resume_all(self) -> None:
        """All gateways run, and Redis is well."""
        await self.make_well()
        for gateway in self.gateways:
            if self.paused.pop(gateway.id, None):
                gateway.resume()
                self.note(f"resume {gateway.id}")

    # -- what must be true ---------------------------------------------------------------------

    async def rest(self) -> None:
        """Let everything come to rest; compare what everybody says."""
        await self.resume_all()
        while len(self.people) < PEOPLE:
            await self.fill()
        await self.drain()
        found: list[str] = []
        deadline = asyncio.get_running_loop().time() + REST_S
        while True:
            found = await self.disagreements()
            doubts = [f"{person.belief.nick} heard {doubt}" for person in self.people
                      for doubt in person.belief.doubts]  # fmt: skip
            found = doubts or found  # what was heard stays; the rest may be under way
            if doubts or not found or asyncio.get_running_loop().time() > deadline:
                break
        if not found:
            found = await self.messages()
        if found:
            raise AssertionError(self.failure(found))
        for person in self.people:
            person.begin()

    async def drain(self) -> None:
        """Read all that has come; who was closed is not there any more."""
        for person in list(self.people):
            try:
                await settle(person.client)
            except (AssertionError, ConnectionError) as error:
                last = person.client.log[-1]
                if last.command != "ERROR" or "taken" not in last.text:
                    raise AssertionError(
                        self.failure([f"{person.belief.nick} was closed: {error}"])
                    ) from None
                self.note(f"{person.belief.nick} was closed: {last.text}")
                self.people.remove(person)
                await person.client.close()
                continue
            person.learn()

    async def disagreements(self) -> list[str]:
        """Sentences about who says something else than the others."""
        await self.drain()
        found = await contradictions(self.redis)
        roster = set(await ask(self.redis, "SMEMBERS", "chat:online"))
        nicks = {person.belief.nick for person in self.people}
        if roster != nicks:
            found.append(f"roster and who is connected differ by {sorted(roster ^ nicks)}")
        rooms = {room: await self.stored(room) for room in ROOMS}
        for person in self.people:
            found += await self.compare(person, rooms)
        return found

    async def stored(self, room: str) -> tuple[dict[str, str], str]:
        """A room in Redis: nick -> prefix modes, and the topic."""
        key = f"chat:room:{{{room}}}"
        rows = await ask(self.redis, "HGETALL", f"{key}:members")
        members = {}
        for value in rows.values():
            modes, _, nick = value.partition("\0")
            members[nick] = modes
        return members, await ask(self.redis, "HGET", key, "topic") or ""

    async def compare(
        self, person: Person, rooms: dict[str, tuple[dict[str, str], str]]
    ) -> list[str]:
        """What one person believes and is answered, with what Redis holds."""
        belief, found = person.belief, []
        name = fold(belief.nick)
        held = await rooms_of(self.redis, name)
        if held != set(belief.rooms):
            found.append(f"{belief.nick} believes to be in {set(belief.rooms)}, Redis: {held}")
        for room in sorted(held & set(belief.rooms)):
            members, topic = rooms[room]
            believed = belief.rooms[room]
            if believed.members != members:
                found.append(f"{belief.nick} on {room}: {believed.members}, Redis: {members}")
                continue  # what NAMES says while some are on their way back is no contradiction
            if believed.topic != topic:
                found.append(f"{belief.nick} on {room}: {believed.topic!r}, Redis: {topic!r}")
            found += [
                f"{word} of {room} at {person.gateway.id}: {told}, Redis: {set(members)}"
                for word, told in (await asked(person.client, room)).items()
                if told != set(members)
            ]
        person.learn()
        return found

    async def messages(self) -> list[str]:
        """Whether each acknowledged message is there once, and was heard once and in order."""
        found = []
        for room in ROOMS:
            created = await ask(self.redis, "HGET", f"chat:room:{{{room}}}", "created")
            stored = [(_number(entry), text) for entry, text in await said(self.redis, room)]
            texts = [text for _, text in stored]
            new = [text for entry, text in stored if entry > self.last.get(room, (0, 0))]
            found += [f"{text} is in {room} {count} times" for text, count in
                      Counter(texts).items() if count > 1]  # fmt: skip
            # a room that ended meanwhile, or a Redis that lost all, has another history
            if created and created == self.created.get(room) and not self.forgot:
                found += self.check_room(room, new)
            self.created[room] = created
            self.last[room] = stored[-1][0] if stored else (0, 0)
        ears: dict[str, list[str]] = {}
        for person in self.people:
            for text in person.whispers:
                ears.setdefault(text, []).append(person.belief.nick)
        found += [f"{text} was heard by {nicks}" for text, nicks in ears.items() if len(nicks) > 1]
        self.forgot = False
        return found

    def check_room(self, room: str, new: list[str]) -> list[str]:
        """Of a room that was there all the time."""
        found = []
        for person in self.people:
            nick = person.belief.nick
            found += [f"{text} of {nick} was acknowledged and is not in {room}"
                      for where, text in person.acknowledged
                      if where == room and text not in new]  # fmt: skip
            heard = [text for text in person.heard.get(room, []) if text not in person.unknown]
            known = [text for text in new if text not in person.unknown]
            if room in person.heard and heard != known:
                found.append(f"{nick} heard in {room} {heard}, its history: {known}")
        return found

    def failure(self, found: list[str]) -> str:
        """All that one needs to see it again."""
        parts = [f"CHATD_TEST_SEED={self.seed}, step {self.step}:", *found, "", "What was done:"]
        parts += self.history
        for person in self.people:
            if any(person.belief.nick in sentence for sentence in found):
                parts += ["", f"{person.belief.nick} at {person.gateway.id} has heard last:"]
                parts += [line.raw for line in person.client.log[-60:]]
        return "\n".join(parts)


def _number(entry: str) -> tuple[int, ...]:
    """An id of a stream as something that compares."""
    return tuple(map(int, entry.split("-")))


async def asked(client: IrcClient, room: str) -> dict[str, set[str]]:
    """Nicks in a room as NAMES and as WHO tell them."""
    await client.send(f"NAMES {room}", f"WHO {room}")
    names: set[str] = set()
    who: set[str] = set()
    for line in await client.fence():
        if line.command == "353":
            names |= {word.lstrip("~&@%+") for word in line.text.split()}
        elif line.command == "352":
            who.add(line.params[5])
    return {"NAMES": names, "WHO": who}
