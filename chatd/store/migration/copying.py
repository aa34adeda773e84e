"""Copies a page of keys: as DUMP gives them, where the target takes that."""

from __future__ import annotations

from typing import Any, Final

from chatd.store.admin import Admin
from chatd.store.errors import MoveRefused, StoreError, StoreRefusing
from chatd.store.migration import by_type
from chatd.store.migration.names import Names, shown

DUMP_BYTES: Final = 8 * 2**20
"""Memory of a key beyond which it is copied in pages: to dump it would hold the source for long."""
BATCH_BYTES: Final = 32 * 2**20
"""Memory of the keys that are dumped at once: what this process holds of them."""
_NO_USE: Final = ("DUMP payload version", "unknown command", "NOPERM")
"""Answers to DUMP and RESTORE that the next key would get too: a target of an older version, or
somebody else's rules."""


class Copier:
    """Copies keys; what the target has under their names is replaced."""

    def __init__(self, source: Admin, target: Admin, names: Names) -> None:
        self.source = source
        self.target = target
        self.names = names
        self.dumps = True
        """Whether the target takes what the source dumps."""

    async def page(self, keys: list[bytes]) -> None:
        """Copy these keys. Raises StoreError; MoveRefused names a key that cannot be copied."""
        asked = [
            command
            for key in keys
            for command in (("TYPE", key), ("PEXPIRETIME", key), ("MEMORY", "USAGE", key))
        ]
        facts = await self.source.all(asked)
        batch: list[tuple[bytes, int]] = []
        size = 0
        for key, kind, until, used in zip(keys, facts[::3], facts[1::3], facts[2::3], strict=True):
            expires_ms = max(_known(key, until), 0)
            used = used if isinstance(used, int) else 0
            if _known(key, kind) == b"none":
                continue  # its time was over
            if not self.dumps or used > DUMP_BYTES:
                await self._by_type(key, kind, expires_ms)
                continue
            if size + used > BATCH_BYTES:
                await self._dumped(batch)
                batch, size = [], 0
            batch.append((key, expires_ms))
            size += used
        await self._dumped(batch)

    async def _dumped(self, batch: list[tuple[bytes, int]]) -> None:
        dumps = await self.source.all([("DUMP", key) for key, _ in batch])
        there = [
            (key, expires_ms, dump)
            for (key, expires_ms), dump in zip(batch, dumps, strict=True)
            if dump is not None
        ]
        usable = [one for one in there if not isinstance(one[2], StoreError)]
        replies = await self.target.all(
            [
                ("RESTORE", self.names.moved(key), expires_ms, dump, "REPLACE", "ABSTTL")
                for key, expires_ms, dump in usable
            ]
        )
        failed = [one for one in there if isinstance(one[2], StoreError)]
        for (key, expires_ms, _), reply in zip(usable, replies, strict=True):
            if isinstance(reply, StoreRefusing):
                raise reply
            if isinstance(reply, StoreError):
                failed.append((key, expires_ms, reply))
        for key, expires_ms, error in failed:
            self.dumps = self.dumps and not any(word in str(error) for word in _NO_USE)
            await self._by_type(key, await self.source.ask("TYPE", key), expires_ms)

    async def _by_type(self, key: bytes, kind: bytes, expires_ms: int) -> None:
        way = by_type.WAYS.get(kind)
        if way is None:
            if kind == b"none":
                return
            raise MoveRefused(f"the key {shown(key)} is a {kind.decode()}: that cannot be copied")
        new = self.names.moved(key)
        try:
            await self.target.ask("UNLINK", new)
            await way(self.source, self.target, key, new)
            if expires_ms:
                await self.target.ask("PEXPIREAT", new, expires_ms)
        except StoreRefusing:
            raise
        except StoreError as error:
            raise MoveRefused(f"the key {shown(key)} cannot be copied: {error}") from error


def _known(key: bytes, reply: Any) -> Any:
    if isinstance(reply, StoreError):
        raise MoveRefused(f"the key {shown(key)} cannot be read: {reply}")
    return reply
