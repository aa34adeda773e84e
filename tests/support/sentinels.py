"""A Redis with replicas, watched by Sentinels: real processes on 127.0.0.1.

    async with SentinelGroup("redis7") as group:
        old = await group.master()
        old.kill9()
        new = await group.master_other_than(old)

Who the master is is what the Sentinels say.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from contextlib import suppress
from typing import Self

from tests.support.asking import Refusal
from tests.support.engines import DEFAULT_KIND, RedisProcess, RedisServer, variant
from tests.support.nodes import DURABLE, GLANCE_S, follow
from tests.support.wait import wait_until

SERVICE = "chat"
"""The name under which the Sentinels know the master."""
LAG_S = 2
"""``min-replicas-max-lag``: a replica says every second how far it is."""
_HASTE = ("INFO-PERIOD", "500", "PUBLISH-PERIOD", "200")  # milliseconds; 10,000 and 2,000 else


class Sentinel(RedisProcess):
    """One Sentinel. What it learns it writes to its own file, and knows it after a restart."""

    def __init__(self, kind: str, password: str, *, hasty: bool) -> None:
        super().__init__(kind, tcp=True, password=password)
        self.id = secrets.token_hex(20)
        self._hasty = hasty

    async def start(self) -> None:
        """Start it (again) and wait until it answers."""
        await super().start()
        if self._hasty:
            await self.ask("SENTINEL", "DEBUG", *_HASTE)

    def configure(self, *lines: str) -> None:
        """Write the file with which it starts the first time."""
        own = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}"]
        own += [f"requirepass {self.password}"] if self.password else []
        text = "\n".join([*own, f"sentinel myid {self.id}", *lines])
        (self.folder / "sentinel.conf").write_text(f"{text}\n")

    def _settings(self) -> list[str]:
        return [f"{self.folder}/sentinel.conf", "--sentinel"]


class SentinelGroup:
    """A master with ``replicas`` and ``sentinels``, usable when ``async with`` begins.

    ``min_replicas`` is ``min-replicas-to-write``. ``password`` is that of the servers,
    ``sentinel_password`` that of the Sentinels; ``flags`` are added to every server's. Sentinels
    take ten seconds to see who has come back, or is replica no more; ``hasty`` ones do not.
    """

    def __init__(
        self,
        kind: str = DEFAULT_KIND,
        *flags: str,
        replicas: int = 2,
        sentinels: int = 3,
        down_after_ms: int = 1000,
        min_replicas: int = 0,
        fsync: str = "everysec",
        password: str = "",
        sentinel_password: str = "",
        hasty: bool = False,
    ) -> None:
        kind = variant(kind, clustered=False)
        lag = ("--min-replicas-to-write", str(min_replicas), "--min-replicas-max-lag", str(LAG_S))
        settings = [*DURABLE, *lag, "--appendfsync", fsync, *flags]
        settings += ["--masterauth", password] if password else []
        self.servers = [
            RedisServer(kind, *settings, tcp=True, password=password) for _ in range(1 + replicas)
        ]
        """As it begins: the master, then its replicas."""
        self.sentinels = [Sentinel(kind, sentinel_password, hasty=hasty) for _ in range(sentinels)]
        self._down_after_ms = down_after_ms
        self._password, self._sentinel_password = password, sentinel_password

    @property
    def seeds(self) -> str:
        """The Sentinels, as an address has them: ``127.0.0.1:1,127.0.0.1:2``."""
        return ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)

    @property
    def url(self) -> str:
        """The address of the service, without passwords."""
        return f"redis+sentinel://{self.seeds}/{SERVICE}"

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._remove()

    async def master(self) -> RedisServer:
        """Return the master that most Sentinels name. Waits until one has time to answer."""
        found = None

        async def known() -> bool:
            nonlocal found
            found = await self._named()
            return found is not None

        await wait_until(known, "a Sentinel knows the master")
        assert found is not None
        return found

    async def replicas(self) -> list[RedisServer]:
        """Return the servers that are awake, but not the master."""
        master = await self.master()
        return [server for server in self.servers if server.awake and server is not master]

    async def settled(self) -> None:
        """Wait until all Sentinels name one master, and the others that are awake follow it."""
        await wait_until(self._is_settled, "every server follows the master")

    async def in_step(self) -> None:
        """Wait until the replicas have all that the master has now."""
        await follow(await self.replicas(), await self.master())

    async def master_other_than(self, old: RedisServer) -> RedisServer:
        """Wait until the Sentinels name another master, and it is one; return it.

        The others need not follow it yet: see `settled`.
        """

        async def moved() -> bool:
            new = await self._named()
            with suppress(OSError, Refusal):
                return new not in (None, old) and await self._is_master(new)
            return False

        await wait_until(moved, f"another master than {old}")
        return await self.master()

    async def fail_over(self) -> RedisServer:
        """Have a healthy master replaced, as an administrator does; return the new one.

        The old one takes writes until a Sentinel tells it, for up to ten seconds.
        """
        old = await self.master()
        await self._awake_sentinels()[0].ask("SENTINEL", "FAILOVER", SERVICE)
        return await self.master_other_than(old)

    async def demote(self) -> RedisServer:
        """Make the master a replica in place, behind the Sentinels' backs; return it.

        It keeps its clients and refuses their writes. The Sentinels see it after some 20 seconds.
        """
        master = await self.master()
        (other, *_) = await self.replicas()
        await master.ask("REPLICAOF", "127.0.0.1", other.port)
        return master

    async def _start(self) -> None:
        master, *others = self.servers
        await asyncio.gather(*(server.start() for server in self.servers))
        for server in others:
            await server.ask("REPLICAOF", "127.0.0.1", master.port)
        await wait_until(lambda: self._is_followed(master), "the replicas are in step")
        for sentinel in self.sentinels:
            sentinel.configure(*self._knowledge(sentinel))
        await asyncio.gather(*(sentinel.start() for sentinel in self.sentinels))
        await wait_until(self._is_watched, "every Sentinel sees all others")

    def _knowledge(self, sentinel: Sentinel) -> list[str]:
        """What a Sentinel finds out in its first seconds, so that it can do without them."""
        master, *others = self.servers
        quorum = len(self.sentinels) // 2 + 1
        lines = [f"sentinel monitor {SERVICE} 127.0.0.1 {master.port} {quorum}"]
        lines += [f"sentinel down-after-milliseconds {SERVICE} {self._down_after_ms}"]
        lines += [f"sentinel failover-timeout {SERVICE} {10 * self._down_after_ms}"]
        lines += [f"sentinel parallel-syncs {SERVICE} {len(others)}"]
        lines += [f"sentinel auth-pass {SERVICE} {self._password}"] if self._password else []
        if self._sentinel_password:
            lines += [f"sentinel sentinel-pass {self._sentinel_password}"]
        lines += [f"sentinel known-replica {SERVICE} 127.0.0.1 {other.port}" for other in others]
        for other in self.sentinels:
            if other is not sentinel:
                known = f"127.0.0.1 {other.port} {other.id}"
                lines += [f"sentinel known-sentinel {SERVICE} {known}"]
        return lines

    async def _named(self) -> RedisServer | None:
        """The master that most Sentinels name."""
        question = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        asked = (one.ask(*question, timeout=GLANCE_S) for one in self._awake_sentinels())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        ports = Counter(answer[1] for answer in answers if isinstance(answer, list))
        if len(ports) == 0:
            return None
        ((port, _),) = ports.most_common(1)
        return next(server for server in self.servers if str(server.port) == port)

    async def _is_settled(self) -> bool:
        with suppress(OSError, Refusal):  # it has just been killed, or loads what it was sent
            master = await self._named()
            return bool(master and master.awake and await self._is_followed(master))
        return False

    async def _is_followed(self, master: RedisServer) -> bool:
        others = [server for server in self.servers if server.awake and server is not master]
        found = [await other.info("replication") for other in others]
        own = await master.info("replication")
        # a master that wants replicas counts them once a second
        counted = own.get("min_slaves_good_slaves", str(len(others))) == str(len(others))
        return (own["role"] == "master" and counted) and all(
            one.get("master_link_status") == "up" and one["master_port"] == str(master.port)
            for one in found
        )

    async def _is_master(self, server: RedisServer | None) -> bool:
        return bool(server and (await server.info("replication"))["role"] == "master")

    async def _is_watched(self) -> bool:
        wanted = ["master", str(len(self.servers) - 1), str(len(self.sentinels) - 1)]
        for sentinel in self.sentinels:
            flat = await sentinel.ask("SENTINEL", "MASTER", SERVICE)
            seen = dict(zip(flat[::2], flat[1::2], strict=True))
            if [seen[name] for name in ("flags", "num-slaves", "num-other-sentinels")] != wanted:
                return False
        return True

    def _awake_sentinels(self) -> list[Sentinel]:
        return [sentinel for sentinel in self.sentinels if sentinel.awake]

    def _remove(self) -> None:
        for process in (*self.sentinels, *self.servers):
            process.remove()
