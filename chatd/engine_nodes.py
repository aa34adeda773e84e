"""A Redis Cluster of our own in the data directory, for trying out what a failover does.

``chatd serve --engine-nodes 3``: three masters with a replica each, on ports of 127.0.0.1 that the
system chooses; whoever is on the machine can connect to them. Each node is a server as in
`chatd.embedded`, in a directory of its own: ``nodes/1`` to ``nodes/6``.

A gateway that starts, starts all nodes that are dead. One that dies later is left alone for
`REST_S`, so that the others fail over; then any gateway that runs starts it again. Only when no
node lives any more all are started at once. The last gateway to leave stops all nodes.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatd.embedded import Engine, EngineError, Server, Shared, opened

log = logging.getLogger(__name__)

FEWEST: Final = 3
"""Masters: a replica is elected by the majority of them, and one of two is none."""
MOST: Final = 8
"""Masters: sixteen nodes are more than a machine needs on which one tries."""
REST_S: Final = 30.0
"""For which a dead node is left alone: a failover takes about 8 s, and can be watched."""
LOOK_S: Final = 2.0
"""Between two looks at who is dead."""
NODE_TIMEOUT_MS: Final = 5000
"""After which a node is taken for dead; not shorter than the lease of gateways, or a master that
was frozen would still carry out what gateways had asked it before."""
FORM_TIMEOUT_S: Final = 30.0
"""For the nodes to become a cluster, which takes about 3 s, or a failover longer."""
FORM_POLL_S: Final = 0.05
"""Between two looks at that."""
TRIES: Final = 3
TAKEN: Final = "listening on port"
"""In the last words of a node whose port somebody took between the choice and its start."""
SLOTS: Final = 16384


async def open_nodes(data_dir: Path, masters: int) -> NodesEngine:
    """Start a cluster of ``masters`` with a replica each in ``data_dir``, or join it.

    Returns when it serves, after about 3 s. Raises EngineError.
    """
    return await opened(await asyncio.to_thread(lambda: NodesEngine(Nodes(data_dir, masters))))


class NodesEngine(Engine):
    """One gateway's share in the nodes; looks from time to time who is dead for long."""

    def __init__(self, nodes: Nodes) -> None:
        super().__init__(nodes)
        self._nodes = nodes
        self._leaving = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def ensure(self) -> None:
        """Start all nodes when none lives; the first time, each that is dead."""
        await super().ensure()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="engine nodes")

    async def _look(self) -> None:
        while not self._leaving.is_set():
            try:
                await asyncio.to_thread(self._nodes.revive)
            except EngineError as error:
                log.warning("a node stays dead: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._leaving.wait()

    async def close(self) -> None:
        """Leave; the last one to leave stops the nodes."""
        self._leaving.set()
        if self._looking is not None:
            await self._looking
        await super().close()


class Node(Server):
    """One server of the cluster."""

    @property
    def ports(self) -> tuple[int, int]:
        """Its port and that of the cluster's bus; zeros while it has none."""
        with suppress(OSError, ValueError):
            port, bus = map(int, (self.dir / "ports").read_text().split())
            return port, bus
        return 0, 0

    def choose_ports(self) -> None:
        """Keep those that it has, or take others where somebody else has them now."""
        if 0 not in self.ports and all(map(_is_free, self.ports)):
            return
        with ExitStack() as stack:
            probes = [stack.enter_context(socket.socket()) for _ in range(2)]
            for probe in probes:
                probe.bind(("127.0.0.1", 0))
            chosen = [str(probe.getsockname()[1]) for probe in probes]
        (self.dir / "ports").write_text(" ".join(chosen))

    def network(self) -> Sequence[str]:
        """See `Server.network`; what a cluster needs besides."""
        port, bus = map(str, self.ports)
        return [
            "--bind", "127.0.0.1",
            "--port", port,
            "--cluster-enabled", "yes",
            "--cluster-port", bus,
            "--cluster-announce-ip", "127.0.0.1",
            "--cluster-node-timeout", str(NODE_TIMEOUT_MS),
            # All that is ours is in one slot; that another one has no master concerns nobody.
            "--cluster-require-full-coverage", "no",
            # A master that dies before its replica's first sync has no failover.
            "--repl-diskless-sync-delay", "0",
            # Those who lag may not keep a gateway that leaves: they are stopped as well.
            "--shutdown-timeout", "0",
        ]  # fmt: skip

    def view(self) -> list[_Seen]:
        """All nodes as this one sees them; empty when it does not answer."""
        answer = self.ask("CLUSTER NODES").decode()
        return [] if answer.startswith("-") else [_Seen.read(one) for one in answer.splitlines()]

    def serves(self) -> bool:
        """Whether its cluster works, and it has what its master has."""
        link_down = b"master_link_status:down" in self.ask("INFO replication")
        return b"cluster_state:ok" in self.ask("CLUSTER INFO") and not link_down


class Nodes(Shared):
    """The nodes of a data directory: masters first, at their very first start."""

    def __init__(self, data_dir: Path, masters: int) -> None:
        """Raises EngineError, also where there are nodes of another number."""
        if not FEWEST <= masters <= MOST:
            raise EngineError(
                "a new master is elected by the majority of all: give"
                f" --engine-nodes {FEWEST} to {MOST}"
            )
        with suppress(OSError):  # where it cannot be made the next line says it
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(data_dir.absolute() / "nodes")
        found = len([one for one in self.dir.iterdir() if one.name.isdigit()])
        if found not in (0, 2 * masters):
            raise EngineError(
                f"the cluster in {data_dir} has {found // 2} masters: give --engine-nodes"
                f" {found // 2}, or another directory with --data-dir"
            )
        self.masters = masters
        self.nodes = [Node(self.dir / str(number + 1)) for number in range(2 * masters)]
        self._begun = False
        self._dead_since: dict[Node, float] = {}

    @property
    def url(self) -> str:
        """All nodes that there are."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.ports[0]}" for node in self.nodes)

    def ensure(self) -> None:
        """See the head of the file."""
        if self._begun and any(node.alive for node in self.nodes):
            return  # the others fail over, or `revive` helps
        with self._alone():
            self._start_the_dead()
            self._form()
        self._begun = True

    def _start_the_dead(self) -> None:
        """On other ports once more where somebody has taken one meanwhile."""
        for left in reversed(range(TRIES)):
            dead = [node for node in self.nodes if not node.alive]
            for node in dead:
                node.choose_ports()
            try:
                self._each(Node.ensure, dead)
            except EngineError as error:
                if not left or TAKEN not in str(error):
                    raise
            else:
                return

    def revive(self) -> None:
        """Start again who has been dead for long."""
        now = time.monotonic()
        for node in self.nodes:
            if node.alive:
                self._dead_since.pop(node, None)
            elif now - self._dead_since.setdefault(node, now) > REST_S and node.start():
                self._dead_since[node] = now  # where it dies at its start it rests again
                log.info("started the node in %s again", node.dir)

    def stop(self) -> None:
        """All at once, or the replicas of who ends first would want to be masters."""
        self._each(Node.stop, self.nodes)

    def _each(self, work: Callable[[Node], None], nodes: list[Node]) -> None:
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(work, nodes))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only gateway that forms the cluster."""
        fd = self._open("forming.lock")
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # who has it needs FORM_TIMEOUT_S at most
            yield
        finally:
            os.close(fd)

    def _form(self) -> None:
        """Make a cluster of the nodes; begins where another gateway was killed at it."""
        deadline = time.monotonic() + FORM_TIMEOUT_S
        while lacks := self._step():
            if time.monotonic() > deadline:
                raise EngineError(
                    f"the cluster in {self.dir} is not usable ({lacks}): see engine.log in its"
                    " folders, or give another directory with --data-dir"
                )
            time.sleep(FORM_POLL_S)

    def _step(self) -> str:
        """Do what is to be done next; what the cluster still lacks, '' = nothing."""
        views = {node: view for node in self.nodes if (view := node.view())}
        if not views:
            return "no node answers"
        if self._meet(views):
            return "not all nodes have met"
        widest = max(views.values(), key=_covered)
        if _covered(widest) < SLOTS:
            self._share_slots()
            return "not all slots have a master"
        if self._follow(views, widest):
            return "not all masters have a replica"
        return "" if all(node.serves() for node in views) else "not all nodes serve"

    def _meet(self, views: Views) -> bool:
        """Make all known to each other, also where one has another port now; whether it must."""
        needed = False
        for node, view in views.items():
            needed |= any("handshake" in one.flags for one in view)
            known = {one.port for one in view}
            for other in self.nodes:
                port, bus = other.ports
                if other is not node and port not in known:
                    node.ask(f"CLUSTER MEET 127.0.0.1 {port} {bus}")
                    needed = True
        return needed

    def _share_slots(self) -> None:
        """Give each of the first nodes its part; a slot that has an owner is refused."""
        bounds = [SLOTS * number // self.masters for number in range(self.masters + 1)]
        for node, begin, end in zip(self.nodes, bounds, bounds[1:], strict=False):
            node.ask(f"CLUSTER ADDSLOTSRANGE {begin} {end - 1}")

    def _follow(self, views: Views, widest: list[_Seen]) -> bool:
        """Make replicas of those who have no slots; whether there are any."""
        followed = {one.master for one in widest}
        alone = [one.id for one in widest if one.slots and one.id not in followed]
        idle = [
            node
            for node, view in views.items()
            for one in view
            if {"myself", "master"} <= one.flags and not one.slots
        ]
        for node, master in zip(idle, alone, strict=False):
            node.ask(f"CLUSTER REPLICATE {master}")
        return bool(idle)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line of CLUSTER NODES. https://valkey.io/commands/cluster-nodes/"""

    id: str
    port: int
    flags: frozenset[str]
    master: str
    """Whose replica it is; "-" of a master."""
    slots: int
    """How many it has."""

    @classmethod
    def read(cls, line: str) -> _Seen:
        name, address, flags, master, _ping, _pong, _epoch, _link, *ranges = line.split()
        slots = 0
        for one in ranges:
            if not one.startswith("["):  # that is a slot on its way to another node
                first, _, last = one.partition("-")
                slots += int(last or first) - int(first) + 1
        port = address.partition("@")[0].rpartition(":")[2]
        return cls(name, int(port), frozenset(flags.split(",")), master, slots)


Views = dict[Node, list[_Seen]]


def _covered(view: list[_Seen]) -> int:
    """How many slots have a master."""
    return sum(one.slots for one in view)


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server has it
        probe.bind(("127.0.0.1", port))
        return True
    return False
