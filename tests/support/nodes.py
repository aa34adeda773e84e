"""A Redis Cluster of real processes on 127.0.0.1, which tests may kill, freeze and rearrange.

    async with RedisCluster("redis7") as cluster:
        old = await cluster.master()
        old.kill9()
        new = await cluster.master_other_than(old)

Everything of chatd is in one slot there, the one of `TAG`; so "the master" is the one that owns
it. Nothing is remembered of who that is: the nodes are asked.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self

import pytest

from tests.support.asking import Refusal
from tests.support.engines import DEFAULT_KIND, GHOST, RedisProcess, RedisServer, variant
from tests.support.wait import wait_until

TAG = "{chat}"
"""What all keys and channels begin with in a cluster."""
GLANCE_S = 0.5
"""For a node to say how it sees the cluster; one that is slower is asked again."""
DURABLE = (
    # what docs/operations.md recommends for a Redis that fails over
    *("--repl-diskless-sync-delay", "0"),
    *("--client-output-buffer-limit", "pubsub 256mb 128mb 60"),
    # and what makes failures show soon
    *("--repl-ping-replica-period", "1"),
)
_KEYS_A_TURN = 100


class Node(RedisServer):
    """One of the nodes of a cluster. ``kind``: any of the same program."""

    def __init__(self, kind: str, *flags: str) -> None:
        super().__init__(variant(kind, clustered=True), *flags)

    @property
    def url(self) -> str:
        """Its own address; a gateway is given that of the cluster."""
        return self.direct_url

    async def start(self) -> None:
        """Start it (again) and wait until it answers; the cluster need not be well."""
        await RedisProcess.start(self)


class Seen(NamedTuple):
    """A node as another one, or itself, sees it: a line of CLUSTER NODES."""

    id: str
    flags: frozenset[str]
    master: str
    epoch: int
    connected: bool
    slots: tuple[range, ...]

    @classmethod
    def read(cls, text: str) -> list[Seen]:
        """Return all lines of CLUSTER NODES."""
        lines = (line.split(" ") for line in text.splitlines())
        return [
            cls(
                *(part[0], frozenset(part[2].split(",")), part[3], int(part[6])),
                part[7] == "connected" or "myself" in part[2],
                tuple(_slots(slots) for slots in part[8:] if not slots.startswith("[")),
            )
            for part in lines
        ]


class RedisCluster:
    """A cluster of ``masters`` with as many ``replicas`` each, usable when ``async with`` begins.

    ``fsync`` is ``appendfsync``; ``flags`` are added to every node's.
    """

    def __init__(
        self,
        kind: str = DEFAULT_KIND,
        *flags: str,
        masters: int = 3,
        replicas: int = 1,
        node_timeout_ms: int = 2000,
        fsync: str = "everysec",
    ) -> None:
        timeout = ("--cluster-node-timeout", str(node_timeout_ms))
        settings = (*DURABLE, *timeout, "--appendfsync", fsync, *flags)
        self.shards = [[Node(kind, *settings) for _ in range(1 + replicas)] for _ in range(masters)]
        """As it begins: the master, then its replicas."""
        self.nodes = [node for shard in self.shards for node in shard]
        self._named = {node.id: node for node in self.nodes}

    @property
    def url(self) -> str:
        """The address of the cluster; every node is a seed."""
        return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}"

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._remove()

    async def slot(self) -> int:
        """Return the slot of all that chatd has."""
        return int(await self._awake()[0].ask("CLUSTER", "KEYSLOT", TAG))

    async def master(self) -> Node:
        """Return the node that owns the slot of `TAG`, as the latest word among the nodes has it.

        Waits until one that is awake has time to answer.
        """
        found = None

        async def known() -> bool:
            nonlocal found
            found = await self._owner()
            return found is not None

        await wait_until(known, "a node knows who owns the slot")
        assert found is not None
        return found

    async def replicas(self, of: Node) -> list[Node]:
        """Return the replicas of a master that are awake."""
        witness = of if of.awake else self._awake()[0]
        view = Seen.read(await witness.ask("CLUSTER", "NODES"))
        found = [self._named[seen.id] for seen in view if seen.master == of.id]
        return [node for node in found if node.awake]

    async def other_masters(self, than: Node) -> list[Node]:
        """Return the masters of the other slots, where the slot of `TAG` can move to."""
        view = Seen.read(await than.ask("CLUSTER", "NODES"))
        return [self._named[seen.id] for seen in view if seen.slots and seen.id != than.id]

    async def settled(self) -> None:
        """Wait until all nodes that are awake are of one mind, usable, and have their replicas."""
        await wait_until(self._is_settled, "the nodes agree, and every replica is in step")

    async def in_step(self) -> None:
        """Wait until the replicas have all that the master has now."""
        master = await self.master()
        await follow(await self.replicas(master), master)

    async def master_other_than(self, old: Node) -> Node:
        """Wait until another node owns the slot and the cluster is well; return it.

        ``old`` need not run; when it does, it follows by then.
        """

        async def moved() -> bool:
            return await self._owner() not in (None, old) and await self._is_settled()

        await wait_until(moved, f"another master than {old}, and a cluster that is well")
        return await self.master()

    async def fail_over(self, *, by_force: bool = False) -> Node:
        """Let a replica of the master take its place, as planned; return the new master.

        ``by_force`` is TAKEOVER: the replica asks nobody, and the master may have more than it.
        """
        old = await self.master()
        replica = (await self.replicas(old))[0]
        await replica.ask("CLUSTER", "FAILOVER", *(["TAKEOVER"] if by_force else []))
        return await self.master_other_than(old)

    async def move_at_once(self, target: Node) -> None:
        """Move the slot of `TAG` by CLUSTER MIGRATESLOTS; skips where the engine has it not."""
        source, slot = await self.master(), await self.slot()
        try:
            await source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id)
        except Refusal as refusal:
            if "unknown subcommand" not in str(refusal):
                raise
            pytest.skip("this engine moves slots key by key only")

        async def moved() -> bool:
            (job, *_) = await source.ask("CLUSTER", "GETSLOTMIGRATIONS")
            state = dict(zip(job[::2], job[1::2], strict=True))
            assert state["state"] not in ("failed", "cancelled"), state
            return bool(state["state"] == "success")

        await wait_until(moved, "the slot has moved")
        await self.settled()

    async def _start(self) -> None:
        """Start all nodes with a nodes.conf that knows them all, so that nobody has to meet.

        A master that starts refuses writes for two seconds, in case it is one no more. So who is to
        be master starts as a replica, of its replica or of a ghost, and takes over at once.
        """
        alone = [shard[0] for shard in self.shards if len(shard) == 1]
        ghosts = {node.id: secrets.token_hex(20) for node in alone}
        for node in self.nodes:
            node.write_nodes(*self._knowledge(node, ghosts))
        await asyncio.gather(*(node.start() for node in self.nodes))
        await wait_until(self._linked, "every node is connected with every other")
        for master, *_ in self.shards:
            await master.ask("CLUSTER", "FAILOVER", "TAKEOVER")
        await self.settled()
        for node in self.nodes:
            for ghost in ghosts.values():
                await node.ask("CLUSTER", "FORGET", ghost)

    def _knowledge(self, me: Node, ghosts: dict[str, str]) -> list[str]:
        lines = []
        for number, (first, *others) in enumerate(self.shards):
            slots = _share(number, len(self.shards))
            shard = me.shard_field(f"{number:040x}")
            owner = ghosts[first.id] if ghosts else others[0].id
            if ghosts:
                lines.append(f"{owner} {GHOST}{shard} master - 0 0 {number} connected {slots}")
            for node in (first, *others):
                flags = "myself," if node is me else ""
                role = f"master - 0 0 {number} connected {slots}"
                if node.id != owner:
                    role = f"slave {owner} 0 0 {number} connected"
                lines.append(f"{node.id} {node.address}{shard} {flags}{role}")
        return lines

    async def _linked(self) -> bool:
        views = [Seen.read(await node.ask("CLUSTER", "NODES")) for node in self.nodes]
        ids = {node.id for node in self.nodes}
        return all(seen.connected for view in views for seen in view if seen.id in ids)

    async def _owner(self) -> Node | None:
        slot = await self.slot()
        claims = [
            (seen.epoch, seen.id)
            for view in await self._views()
            for seen in view
            if any(slot in slots for slots in seen.slots)
        ]
        return self._named[max(claims)[1]] if claims else None

    async def _is_settled(self) -> bool:
        awake = self._awake()
        names = {node.id for node in awake}
        views = await self._views()
        minds = [
            {seen.id: (seen.master, seen.slots) for seen in view if seen.id in names}
            for view in views
        ]
        if len(views) < len(awake) or any(mind != minds[0] for mind in minds):
            return False
        with suppress(OSError, Refusal):  # it has just been killed, or loads what it was sent
            return all([await self._is_well(node, *minds[0][node.id]) for node in awake])
        return False

    async def _is_well(self, node: Node, master: str, slots: tuple[range, ...]) -> bool:
        if not await node.in_service():
            return False
        found = await node.info("replication")
        if slots:
            return found["role"] == "master"
        follows = found.get("master_link_status") == "up" and found["master_port"]
        return master in self._named and follows == str(self._named[master].port)

    async def _views(self) -> list[list[Seen]]:
        """What each node that is awake says of all of them."""
        asked = (node.ask("CLUSTER", "NODES", timeout=GLANCE_S) for node in self._awake())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return [Seen.read(text) for text in answers if isinstance(text, str)]

    def _awake(self) -> list[Node]:
        return [node for node in self.nodes if node.awake]

    def _remove(self) -> None:
        for node in self.nodes:
            node.remove()


class SlotMove:
    """The slot of `TAG` on its way to another master the old way, key by key.

    A test may stop between the steps: `begin`, `keys` as often as it likes, `end`.
    """

    def __init__(self, cluster: RedisCluster, source: Node, target: Node, slot: int) -> None:
        self.source, self.target, self.slot = source, target, slot
        self._cluster = cluster

    @classmethod
    async def of(cls, cluster: RedisCluster) -> Self:
        """Plan the move from who owns the slot to another master."""
        source = await cluster.master()
        target = (await cluster.other_masters(source))[0]
        return cls(cluster, source, target, await cluster.slot())

    async def begin(self) -> None:
        """From now on the source answers ASK for keys that it has not."""
        await self._set(self.target, "IMPORTING", self.source)
        await self._set(self.source, "MIGRATING", self.target)

    async def keys(self, at_most: int = 2**31) -> int:
        """Move keys, all unless ``at_most`` says how many; return how many were moved."""
        moved = 0
        while moved < at_most:
            count = min(_KEYS_A_TURN, at_most - moved)
            keys = await self.source.ask("CLUSTER", "GETKEYSINSLOT", self.slot, count)
            if not keys:
                break
            to: Iterable[str | int] = ("127.0.0.1", self.target.port, "", 0, 5000)
            await self.source.ask("MIGRATE", *to, "REPLACE", "KEYS", *keys)
            moved += len(keys)
        return moved

    async def end(self) -> None:
        """Give the slot to the target, tell all, and wait until all know."""
        masters = [self.target, self.source, *await self._cluster.other_masters(self.source)]
        for node in dict.fromkeys(masters):
            await self._set(node, "NODE", self.target)
        await self._cluster.settled()

    async def _set(self, node: Node, what: str, other: Node) -> Any:
        return await node.ask("CLUSTER", "SETSLOT", self.slot, what, other.id)


async def follow(replicas: Sequence[RedisServer], master: RedisServer) -> None:
    """Wait until replicas have all that their master has now."""
    end = int((await master.info("replication"))["master_repl_offset"])
    for replica in replicas:

        async def there(replica: RedisServer = replica) -> bool:
            return int((await replica.info("replication"))["slave_repl_offset"]) >= end

        await wait_until(there, f"{replica} has what {master} has")


def _slots(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _share(number: int, count: int) -> str:
    """A master's part of all slots, as nodes.conf has it."""
    return f"{16384 * number // count}-{16384 * (number + 1) // count - 1}"
