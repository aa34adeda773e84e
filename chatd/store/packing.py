"""Arguments of a command in the form in which Redis reads them, made once for many calls.

https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
"""

from __future__ import annotations

from typing import Any, Final


def _size(length: int) -> bytes:
    return b"$%d\r\n" % length


_SIZES: Final = [_size(length) for length in range(1024)]


def size(data: bytes) -> bytes:
    """What stands before an argument."""
    length = len(data)
    return _SIZES[length] if length < 1024 else _size(length)


class Packed:
    """Some arguments: as they are, and packed."""

    __slots__ = ("args", "data")

    def __init__(self, args: tuple[Any, ...]) -> None:
        self.args = args
        texts = [str(arg).encode() for arg in args]
        self.data = b"".join(size(text) + text + b"\r\n" for text in texts)
