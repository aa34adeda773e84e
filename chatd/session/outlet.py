"""What is due to each client in this turn of the loop, and its way to the socket.

An `Outlet` holds byte strings in their order. `spread` puts what happened in a room into the
outlets of all its members, `write_out` writes what waits in many of them. This is what a delivery
costs, so where chatd was compiled it is done in C (``_outlet.c``): there an outlet with a
descriptor is written straight to its socket, and no object is made on the way. Here everything goes
through the pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TypeVar

S = TypeVar("S")


class Owner(Protocol):
    """Whose outlet it is."""

    def queue(self, data: bytes) -> None:
        """Take what was spread while the outlet was `Outlet.apart`."""

    def flush(self) -> None:
        """Something still waits after `write_out`."""


class Outlet:
    """What waits for one client.

    ``caps``: the client's capabilities, as far as they change the bytes of what is spread;
    ``fd``: descriptor that may be written to as long as nothing waits anywhere else, or -1;
    ``apart``: what is spread is not put here, its owner takes it; ``owner``: the session, None when
    the outlet was shut.
    """

    __slots__ = ("_chunks", "apart", "caps", "fd", "owner")

    def __init__(self, owner: Owner, fd: int = -1) -> None:
        self.owner: Owner | None = owner
        self.fd = fd
        self.caps = 0
        self.apart = False
        self._chunks: list[bytes] = []

    @property
    def waiting(self) -> int:
        """How many byte strings wait."""
        return len(self._chunks)

    def put(self, data: bytes) -> bool:
        """Let something wait; whether it is the first, which calls for a `write_out`."""
        if self.owner is None or not data:
            return False
        self._chunks.append(data)
        return len(self._chunks) == 1

    def take(self) -> bytes:
        """Everything that waits, which is then taken out."""
        chunks, self._chunks = self._chunks, []
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def shut(self) -> None:
        """Drop what waits, take nothing more, and write to no descriptor any more."""
        self._chunks = []
        self.owner = None
        self.fd = -1


def spread(
    members: dict[S, Outlet],
    without: Container[S],
    texts: dict[int, bytes],
    render: Callable[[int], bytes],
    dirty: list[Outlet],
) -> list[Outlet]:
    """Put a text into the outlets of all members but some.

    ``texts``: the text for each set of capabilities, ``render`` makes one that is missing. Outlets
    in which nothing was waiting are added to ``dirty``. Returns those that are `Outlet.apart`.
    """
    apart = []
    for member, outlet in members.items():
        if member in without:
            continue
        text = texts.get(outlet.caps)
        if text is None:
            text = texts[outlet.caps] = render(outlet.caps)
        if outlet.apart:
            apart.append(outlet)
        elif outlet.put(text):
            dirty.append(outlet)
    return apart


def write_out(dirty: list[Outlet]) -> list[Outlet]:
    """Write what waits; returns the outlets in which something still waits, for `Owner.flush`.

    A descriptor that takes no more is forgotten (-1): what waits goes through the pipe from then
    on, until `Owner.flush` finds that nothing is left there.
    """
    return [outlet for outlet in dirty if outlet._chunks]


if not TYPE_CHECKING:
    with suppress(ImportError):  # not compiled: what is above does the same
        _native = import_module("chatd.session._outlet")
        Outlet, spread, write_out = _native.Outlet, _native.spread, _native.write_out
