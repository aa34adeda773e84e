"""What counts as read: what is in sight while somebody looks.

The terminal tells whether its window has the focus; where it does not, keys and the mouse tell that
the user is there. What comes to an empty chair stays unread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.errors import ChatError
from cli.client.session import Session

THERE_S: Final = 120.0
"""After a key for which the user is taken to look at the screen."""

KEEP_S: Final = 10.0
"""Between two times that it is written down; the last one is written when the user leaves."""


class Reading:
    """Tells the server, and keeps for this machine, up to when all is read.

    ``keep`` writes a time by the server's clock down; it may raise ChatError.
    """

    def __init__(
        self,
        session: Session,
        buffers: Buffers,
        keep: Callable[[float], None] = lambda at: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._buffers = buffers
        self._keep = keep
        self._clock = clock
        self._there = clock()
        self._told: dict[str, float] = {}
        self._kept = 0.0
        self._next = 0.0
        self.focused = True
        """The window of the terminal has the focus, as far as the terminal tells."""

    def there(self) -> None:
        """Take note that the user does something; who types has the focus, whatever was told."""
        self._there, self.focused = self._clock(), True

    @property
    def looks(self) -> bool:
        """Tell whether somebody sees what is on the screen."""
        return self.focused and self._clock() - self._there < THERE_S

    def begins(self, name: str) -> None:
        """Take note that the user turns to a buffer: what is unread there is new."""
        buffer = self._buffers.open(name)
        buffer.since = buffer.marker if buffer.unread else 0.0

    def seen(self, name: str) -> bool:
        """Take note that the end of a buffer is in sight; return whether that was new."""
        buffer = self._buffers.get(name)
        if buffer is None or not self.looks:
            return False
        had = buffer.unread
        self._buffers.read(name)
        if name and self._session.connected and buffer.last > self._told.get(folded(name), 0.0):
            self._told[folded(name)] = buffer.last
            self._session.mark_read(name, buffer.last)
        if self._clock() >= self._next:
            self.write()
        return bool(had)

    def write(self) -> None:
        """Keep up to when everything is read, wherever it was said."""
        buffers = self._buffers.order()
        unread = [buffer.marker for buffer in buffers if buffer.unread]
        at = min(unread, default=max((buffer.last for buffer in buffers), default=0.0))
        if at <= self._kept:
            return
        self._kept, self._next = at, self._clock() + KEEP_S
        try:
            self._keep(at)
        except ChatError:
            return
