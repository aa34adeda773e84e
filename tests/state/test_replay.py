"""What was missed in several streams is one story: whoever hears it knows who is where."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from chatd.state import gaps
from chatd.state.gaps import Gaps
from chatd.state.local import LocalNetwork, LocalRoom
from chatd.state.replay import Owner
from chatd.store.pending import Pending
from tests.support.memory import MemoryGateway, World


async def test_a_quit_comes_after_the_last_words_in_every_room() -> None:
    """ "Acts over several rooms ... a gateway hands the event to each of its sessions once" """
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    alice, bob = await one.login("alice"), await two.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #a,#b")
    await bob.hears()
    two.relay.cut = True
    await alice.says("PRIVMSG #b :last words", "NICK alicia", "PRIVMSG #a :very last", "QUIT :bye")
    two.relay.cut = False
    two.on_link_up()
    assert await bob.hears() == [
        ":alice!~alice@127.0.0.1 PRIVMSG #b :last words",
        ":alice!~alice@127.0.0.1 NICK alicia",
        ":alicia!~alice@127.0.0.1 PRIVMSG #a :very last",
        ":alicia!~alice@127.0.0.1 QUIT :Quit: bye",
    ]


class Streams:
    """Streams as Redis would have written them: one act after the other, many within one ms."""

    def __init__(self, chance: random.Random) -> None:
        self.entries: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
        self.acts: list[bytes] = []
        self._chance = chance
        self._ms = 1000

    def write(self, kind: str, name: str, streams: list[str], *args: str) -> None:
        self._ms += self._chance.choice((0, 0, 0, 1, 400))
        spread = kind in "NQ"
        label = str(len(self.acts))
        self.acts.append(label.encode())
        act = (
            self._add("world", "\0".join((kind, "s", "", name, label, "", *args))) if spread else ""
        )
        for stream in streams:
            self._ms += self._chance.random() < 0.02  # a script may take a while
            self._add(stream, "\0".join((kind, "s", act, name, label, "", *args)))

    def _add(self, stream: str, record: str) -> str:
        entries = self.entries[stream]
        last = [int(part) for part in entries[-1][0].split(b"-")] if entries else [0, 0]
        number = last[1] + 1 if last[0] == self._ms else 0
        entries.append((b"%d-%d" % (self._ms, number), record.encode()))
        return entries[-1][0].decode()

    def gap(self, stream: str, after: bytes, most: int, uid: str = "") -> Pending[list[object]]:
        """As `Store.gap`."""
        start = tuple(map(int, after.split(b"-")))
        entries = self.entries[stream]
        found = [pair for pair in entries if tuple(map(int, pair[0].split(b"-"))) > start][:most]
        pending: Pending[list[object]] = Pending()
        count = len(entries)
        pending.resolve([count, count, after, *(word for pair in found for word in pair)])
        return pending


def history(chance: random.Random, acts: int) -> Streams:
    """A few people who join, part, talk, are renamed, quit and come again."""
    streams = Streams(chance)
    rooms = [f"room{number}:log" for number in range(4)]
    inside: dict[str, set[str]] = {f"p{number}": set() for number in range(5)}
    for number in range(acts):
        name = chance.choice(sorted(inside))
        room = chance.choice(rooms)
        if chance.random() < 0.15:
            new = f"p{number + 5}"
            streams.write("N", name, sorted(inside[name]), new, new)
            inside[new] = inside.pop(name)
        elif chance.random() < 0.1:
            streams.write("Q", name, sorted(inside.pop(name)), "bye")
            inside[f"p{number + 5}"] = set()
        elif room not in inside[name]:
            inside[name].add(room)
            streams.write("J", name, [room], room)
        elif chance.random() < 0.5:
            inside[name].remove(room)
            streams.write("P", name, [room], room)
        else:
            streams.write("M", name, [room], room)
    return streams


@pytest.mark.parametrize("seed", range(40))
def test_whoever_hears_the_story_knows_who_is_where(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "PAGE", 7)
    chance = random.Random(seed)
    streams = history(chance, 300)
    told: list[tuple[str, list[bytes]]] = []

    def apply(owner: Owner, payload: bytes) -> None:
        owner.feed.last_id, *fields = payload.split(b"\0")
        told.append((owner.stream, fields))

    reader = Gaps(streams, apply, lambda owner, count: pytest.fail("lost"))  # type: ignore[arg-type]
    owners: list[Owner] = [LocalNetwork("world", "world")]
    rooms = sorted(name.removesuffix(":log") for name in streams.entries if name != "world")
    owners += [LocalRoom(name, name) for name in rooms]
    for owner in owners:
        owner.feed.last_id = b"1-0"
    reader.heal(*owners)
    assert not reader.open
    for stream, entries in streams.entries.items():
        own = [b"\0".join(fields) for where, fields in told if where == stream]
        assert own == [record for _, record in entries], "each stream in its own order, once"
    _listen(told)


def _listen(told: list[tuple[str, list[bytes]]]) -> None:
    """Follow as a client does, which hears an act over several rooms once."""
    inside: dict[bytes, set[str]] = defaultdict(set)
    heard: set[bytes] = set()
    for stream, (kind, _, _, name, act, _, *args) in told:
        if stream == "world" or act in heard:
            continue
        heard.add(act)
        where = inside[name]
        if kind == b"J":
            assert stream not in where
            where.add(stream)
        else:
            assert stream in where, f"{name!r} is in {stream} for {kind!r} {act!r}"
        if kind == b"P":
            where.remove(stream)
        elif kind == b"Q":
            del inside[name]
        elif kind == b"N":
            inside[args[0]] = inside.pop(name)
