"""Copies keys by what their type is: for a target that does not take the source's dumps.

That is an older version, with an older format. Many small keys are read and written at once, a
large one goes in pages, so no call holds a Redis for long. All begins with no key in the target.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from chatd.store.admin import Admin, Command
from chatd.store.errors import MoveRefused, StoreError

PAGE: Final = 500
"""Entries that are read and written at once."""

_GONE: Final = "no such key"
"""What XINFO says of a key whose time is over."""

Way = Callable[[Admin, Admin, bytes, bytes], Awaitable[None]]
"""Copies a key of the source, the first name, to the target, the second."""


_WHOLE: Final[dict[bytes, tuple[tuple[str, ...], str]]] = {
    b"string": (("GET",), "SET"),
    b"hash": (("HGETALL",), "HSET"),
    b"set": (("SMEMBERS",), "SADD"),
    b"zset": (("ZRANGE", "0", "-1", "WITHSCORES"), "ZADD"),
    b"list": (("LRANGE", "0", "-1"), "RPUSH"),
}
"""What reads all of a key, and what writes it."""


def questions(kind: bytes, key: bytes) -> list[Command]:
    """What reads a small key."""
    if kind == b"stream":
        return [("XINFO", "STREAM", key), ("XRANGE", key, "-", "+")]
    first, *rest = _WHOLE[kind][0]
    return [(first, key, *rest)]


def writes(kind: bytes, new: bytes, answers: list[Any]) -> list[Command]:
    """What makes a small key of these answers; nothing when its time was over."""
    for answer in answers:
        if isinstance(answer, StoreError):
            if _GONE in str(answer):
                return []
            raise answer
    if kind == b"stream":
        info = stream_info(answers[0])
        added = [("XADD", new, id_, *words) for id_, words in answers[1]]
        return [*_begun(new, info), *added, _ended(new, info)]
    (value,) = answers
    if (not value and kind != b"string") or value is None:
        return []
    if kind == b"zset":
        value = _scored(value)
    return [(_WHOLE[kind][1], new, *([value] if kind == b"string" else value))]


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
        await target.ask("ZADD", new, *_scored(pairs))


def _scored(pairs: list[bytes]) -> list[bytes]:
    """The score first, as ZADD wants it."""
    return [word for at in range(0, len(pairs), 2) for word in (pairs[at + 1], pairs[at])]


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
    (answer,) = await source.all([("XINFO", "STREAM", key)])
    if isinstance(answer, StoreError):
        if _GONE in str(answer):
            return
        raise answer
    info = stream_info(answer)
    await _done(target, _begun(new, info))
    after = b"-"
    while entries := await source.ask("XRANGE", key, after, "+", "COUNT", PAGE):
        await _done(target, [("XADD", new, id_, *words) for id_, words in entries])
        after = b"(" + entries[-1][0]
    await _done(target, [_ended(new, info)])


def _begun(new: bytes, info: dict[str, Any]) -> list[Command]:
    """What makes a stream that is empty, as one can be that was trimmed to nothing."""
    if info["groups"]:
        raise MoveRefused("it has groups of consumers")
    return [
        ("XGROUP", "CREATE", new, "chatd", "0", "MKSTREAM"),
        ("XGROUP", "DESTROY", new, "chatd"),
    ]


def _ended(new: bytes, info: dict[str, Any]) -> Command:
    return (
        "XSETID", new, info["last-generated-id"],
        "ENTRIESADDED", max(info["entries-added"], info["length"]),
        "MAXDELETEDID", info["max-deleted-entry-id"],
    )  # fmt: skip


async def _done(target: Admin, commands: list[Command]) -> None:
    for reply in await target.all(commands):
        if isinstance(reply, StoreError):
            raise reply


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
