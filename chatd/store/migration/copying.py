"""Copies a page of keys: as DUMP gives them where the target takes that, else by their types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from chatd.store.admin import Admin, Command
from chatd.store.errors import MoveRefused, StoreError, StoreRefusing, StoreUnavailable
from chatd.store.migration import by_type
from chatd.store.migration.names import Names, shown

DUMP_BYTES: Final = 8 * 2**20
"""Memory of a key beyond which it is copied in pages: to dump it would hold the source for long."""
SMALL_BYTES: Final = 16 * 2**10
"""Memory of a key up to which it is read at once by its type, with others."""
BATCH_BYTES: Final = 32 * 2**20
"""Memory of the keys that are dumped at once: what this process holds of them."""
_NO_USE: Final = ("DUMP payload version", "unknown command", "NOPERM")
"""Answers to DUMP and RESTORE that the next key would get too: a target of an older version, or
somebody else's rules."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of the source. ``expires_ms``: since 1970, 0 = it has no end."""

    name: bytes
    kind: bytes
    expires_ms: int
    bytes: int


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
        dumped, small = [], []
        for key, kind, until, used in zip(keys, facts[::3], facts[1::3], facts[2::3], strict=True):
            if _known(key, kind) == b"none":
                continue  # its time was over
            one = _Key(key, kind, max(_known(key, until), 0), used if isinstance(used, int) else 0)
            if self.dumps and one.bytes <= DUMP_BYTES:
                dumped.append(one)
            elif one.bytes <= SMALL_BYTES and kind in by_type.WAYS:
                small.append(one)
            else:
                await self._paged(one)
        for batch in _batches(dumped):
            small += await self._dumped(batch)
        await self._small(small)

    async def _dumped(self, batch: list[_Key]) -> list[_Key]:
        """Copy keys by DUMP and RESTORE; returns small ones for which this was refused."""
        dumps = await self.source.all([("DUMP", one.name) for one in batch])
        there = [(one, dump) for one, dump in zip(batch, dumps, strict=True) if dump is not None]
        failed = [pair for pair in there if isinstance(pair[1], StoreError)]
        usable = [pair for pair in there if not isinstance(pair[1], StoreError)]
        commands = [
            ("RESTORE", self.names.moved(one.name), one.expires_ms, dump, "REPLACE", "ABSTTL")
            for one, dump in usable
        ]
        replies = await self.target.all(commands)
        for (one, _), reply in zip(usable, replies, strict=True):
            if isinstance(reply, StoreRefusing):
                raise reply
            if isinstance(reply, StoreError):
                failed.append((one, reply))
        small = []
        for one, error in failed:
            self.dumps = self.dumps and not any(word in str(error) for word in _NO_USE)
            if one.bytes <= SMALL_BYTES and one.kind in by_type.WAYS:
                small.append(one)
            else:
                await self._paged(one)
        return small

    async def _small(self, batch: list[_Key]) -> None:
        """Copy small keys by their types, all at once."""
        asked = [by_type.questions(one.kind, one.name) for one in batch]
        replies = iter(await self.source.all([command for some in asked for command in some]))
        commands: list[Command] = []
        whose: list[_Key] = []
        for one, some in zip(batch, asked, strict=True):
            answers = [next(replies) for _ in some]
            new = self.names.moved(one.name)
            with _named(one.name):
                written = by_type.writes(one.kind, new, answers)
            written = [("UNLINK", new), *written]
            written += [("PEXPIREAT", new, one.expires_ms)] if one.expires_ms else []
            commands += written
            whose += [one] * len(written)
        for one, reply in zip(whose, await self.target.all(commands), strict=True):
            if isinstance(reply, StoreError):
                with _named(one.name):
                    raise reply

    async def _paged(self, one: _Key) -> None:
        """Copy a large key in pages."""
        way = by_type.WAYS.get(one.kind)
        if way is None:
            kind = one.kind.decode()
            raise MoveRefused(f"the key {shown(one.name)} is a {kind}: that cannot be copied")
        new = self.names.moved(one.name)
        with _named(one.name):
            await self.target.ask("UNLINK", new)
            await way(self.source, self.target, one.name, new)
            if one.expires_ms:
                await self.target.ask("PEXPIREAT", new, one.expires_ms)


def _batches(keys: list[_Key]) -> Iterator[list[_Key]]:
    """So many at once as this process may hold."""
    batch: list[_Key] = []
    size = 0
    for one in keys:
        if size + one.bytes > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.bytes
    yield batch


@contextmanager
def _named(key: bytes) -> Iterator[None]:
    """An error says which key it is about, unless the target refuses everything for now."""
    try:
        yield
    except StoreUnavailable:
        raise
    except StoreError as error:
        raise MoveRefused(f"the key {shown(key)} cannot be copied: {error}") from error


def _known(key: bytes, reply: Any) -> Any:
    if isinstance(reply, StoreError):
        raise MoveRefused(f"the key {shown(key)} cannot be read: {reply}")
    return reply
