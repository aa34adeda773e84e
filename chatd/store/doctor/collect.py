"""Asks all nodes, and who watches them. Each has little time; one that is silent is a finding."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from chatd.redis_url import Endpoint, Group, read
from chatd.store.admin import Admin, fields
from chatd.store.dialect import Dialect
from chatd.store.doctor import acl
from chatd.store.doctor.facts import Cluster, Facts, Kind, Node, Sentinel, replicas_of
from chatd.store.errors import StoreError, StoreRefused, StoreUnavailable
from chatd.store.keys import Keys
from chatd.store.topology import Topology, topology

ANSWER_S: Final = 3.0
"""For one answer."""
PINGS: Final = 5
SETTINGS: Final = (
    "appendonly", "appendfsync", "save", "stop-writes-on-bgsave-error",
    "client-output-buffer-limit", "timeout", "busy-reply-threshold", "min-replicas-to-write",
    "repl-diskless-sync-delay", "replica-priority", "cluster-node-timeout",
    "cluster-require-full-coverage", "cluster-replica-no-failover",
)  # fmt: skip


async def collect(url: str, prefix: str, lease_s: float, sync_replicas: int) -> Facts:
    """All facts. Raises StoreError when not even the master can be found or asked."""
    found = topology(url, prefix)
    asking = _Asking(Keys(prefix, one_slot=found.dialect.one_slot), found.dialect, sync_replicas)
    place = read(url)
    sentinels: list[Sentinel] = []
    cluster = None
    if isinstance(place, Group) and place.kind == Kind.CLUSTER:
        kind = Kind.CLUSTER
        nodes, cluster = await _cluster(asking, place)
    else:
        kind = Kind.SENTINEL if isinstance(place, Group) else Kind.SINGLE
        sentinels = await _sentinels(place) if isinstance(place, Group) else []
        nodes = await _master(asking, found, must=kind == Kind.SINGLE)
    return Facts(kind, nodes, lease_s, sync_replicas, sentinels, cluster)


async def _master(asking: _Asking, group: Topology, *, must: bool) -> list[Node]:
    """The master and its replicas: those that Sentinels know, or those that it has."""
    at = await group.master()
    master = await asking.node(at, _shown(at), must=must)
    replicas = await group.replicas() or [_beside(at, one.name) for one in replicas_of(master.info)]
    return [master, *await asking.nodes([(one, _shown(one)) for one in replicas])]


def _shown(at: Endpoint) -> str:
    """HOST:PORT, or the path of a socket."""
    parts = urlsplit(at.url)
    return parts.netloc.rpartition("@")[2] or parts.path


def _beside(at: Endpoint, address: str) -> Endpoint:
    """Another Redis, with the same login."""
    parts = urlsplit(at.url)
    login, mark, _ = parts.netloc.rpartition("@")
    scheme, path = ("redis", "") if parts.scheme == "unix" else (parts.scheme, parts.path)
    return Endpoint(urlunsplit((scheme, f"{login}{mark}{address}", path, parts.query, "")))


class _Asking:
    """Asks nodes."""

    def __init__(self, keys: Keys, dialect: Dialect, sync_replicas: int) -> None:
        self.keys = keys
        self._dialect = dialect
        self._sync = sync_replicas > 0

    async def nodes(self, at: Sequence[tuple[Endpoint, str]], *, ours: bool = True) -> list[Node]:
        """Ask several at once: where they are, and what to call them."""
        return list(await asyncio.gather(*(self.node(*one, ours=ours) for one in at)))

    async def node(self, at: Endpoint, name: str, *, ours: bool = True, must: bool = False) -> Node:
        """Ask one. ``must``: raise StoreError when it does not answer."""
        try:
            async with await Admin.open(at, ANSWER_S) as redis:
                return await self._ask(redis, name, ours)
        except StoreError as error:
            if must:
                raise
            return Node(name, ours=ours, failure=str(error))

    async def _ask(self, redis: Admin, name: str, ours: bool) -> Node:
        info, config = await redis.all([("INFO",), ("CONFIG", "GET", *SETTINGS)])
        self._check_mode(redis, fields(info))
        trips = []
        for _ in range(PINGS):
            begun = time.perf_counter()
            await redis.all([("PING",)])
            trips.append(time.perf_counter() - begun)
        return Node(
            name,
            info=fields(info),
            config=None if isinstance(config, StoreError) else _paired(config),
            access=await acl.access(redis, self.keys, self._dialect, sync=self._sync),
            clock_ms=await _clock(redis),
            round_trip_ms=min(trips) * 1000,
            ours=ours,
        )

    def _check_mode(self, redis: Admin, info: dict[str, str]) -> None:
        """Raise StoreRefused when it is of another kind than the URL says, as gateways do."""
        mode, at = info.get("redis_mode") or info.get("server_mode"), redis.endpoint
        if mode == "sentinel":
            raise StoreRefused(f"{at} is a Sentinel: give redis+sentinel://HOST:PORT/SERVICE")
        if mode == "cluster" and not self._dialect.one_slot:
            raise StoreRefused(f"{at} is a node of a Cluster: give redis+cluster://HOST:PORT")


async def _clock(redis: Admin) -> float:
    """How far its clock is ahead of ours, taken for the middle of the round trip, in ms."""
    before = time.time()
    seconds, micros = await redis.ask("TIME")
    after = time.time()
    return (int(seconds) + int(micros) / 1e6 - (before + after) / 2) * 1000


async def _sentinels(group: Group) -> list[Sentinel]:
    """Those of the URL, and those that they know, by other names perhaps."""
    found: list[Sentinel] = []
    seen: set[str] = set()
    wanted = dict.fromkeys(group.seeds, "")
    while wanted:
        answers = await asyncio.gather(*(_sentinel(group, name) for name in wanted))
        seen |= {id_ for id_ in wanted.values() if id_} | {id_ for _, id_, _ in answers}
        found += [sentinel for sentinel, _, _ in answers]
        known = {id_: name for _, _, others in answers for id_, name in others.items()}
        wanted = {name: id_ for id_, name in known.items() if id_ not in seen}
    return found


async def _sentinel(group: Group, address: str) -> tuple[Sentinel, str, dict[str, str]]:
    """What it says, its id, and where the others are that it knows: id -> HOST:PORT."""
    words = ("MASTER", "CKQUORUM", "SENTINELS")
    try:
        async with await Admin.open(group.sentinel(address), ANSWER_S) as redis:
            about, quorum, others, own = await redis.all(
                [*(("SENTINEL", word, group.service) for word in words), ("SENTINEL", "MYID")]
            )
    except StoreError as error:
        return Sentinel(address, failure=str(error)), "", {}
    id_ = own.decode() if isinstance(own, bytes) else ""
    if isinstance(about, StoreError):
        return Sentinel(address, failure=f"{about}"), id_, {}
    master = _paired(about)
    said = quorum.decode() if isinstance(quorum, bytes) else str(quorum)
    known = [] if isinstance(others, StoreError) else [_paired(other) for other in others]
    where = f"{master['ip']}:{master['port']}"
    down_after = int(master.get("down-after-milliseconds", 0))
    return (
        Sentinel(address, where, said, down_after),
        id_,
        {other["runid"]: f"{other['ip']}:{other['port']}" for other in known if other["runid"]},
    )


async def _cluster(asking: _Asking, group: Group) -> tuple[list[Node], Cluster]:
    """The master of our slot, its replicas, the other nodes; and what one of them says of all."""
    failure = StoreUnavailable("the URL names no node")
    for seed in group.seeds:
        try:
            host, _, port = seed.rpartition(":")
            async with await Admin.open(group.node(host.strip("[]"), port), ANSWER_S) as redis:
                return await _cluster_of(asking, group, redis, seed)
        except StoreUnavailable as error:
            failure = error
    raise failure


async def _cluster_of(
    asking: _Asking, group: Group, redis: Admin, seed: str
) -> tuple[list[Node], Cluster]:
    listed, about, slot = await redis.all(
        [("CLUSTER", "NODES"), ("CLUSTER", "INFO"), ("CLUSTER", "KEYSLOT", asking.keys.prefix)]
    )
    if isinstance(listed, StoreError):
        raise StoreRefused(f"the Redis at {seed} is no node of a cluster: {listed}")
    lines = [line.split(" ") for line in listed.decode().splitlines()]
    tls = group.scheme == "rediss"
    known = {line[0]: _address(line[1], seed, tls) for line in lines if "noaddr" not in line[2]}
    masters = [line for line in lines if "master" in line[2] and line[0] in known]
    owners = [line[0] for line in masters if "fail" not in line[2].split(",") and _has(line, slot)]
    owner = owners[0] if owners else ""
    shard = [owner, *(line[0] for line in lines if owner and line[3] == owner)]
    if not owner:  # what is wrong has to be said of somebody
        shard = [line[0] for line in lines if "myself" in line[2]]
    others = [id_ for id_ in known if id_ not in shard]
    nodes = await asking.nodes([_named(group, known[id_]) for id_ in shard if id_ in known])
    nodes += await asking.nodes([_named(group, known[id_]) for id_ in others], ours=False)
    info = fields(about)
    voters = sum(1 for line in masters if line[8:])
    state, slots = info.get("cluster_state", "unknown"), int(info.get("cluster_slots_ok", 0))
    return nodes, Cluster(state, slots, voters, bool(owner))


def _named(group: Group, address: str) -> tuple[Endpoint, str]:
    host, _, port = address.rpartition(":")
    return group.node(host.strip("[]"), port), address


def _address(text: str, seed: str, tls: bool) -> str:
    """Of "ip:port@bus,hostname"; a certificate is made out for the name, where there is one.

    A node that was never met has no ip of its own.
    """
    place, _, more = text.partition("@")
    host, _, port = place.rpartition(":")
    name = more.partition(",")[2].partition(",")[0] if tls else ""
    return f"{name or host or seed.rpartition(':')[0]}:{port}"


def _has(line: list[str], slot: int) -> bool:
    for part in line[8:]:
        first, _, last = part.partition("-")
        if first.isdigit() and int(first) <= slot <= int(last or first):
            return True
    return False


def _paired(reply: list[bytes]) -> dict[str, str]:
    words = [word.decode(errors="replace") for word in reply]
    return dict(zip(words[::2], words[1::2], strict=True))
