"""Keys are carried out one after the other, however fast they come.

Textual hands keys on to the widget that has the focus, and asks for bindings before and after
that, each in a queue of its own. Of keys that come at once, over a slow line or pasted into a
terminal that does not say so, an Enter would overtake the letters before it, and what is typed
after a switch to somebody else would be sent to the one before.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

LOST_S: Final = 1.0
"""After which a key counts as carried out: the widget that had it may be gone."""


class Strokes(App[None]):
    """An app that takes the next key when all have done what they do at the last."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._strokes: deque[events.Key | events.Paste] = deque()
        self._stroke = 0
        self._begun: float | None = None
        """Since when a key is under way."""

    async def on_event(self, event: events.Event) -> None:
        """Take an event; keys and pastes wait for those before them."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            return await super().on_event(event)
        self._strokes.append(event)
        if self._begun is None or time.monotonic() - self._begun > LOST_S:
            await self._next(self._stroke)
        return None

    async def _next(self, stroke: int) -> None:
        if stroke != self._stroke:
            return  # was given up before
        self._stroke += 1
        self._begun = time.monotonic() if self._strokes else None
        if self._strokes:
            at: MessagePump = self.focused or self.screen
            await super().on_event(self._strokes.popleft())
            self._climb(at, self._stroke)

    def _climb(self, at: MessagePump | None, stroke: int) -> None:
        """Go the way that the event goes, behind it: from the focus up to the app."""
        if at is None or at is self or not at.call_later(self._climb, at._parent, stroke):
            self.call_later(self._next, stroke)
