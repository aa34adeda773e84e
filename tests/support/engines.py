"""The Redis of a test: which kinds there are, and real processes of each.

A kind is a program, and whether it runs as a Redis Cluster of one node. Tests that look into Redis
themselves do so by `RedisServer.ask` or `RedisServer.direct_url`, and write keys and channels as
`RedisServer.key` makes them: in a cluster all begin with a hash tag.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest

from chatd.embedded import find_server
from chatd.store.keys import Keys
from tests.support.asking import ANSWER_S, Refusal, ask, fields
from tests.support.processes import ServerProcess, free_port
from tests.support.wait import wait_until


class Kind(NamedTuple):
    """``program`` is looked for on PATH; '' is the server that comes with the package."""

    program: str
    clustered: bool


KINDS = {
    "embedded": Kind("", clustered=False),
    "redis7": Kind("redis-server", clustered=False),
    "cluster": Kind("", clustered=True),
    "cluster7": Kind("redis-server", clustered=True),
}
CHOSEN_KIND = os.environ.get("CHATD_TEST_ENGINE", "")
DEFAULT_KIND = CHOSEN_KIND or "embedded"
"""What a test gets that does not say."""
ENGINE_KINDS = (CHOSEN_KIND,) if CHOSEN_KIND else ("embedded", "redis7")
"""Both programs, or the one kind that was asked for."""
assert set(ENGINE_KINDS) <= set(KINDS), f"CHATD_TEST_ENGINE is one of {', '.join(KINDS)}"

on_every_engine = pytest.mark.parametrize("engine_kind", ENGINE_KINDS, indirect=True)
"""Runs a test that uses `redis_server` or `gateways` once on each kind of server."""


def variant(kind: str, *, clustered: bool) -> str:
    """Return the kind of the same program that runs as a cluster, or that does not."""
    wanted = Kind(KINDS[kind].program, clustered)
    return next(name for name, found in KINDS.items() if found == wanted)


PLAIN_KINDS = [variant(kind, clustered=False) for kind in ENGINE_KINDS]
on_every_plain_engine = pytest.mark.parametrize("engine_kind", PLAIN_KINDS, indirect=True)
"""The same for a test that is about a Redis which stands alone."""

GHOST = "127.0.0.1:1@1"
"""Where nobody listens."""


class RedisProcess(ServerProcess):
    """A program of one of the `ENGINE_KINDS`, on a Unix socket or on TCP, that can be asked.

    ``password`` is its ``requirepass``. Skips the test where the kind is not installed.
    """

    def __init__(self, kind: str, *, tcp: bool, password: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.password = password
        self.port = free_port() if tcp else 0

    @property
    def where(self) -> int | Path:
        """Its port, or its Unix socket."""
        return self.port or self.folder / "redis.sock"

    @property
    def direct_url(self) -> str:
        """Its address for redis-py, without a password: also of a node of a cluster."""
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.where}"

    def __repr__(self) -> str:
        return f"the {self.kind} server" + (f" on port {self.port}" if self.port else "")

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self.remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.remove()

    async def start(self) -> None:
        """Start it (again, on the same data and address) and wait until it answers."""
        self._spawn([*self._program(), *self._settings()])
        await wait_until(self._answers, f"{self} answers; it said:\n{self.output}")

    async def stop(self) -> None:
        """Stop it as an administrator does (SIGTERM is SHUTDOWN)."""
        self._signal(signal.SIGTERM)
        await self.ended()

    async def ask(
        self,
        *command: str | int,
        timeout: float = ANSWER_S,  # noqa: ASYNC109 - tests/support/asking.py
    ) -> Any:
        """Return the answer to one command. Raises Refusal, OSError when nothing answers."""
        return await ask(self.where, *command, password=self.password, timeout=timeout)

    async def info(self, section: str) -> dict[str, str]:
        """Return a section of INFO."""
        return fields(await self.ask("INFO", section))

    def _settings(self) -> list[str]:
        return []

    def _program(self) -> list[str]:
        name = KINDS[self.kind].program
        if not name:
            return find_server()
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"no {name} is installed")
        return [found]

    async def _answers(self) -> bool:
        assert self.running, f"{self} ended:\n{self.output}"
        with suppress(OSError, Refusal):
            return bool(await self.ask("PING") == "PONG")
        return False


class RedisServer(RedisProcess):
    """A real server whose data is kept over stop, kill and start. ``flags`` are added to ours.

    Of a clustered kind it is a cluster of one node. ``url`` is for a gateway. ``keys`` has the
    names of its keys.
    """

    def __init__(
        self, kind: str = DEFAULT_KIND, *flags: str, tcp: bool = False, password: str = ""
    ) -> None:
        self.clustered = KINDS[kind].clustered
        super().__init__(kind, tcp=tcp or self.clustered, password=password)
        self.flags = flags
        self.keys = Keys(one_slot=self.clustered)
        self.prefix = self.keys.prefix
        self.id = secrets.token_hex(20)
        self._bus = free_port() if self.clustered else 0

    @property
    def url(self) -> str:
        """Its address for a gateway."""
        return f"redis+cluster://127.0.0.1:{self.port}" if self.clustered else self.direct_url

    def key(self, text: str) -> str:
        """A key or channel as docs/redis.md has it, as it is called here.

        In a cluster ``chat:{chat:online}:log`` is ``{chat}:{{chat}:online}:log``.
        """
        return text.replace("chat:", f"{self.prefix}:")

    async def start(self) -> None:
        """Start it (again, on the same data and address) and wait until it is of use.

        A cluster that is started *again* refuses everything for two seconds.
        """
        begins = self.clustered and not (self.folder / "nodes.conf").exists()
        ghost, shard = secrets.token_hex(20), self.shard_field(secrets.token_hex(20))
        if begins:
            # a replica does not wait these two seconds when it takes over, not even from a ghost
            self.write_nodes(
                f"{ghost} {GHOST}{shard} master - 0 0 1 connected 0-16383",
                f"{self.id} {self.address}{shard} myself,slave {ghost} 0 0 1 connected",
            )
        await super().start()
        if begins:
            await self.ask("CLUSTER", "FAILOVER", "TAKEOVER")
            await self.ask("CLUSTER", "FORGET", ghost)
        if self.clustered:
            await wait_until(self.in_service, f"{self} says cluster_state:ok")

    @property
    def address(self) -> str:
        """As nodes.conf has it."""
        return f"127.0.0.1:{self.port}@{self._bus}"

    def write_nodes(self, *lines: str) -> None:
        """Write what a node of a cluster knows of all nodes, before its first start."""
        text = "\n".join([*lines, f"vars currentEpoch {len(lines)} lastVoteEpoch 0"])
        (self.folder / "nodes.conf").write_text(f"{text}\n")

    def shard_field(self, shard: str) -> str:
        """What follows an address in nodes.conf; Redis 7.0 does not know it.

        Without it Valkey ends with a failed assertion at a script's first SPUBLISH.
        """
        return f",,shard-id={shard}" if _has_shards(self._program()[0]) else ""

    async def in_service(self) -> bool:
        """Whether a node of a cluster says that the cluster is well."""
        return fields(await self.ask("CLUSTER", "INFO"))["cluster_state"] == "ok"

    async def save(self) -> None:
        """Keep a copy of what is on the disk now, for `roll_back`."""
        await wait_until(self._rewritten, f"{self} writes no file anew")
        shutil.rmtree(self.folder / "saved", ignore_errors=True)
        shutil.copytree(self.folder / "appendonlydir", self.folder / "saved")

    async def roll_back(self) -> None:
        """Kill it and start it with what was there at `save`: what came later is lost."""
        self.kill9()
        shutil.rmtree(self.folder / "appendonlydir")
        shutil.copytree(self.folder / "saved", self.folder / "appendonlydir")
        await self.start()

    def _settings(self) -> list[str]:
        return [
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *(() if self.port else ("--unixsocket", f"{self.folder}/redis.sock")),
            # always: what was acknowledged before a kill is there after it, or a test has failed
            *("--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always"),
            *("--save", ""),
            *(("--requirepass", self.password) if self.password else ()),
            *(("--cluster-enabled", "yes") if self.clustered else ()),
            *(("--cluster-port", str(self._bus)) if self.clustered else ()),
            *self.flags,
        ]

    async def _rewritten(self) -> bool:
        found = await self.info("persistence")
        return found["aof_rewrite_in_progress"] == found["aof_rewrite_scheduled"] == "0"


@lru_cache
def _has_shards(program: str) -> bool:
    """Whether it is newer than Redis 7.0."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return not said.startswith("Redis server v=7.0.")
