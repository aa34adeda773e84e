"""What a session needs of a socket; the listeners have it."""

from __future__ import annotations

from typing import Protocol


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

    def progress(self) -> tuple[int, int]:
        """Bytes that the client's kernel has acknowledged, and those written that it has not.

        The first never grows where it cannot be known, the second is 0 where it cannot.
        """

    def pause(self) -> None:
        """Stop reading."""

    def resume(self) -> None:
        """Read again."""

    def close(self) -> None:
        """Close when all is written, soon in any case."""

    def later(self, seconds: float, delayed: Delayed) -> None:
        """Call ``delayed.pump`` after some seconds."""
