"""What a client does not take: the part that is the same whatever it is connected by."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from fcntl import ioctl
from socket import IPPROTO_TCP
from struct import unpack, unpack_from
from termios import TIOCOUTQ
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatd.session.connection import Connection


TCP_INFO: Final = 11
"""Of Linux; elsewhere it fails or says less."""
BYTES_ACKED: Final = 120
"""Where ``tcpi_bytes_acked`` stands, see ``linux/tcp.h``: 64 bits."""


def progress(transport: asyncio.BaseTransport) -> tuple[int, int]:
    """Bytes that a client's kernel has acknowledged, and those on their way: see `Pipe`.

    https://man7.org/linux/man-pages/man7/tcp.7.html: "SIOCOUTQ: Returns the amount of unsent data
    in the socket send queue", which for TCP is all that is not acknowledged; and TCP_INFO.
    """
    waiting = cast("asyncio.WriteTransport", transport).get_write_buffer_size()
    acknowledged = unsent = 0
    with suppress(OSError, ValueError):  # it is closed, or no socket that can say it
        socket = transport.get_extra_info("socket")
        (unsent,) = unpack("i", ioctl(socket.fileno(), TIOCOUTQ, b"\0" * 4))
        info = socket.getsockopt(IPPROTO_TCP, TCP_INFO, BYTES_ACKED + 8)
        if len(info) == BYTES_ACKED + 8:
            (acknowledged,) = unpack_from("Q", info, BYTES_ACKED)
    return acknowledged, waiting + unsent


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
