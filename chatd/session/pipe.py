"""What a session needs of a socket; the listeners have it."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Progress(NamedTuple):
    """What a client's kernel has acknowledged of what was written.

    ``taken``: bytes; it never grows where that cannot be known. ``untaken``: bytes that are on
    their way, 0 where it cannot be known. ``since_s``: what was written longer ago has been taken
    in any case; infinite = that cannot be said.
    """

    taken: int
    untaken: int
    since_s: float


UNKNOWN = Progress(0, 0, float("inf"))


class Delayed(Protocol):
    """What goes on after some time."""

    def pump(self, now: float) -> None:
        """Go on. ``now``: seconds of the gateway's clock."""


class Pipe(Protocol):
    """The socket, as a session uses it."""

    @property
    def fd(self) -> int:
        """Descriptor to which the session may write by itself while `waiting` is 0; -1: none.

        It is valid until `Connection.lost` returns.
        """

    @property
    def congested(self) -> bool:
        """Whether the client takes less than is written; `Connection.drained` tells of the end."""

    def write(self, data: bytes) -> None:
        """Send, or keep until the client reads."""

    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""

    def progress(self) -> Progress:
        """How much the client's kernel has taken. Valid until `Connection.lost` returns."""

    def pause(self) -> None:
        """Stop reading."""

    def resume(self) -> None:
        """Read again."""

    @property
    def ends_with_code(self) -> bool:
        """Whether the end says by a code of its own that the client may come again."""

    def close(self, *, again: bool = False) -> None:
        """Close when all is written, soon in any case. ``again``: the client may come again."""

    def later(self, seconds: float, delayed: Delayed) -> None:
        """Call ``delayed.pump`` after some seconds."""
