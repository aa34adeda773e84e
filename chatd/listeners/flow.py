"""What a client does not take: the part that is the same whatever it is connected by."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from fcntl import ioctl
from socket import IPPROTO_TCP
from struct import Struct, unpack
from termios import TIOCOUTQ
from typing import TYPE_CHECKING, Final, cast

from chatd.session.pipe import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatd.session.connection import Connection


TCP_INFO: Final = 11
"""Of Linux; elsewhere it fails or says less."""
_INFO: Final = Struct("=28xI24xI8xII44xQ16xI")
"""From ``linux/tcp.h``: sacked (segments), last_ack_recv (ms), rtt and rttvar (us), bytes_acked and
notsent_bytes."""
_TICK_MS: Final = 10
"""The kernel's clock is no finer."""


def progress(transport: asyncio.BaseTransport) -> Progress:
    """What a client's kernel has acknowledged.

    https://man7.org/linux/man-pages/man7/tcp.7.html: "SIOCOUTQ: Returns the amount of unsent data
    in the socket send queue", which for TCP is all that is not acknowledged; and TCP_INFO.
    An acknowledgement is for all that had arrived: what was written a round trip before the last
    one. But not of a client that was full, nor where one segment has arrived before another.
    """
    waiting = cast("asyncio.WriteTransport", transport).get_write_buffer_size()
    taken, untaken, since_s = 0, 0, float("inf")
    with suppress(OSError, ValueError, AttributeError):  # it is closed, or cannot say it
        socket = transport.get_extra_info("socket")
        (untaken,) = unpack("i", ioctl(socket.fileno(), TIOCOUTQ, b"\0" * 4))
        info = socket.getsockopt(IPPROTO_TCP, TCP_INFO, _INFO.size)
        if len(info) == _INFO.size:
            sacked, silent_ms, rtt_us, varies_us, taken, unsent = _INFO.unpack(info)
            if not (sacked or unsent or waiting):
                since_s = (silent_ms + _TICK_MS) / 1e3 + (rtt_us + 4 * varies_us) / 1e6
    return Progress(taken, waiting + untaken, since_s)


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
