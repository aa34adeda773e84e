"""Copies one key by what its type is: for a target that does not take the source's dumps.

That is an older version, with an older format. Everything goes in pages, so no call holds a Redis
for long. A way begins with no key in the target.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from chatd.store.admin import Admin
from chatd.store.errors import MoveRefused, StoreError

PAGE: Final = 500
"""Entries that are read and written at once."""

Way = Callable[[Admin, Admin, bytes, bytes], Awaitable[None]]
"""Copies a key of the source, the first name, to the target, the second."""


async def _string(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    value = await source.ask("GET", key)
    if value is not None:
        await target.ask("SET", new, value)


async def _hash(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    async for pairs in _scanned(source, "HSCAN", key):
        await target.ask("HSET", new, *pairs)


async def _set(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    async for members in _scanned(source, "SSCAN", key):
        await target.ask("SADD", new, *members)


async def _zset(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    async for pairs in _scanned(source, "ZSCAN", key):
        scored = [word for at in range(0, len(pairs), 2) for word in (pairs[at + 1], pairs[at])]
        await target.ask("ZADD", new, *scored)


async def _scanned(source: Admin, command: str, key: bytes) -> AsyncIterator[list[bytes]]:
    cursor = b"0"
    while True:
        cursor, found = await source.ask(command, key, cursor, "COUNT", PAGE)
        for start in range(0, len(found), 2 * PAGE):  # a small one comes whole, whatever the count
            yield found[start : start + 2 * PAGE]
        if cursor == b"0":
            return


async def _list(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    start = 0
    while items := await source.ask("LRANGE", key, start, start + PAGE - 1):
        await target.ask("RPUSH", new, *items)
        start += len(items)


async def _stream(source: Admin, target: Admin, key: bytes, new: bytes) -> None:
    """Ids stay, and how many entries there ever were: gateways count by it what they missed."""
    info = stream_info(await source.ask("XINFO", "STREAM", key))
    if info["groups"]:
        raise MoveRefused("it has groups of consumers")
    # this makes a stream that is empty, as one can be that was trimmed to nothing
    await target.ask("XGROUP", "CREATE", new, "chatd", "0", "MKSTREAM")
    await target.ask("XGROUP", "DESTROY", new, "chatd")
    after = b"-"
    while entries := await source.ask("XRANGE", key, after, "+", "COUNT", PAGE):
        added = await target.all([("XADD", new, id_, *words) for id_, words in entries])
        for reply in added:
            if isinstance(reply, StoreError):
                raise reply
        after = b"(" + entries[-1][0]
    await target.ask(
        "XSETID", new, info["last-generated-id"],
        "ENTRIESADDED", max(info["entries-added"], info["length"]),
        "MAXDELETEDID", info["max-deleted-entry-id"],
    )  # fmt: skip


def stream_info(reply: list[Any]) -> dict[str, Any]:
    """What XINFO STREAM says, by its names."""
    names = [name.decode() for name in reply[::2]]
    return dict(zip(names, reply[1::2], strict=True))


WAYS: Final[dict[bytes, Way]] = {
    b"string": _string,
    b"hash": _hash,
    b"set": _set,
    b"zset": _zset,
    b"list": _list,
    b"stream": _stream,
}
"""By the type, as TYPE names it."""
