"""Walking through acts on a real server, with a look at all keys after each."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis

from chatd.store.errors import Refused
from chatd.store.packing import Packed
from chatd.store.pending import Pending, settled
from chatd.store.rooms import Change, Denied, Entrant
from chatd.store.schema.keys import NOBODY, Fate, Key, Owner, Ttl, of_kind, owned
from chatd.store.store import Store
from chatd.wire.modes import BY_LETTER

T = TypeVar("T")


class Walk:
    """Carries out acts, and looks at all keys after each.

    "A test walks all scripts on a real server and fails on a key that the schema does not know, has
    no TTL where it should, or survives its owner."
    """

    def __init__(self, client: Redis, *stores: Store) -> None:
        self.client: Any = client
        self.keys = stores[0].keys
        self.called = {"login", "post"}  # those are packed before
        self.names: dict[str, str] = {}
        """Id of a room -> its folded name."""
        for store in stores:
            self._watch(store)

    def _watch(self, store: Store) -> None:
        command = store._command

        def noted(act: str, key: str) -> tuple[Any, ...]:
            self.called.add(act)
            return command(act, key)

        store._command = noted  # type: ignore[method-assign]

    async def __call__(self, pending: Pending[T]) -> T:
        found = await settled(pending)
        await self.look()
        return found

    async def refused(self, pending: Pending[Any]) -> str:
        with pytest.raises(Refused) as refused:
            await self(pending)
        await self.look()
        return refused.value.word

    async def look(self) -> None:
        """Compare all keys with the schema."""
        there = sorted({key async for key in self.client.scan_iter(count=1000)})
        pipe = self.client.pipeline(transaction=False)
        for key in there:
            pipe.type(key).ttl(key)
        facts = await pipe.execute()
        gateways = await self.client.zrange(self.keys.leases, 0, -1)
        gateways.append(NOBODY)
        owners = {*there, *(self.keys.sessions(gateway) for gateway in gateways)}
        for gateway in gateways:
            owners |= {
                f"session {sid}" for sid in await self.client.hkeys(self.keys.sessions(gateway))
            }
        start = f"{self.keys.presence}:room:"
        self.names = {
            key.removeprefix(start): await self.client.get(key)
            for key in there
            if key.startswith(start)
        }
        lives = dict(zip(there, facts[1::2], strict=True))
        for key, type_, ttl in zip(there, facts[::2], facts[1::2], strict=True):
            kind = of_kind(key, self.keys.prefix)
            assert kind is not None, f"the schema does not know {key}"
            assert type_ == kind.type, key
            owner = self._owner(key, kind)
            alive = owner in owners
            if kind.ended in (Fate.DELETED, Fate.EMPTIES):
                assert alive, f"{key} survives its {kind.owner}"
            limited = kind.ttl == Ttl.ALWAYS or (kind.ttl == Ttl.AFTER_END and not alive)
            # a room whose last member was lost is kept for a time, with all that it has
            limited = limited or (kind.owner == Owner.ROOM and lives.get(owner, -1) > 0)
            assert (ttl > 0) is limited, f"{key} lives for {ttl} s"
        await self._look_at_members(there)

    async def _look_at_members(self, there: list[str]) -> None:
        """What lists users or rooms lists those that are there."""
        start = f"{self.keys.presence}:user:"
        users = {key.removeprefix(start) for key in there if key.startswith(start)}
        head = f"{self.keys.prefix}:room:{{"
        channels = [key for key in there if key.startswith(head) and key.endswith("}")]
        channels = [key for key in channels if await self.client.ttl(key) == -1]
        names = sorted(users)
        pipe = self.client.pipeline(transaction=False)
        for name in names:
            pipe.smembers(f"{self.keys.presence}:rooms:{name}")
        for channel in channels:
            pipe.hkeys(f"{channel}:members")
        for listed in ("umode:i", "umode:o", "plain", "roomlist"):
            pipe.smembers(f"{self.keys.presence}:{listed}")
        pipe.hvals(f"{self.keys.presence}:skeletons").scard(self.keys.online)
        *found, invisible, operators, plain, roomlist, looks, online = await pipe.execute()
        rooms = {_plain(channel[len(head) : -1]) for channel in channels}
        assert roomlist == rooms
        assert online == len(users)
        assert {*invisible, *operators, *looks} <= users
        assert plain <= {"*", *(self.keys.user(name) for name in users)}
        members = dict(zip(channels, map(set, found[len(names) :]), strict=True))
        assert set().union(*members.values()) <= users
        for name, inside in zip(names, found, strict=False):
            assert {self.names[rid] for rid in inside} == {
                room for room in rooms if name in members[self.keys.room(room)]
            }

    def _owner(self, key: str, kind: Key) -> str:
        """The key that is there while the owner is."""
        match = kind.matches(key, self.keys.prefix)
        assert match is not None
        if kind.owner in (Owner.SERVER, Owner.PERSON):
            return key
        if kind.owner == Owner.GATEWAY:
            return self.keys.sessions(match["id"])
        if kind.owner == Owner.SESSION:
            return f"session {match['sid']}"
        if kind.name == "by_id":
            return self.keys.room(self.names[match["rid"]])
        (facts,) = (one for one in owned(kind.owner) if one.name == "facts")
        name = match["room" if kind.owner == Owner.ROOM else "name"]
        return facts.filled(self.keys.prefix, _plain(name) if kind.owner == Owner.USER else name)


def _plain(name: str) -> str:
    return name.replace("%7B", "{").replace("%7D", "}").replace("%25", "%")


class People:
    """What somebody of a gateway does; everybody's session has the name of who it is."""

    def __init__(self, walk: Walk, store: Store) -> None:
        self.walk = walk
        self.store = store

    async def come(self, name: str, account: str = "", sid: str = "") -> None:
        logging_in = self.store.login(
            sid or name, name, name, "~u", "h", "r", (account, account), secure=not sid
        )
        await self.walk(logging_in)

    async def enter(self, name: str, room: str, key: str = "") -> str:
        entrant = Entrant(name, name, room, key)
        asked = self.store.join(room, [entrant], most=9, new=("nt", "o"), server="s")
        (refused,) = await self.walk(asked)
        return refused.word if refused else ""

    async def mode(self, name: str, room: str, text: str, param: str = "") -> list[Denied]:
        mode = BY_LETTER[text[1]]
        change = Change(text[0], mode.letter, param, param)
        return await self.walk(
            self.store.mode(name, name, room, [change], line_bytes=400, line_params=12, masks=9)
        )

    async def say(self, how: str, channel: str, name: str, command: str = "PRIVMSG") -> Any:
        reply: Pending[Any] = Pending()
        record = f"M\0{name}\0\0{name}\0{name}!u@h\0\0{command}\0{channel}\0\0hello\x001"
        to = Packed((how, channel, name))
        self.store.relay.act_batched(self.store.post_head, to, record.encode(), reply)
        return await self.walk(reply)


async def proofs(walk: Walk, store: Store, name: str) -> None:
    """Change how somebody who is online proves to own an account of the same name."""
    await walk(store.renew(name, "", "argon2id", "scram"))
    await walk(store.make_decoys(b"secret"))
    await walk(store.add_cert(name, name, "ab", 20))
    await walk(store.add_cert(name, name, "cd", 20))
    assert await walk.refused(store.add_cert(name, name, "ef", 2)) == "toomany"
    await walk(store.remove_cert(name, name, "cd"))
    assert await walk.refused(store.remove_cert(name, name, "cd")) == "nocert"
