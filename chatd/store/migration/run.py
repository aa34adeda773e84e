"""The steps of ``chatd migrate``.

1. Look: both are masters, not the same one, no gateway holds a lease, the target is empty or has
   what an earlier run has left.
2. Mark the target, so that a run that is cut off can be followed by another one.
3. Copy all keys; remove from the target what the source has no more.
4. Compare. 5. Look for gateways again; write the epoch and take the mark away, in one step.

The source is only read. In doubt it is right.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from chatd.store.admin import Admin, fields
from chatd.store.errors import MoveRefused, StoreError, StoreUnavailable
from chatd.store.keys import Keys
from chatd.store.migration.comparing import Comparer
from chatd.store.migration.copying import Copier
from chatd.store.migration.names import Names
from chatd.store.relay import OLDEST_REDIS
from chatd.store.schema.keys import Owner
from chatd.store.topology import topology

PAGE: Final = 500
"""Keys that SCAN is asked for at once."""
TOLD_EACH: Final = 50_000
"""Keys after which it is said how far the copy is."""
REPLICAS_MS: Final = 10_000
"""How long replicas of the target have in the end; they have taken most by then."""
_NO_EPOCH: Final = b"-"
"""Stands in the mark for a source of an earlier build, whose data have no name."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done. ``already``: by an earlier run, and nothing by this one."""

    already: bool = False
    keys: int = 0
    streams: int = 0
    entries: int = 0
    by_type: bool = False
    """Whether the target did not take the source's dumps."""
    behind: int = 0
    """How many replicas of the target do not have all yet."""


class Migration:
    """One run. ``say`` gets a line now and then."""

    def __init__(
        self, source: Admin, target: Admin, old: Keys, new: Keys, say: Callable[[str], None]
    ) -> None:
        self.source = source
        self.target = target
        self.names = Names(old, new)
        self._say = say
        self._epoch = old.of(Owner.SERVER, "epoch")
        self._new_epoch = new.of(Owner.SERVER, "epoch")
        self._mark = new.of(Owner.SERVER, "moving")

    async def run(self) -> Moved:
        """Do all of it. Raises StoreError with a sentence for a person."""
        await self._check_sides()
        await self._no_gateway(self.source, self.names.old, "source")
        epoch = await self.source.ask("GET", self._epoch)
        newest = await self._newest()
        if not await self._begin(epoch):
            await self._check_not_used_since()
            return Moved(already=True)
        await self._no_gateway(self.target, self.names.new, "target")
        copier = Copier(self.source, self.target, self.names)
        await self._copy(copier)
        await self._remove_what_is_gone()
        comparer = Comparer(self.source, self.target, self.names)
        async for keys in _pages(self.source, self.names.old_pattern):
            await comparer.page([key for key in keys if not self.names.stays(key)])
        await self._no_gateway(self.source, self.names.old, "source")
        await self._no_gateway(self.target, self.names.new, "target")
        if (await self._newest(), await self.source.ask("GET", self._epoch)) != (newest, epoch):
            raise MoveRefused("a gateway has run on the source meanwhile: run this again without")
        await self._end(epoch)
        return Moved(
            False, comparer.keys, comparer.streams, comparer.entries, not copier.dumps,
            await self._behind(),
        )  # fmt: skip

    async def _check_sides(self) -> None:
        facts = []
        for side, redis in (("source", self.source), ("target", self.target)):
            server, replication = await redis.all([("INFO", "server"), ("INFO", "replication")])
            about = fields(server) | fields(replication)
            version = about.get("redis_version", "7.0").split(".")
            if (int(version[0]), int(version[1])) < OLDEST_REDIS:
                raise MoveRefused(
                    f"the {side} is version {'.'.join(version)}: 7.0 or newer is needed"
                )
            if about.get("role", "master") != "master":
                raise MoveRefused(f"the {side} {redis.endpoint} is a replica: give its master")
            facts.append((about.get("run_id", side), redis.db))
        if facts[0] == facts[1]:
            raise MoveRefused("source and target are the same Redis: give two")

    async def _no_gateway(self, redis: Admin, keys: Keys, side: str) -> None:
        """Raise MoveRefused while a gateway has a lease, by either of the keys that say so."""
        seconds, _ = await redis.ask("TIME")
        leases = await redis.ask("ZRANGEBYSCORE", keys.leases, int(seconds) * 1000, "+inf")
        ids = {gateway.decode() for gateway in leases}
        start = keys.lease("")
        async for found in _pages(redis, f"{start}*"):
            ids |= {key.decode().removeprefix(start) for key in found}
        if ids:
            raise MoveRefused(
                f"gateways run on the {side}: {', '.join(sorted(ids))}. Stop them first; the lease"
                " of one that was killed is over in some seconds"
            )

    async def _begin(self, epoch: bytes | None) -> bool:
        """Mark the target; whether there is something to do. Raises MoveRefused."""
        mark, there = await self.target.all([("GET", self._mark), ("GET", self._new_epoch)])
        if mark is None and there is not None and there == epoch:
            return False
        if mark is None:
            async for keys in _pages(self.target, self.names.new_pattern):
                if keys:
                    raise MoveRefused(
                        f"the target is not empty: it has keys {self.names.new_pattern}."
                        " Give an empty one, or remove them first"
                    )
            await self.target.ask("SET", self._mark, epoch or _NO_EPOCH, "NX")
            mark = await self.target.ask("GET", self._mark)
        if mark != (epoch or _NO_EPOCH):
            raise MoveRefused(
                "the target has a part of the keys of another source, whose migration was cut off."
                f" Give an empty one, or remove the keys {self.names.new_pattern} first"
            )
        if there is not None:
            raise MoveRefused(
                "a gateway has run on the target before all keys were there. Remove the keys"
                f" {self.names.new_pattern} from the target, then run this again"
            )
        return True

    async def _newest(self) -> bytes | None:
        """Id of the last time that somebody came or left at the source."""
        log = self.names.old.global_log
        found = await self.source.ask("XREVRANGE", log, "+", "-", "COUNT", 1)
        return found[0][0] if found else None

    async def _check_not_used_since(self) -> None:
        """Raise MoveRefused if somebody came or left at the source since all was copied."""
        newest = await self._newest()
        if newest is None:
            return
        log = self.names.new.global_log
        same, oldest = await self.target.all(
            [("XRANGE", log, newest, newest), ("XRANGE", log, "-", newest, "COUNT", 1)]
        )
        if not same and oldest:
            raise MoveRefused(
                "all keys were copied to the target by an earlier run, and gateways have run on the"
                f" source since then. To copy again, remove the keys {self.names.new_pattern} from"
                " the target first"
            )

    async def _copy(self, copier: Copier) -> None:
        copied = told = 0
        async for keys in _pages(self.source, self.names.old_pattern):
            wanted = [key for key in keys if not self.names.stays(key)]
            await copier.page(wanted)
            copied += len(wanted)
            if copied - told >= TOLD_EACH:
                told = copied
                self._say(f"{copied} keys so far")

    async def _remove_what_is_gone(self) -> None:
        """What an earlier run has copied, and the source has lost since then."""
        mark = self._mark.encode()
        async for keys in _pages(self.target, self.names.new_pattern):
            copied = [key for key in keys if key != mark]
            asked = [("EXISTS", self.names.origin(key)) for key in copied]
            there = await self.source.all(asked)
            gone = [key for key, one in zip(copied, there, strict=True) if one == 0]
            if gone:
                await self.target.ask("UNLINK", *gone)

    async def _end(self, epoch: bytes | None) -> None:
        commands: list[Any] = [("MULTI",), ("DEL", self._mark), ("EXEC",)]
        if epoch is not None:
            commands.insert(1, ("SET", self._new_epoch, epoch, "NX"))
        for reply in await self.target.all(commands):
            if isinstance(reply, StoreError):
                raise reply

    async def _behind(self) -> int:
        """Wait for the replicas of the target; how many do not have all."""
        info = await self.target.ask("INFO", "replication")
        count = int(fields(info).get("connected_slaves", "0"))
        if not count:
            return 0
        (reached,) = await self.target.all([("WAIT", count, REPLICAS_MS)])
        return 0 if isinstance(reached, StoreError) else max(count - int(reached), 0)


async def migrate(source: str, target: str, prefix: str, say: Callable[[str], None]) -> Moved:
    """Copy all keys of a prefix from the Redis of one URL to that of another. Raises StoreError."""
    one, old = await _open("source", source, prefix)
    async with one:
        other, new = await _open("target", target, prefix)
        async with other:
            try:
                return await Migration(one, other, old, new, say).run()
            except StoreUnavailable as error:
                raise MoveRefused(f"{error}. Nothing is lost: run this again") from error


async def _open(side: str, url: str, prefix: str) -> tuple[Admin, Keys]:
    """A connection to the master, and what keys are called there."""
    try:
        found = topology(url, prefix)
        return await Admin.open(await found.master()), Keys(prefix, one_slot=found.dialect.one_slot)
    except StoreError as error:
        raise MoveRefused(f"{side}: {error}") from error


async def _pages(redis: Admin, pattern: str) -> AsyncIterator[list[bytes]]:
    cursor = b"0"
    while True:
        cursor, keys = await redis.ask("SCAN", cursor, "MATCH", pattern, "COUNT", PAGE)
        yield keys
        if cursor == b"0":
            return
