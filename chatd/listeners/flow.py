"""What a client does not take: the part that is the same whatever it is connected by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatd.session.connection import Connection


class FlowControl:
    """Tells a connection when its client has caught up.

    https://docs.python.org/3/library/asyncio-protocol.html#flow-control-callbacks
    An `asyncio.Protocol` by behaviour only: what has that for its base cannot be compiled.
    """

    __slots__ = ("_client", "_clock", "congested")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._client: Connection | None = None
        self.congested = False

    def pause_writing(self) -> None:
        """The client takes less than is written: more than the high-water mark waits."""
        self.congested = True

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.congested = False
        if self._client is not None:
            self._client.drained(self._clock())
