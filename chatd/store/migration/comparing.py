"""Looks whether the target has what the source has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from chatd.store.admin import Admin, Command
from chatd.store.errors import MoveRefused, StoreError
from chatd.store.migration.by_type import stream_info
from chatd.store.migration.names import Names, shown

SIZES: Final = {
    b"string": "STRLEN",
    b"hash": "HLEN",
    b"set": "SCARD",
    b"zset": "ZCARD",
    b"list": "LLEN",
    b"stream": "XLEN",
}
_STREAM: Final = ("last-generated-id", "entries-added", "max-deleted-entry-id")


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared of a key. ``facts``: its size, until when it lives, ids of a stream."""

    kind: bytes
    facts: tuple[Any, ...] = ()

    @property
    def until_ms(self) -> int:
        """When its time is over; -1 when it has none."""
        return int(self.facts[1]) if self.facts else -1


class Comparer:
    """Compares keys of both sides, page by page, and counts them."""

    def __init__(self, source: Admin, target: Admin, names: Names) -> None:
        self.source = source
        self.target = target
        self.names = names
        self.keys = 0
        """How many are the same."""
        self.streams = 0
        self.entries = 0
        """How many entries these streams have."""

    async def page(self, keys: list[bytes]) -> None:
        """Raises MoveRefused for a key that differs."""
        here = await _look(self.source, keys)
        there = await _look(self.target, [self.names.moved(key) for key in keys])
        seconds, micros = await self.target.ask("TIME")
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        for key, old, new in zip(keys, here, there, strict=True):
            if old == new:
                self._count(old)
            elif new.kind != b"none" or not 0 < old.until_ms <= now_ms:
                if old.kind == b"none" and new.until_ms > 0:
                    continue  # its time is over: there too in a moment
                raise MoveRefused(
                    f"the key {shown(key)} is not the same in the target: has a gateway written to"
                    " one of the two? Stop all gateways, then run this again"
                )

    def _count(self, look: Look) -> None:
        if look.kind == b"none":
            return
        self.keys += 1
        if look.kind == b"stream":
            self.streams += 1
            self.entries += look.facts[0]


async def _look(redis: Admin, keys: list[bytes]) -> list[Look]:
    kinds = await redis.all([("TYPE", key) for key in keys])
    asked: list[Command] = []
    for key, kind in zip(keys, kinds, strict=True):
        if kind in SIZES:
            asked += [(SIZES[kind], key), ("PEXPIRETIME", key)]
        if kind == b"stream":
            asked.append(("XINFO", "STREAM", key))
    replies = iter(await redis.all(asked))
    looks = []
    for kind in kinds:
        if kind not in SIZES:
            looks.append(Look(b"none"))
            continue
        facts: tuple[Any, ...] = (next(replies), next(replies))
        if kind == b"stream":
            info = next(replies)
            if not isinstance(info, StoreError):
                facts += tuple(stream_info(info)[name] for name in _STREAM)
        gone = any(isinstance(fact, StoreError) for fact in facts) or facts[1] == -2
        looks.append(Look(b"none") if gone else Look(kind, facts))
    return looks
