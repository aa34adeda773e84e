"""When others are told that this user is typing. No I/O.

https://ircv3.net/specs/client-tags/typing
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from cli.client.conversation import folded

EVERY_S: Final = 3.0
""" "any `typing` notification is not sent within 3 seconds of another one for a given target" """


class TypingNotices:
    """``tell`` gets the target, and whether the user types or does no longer."""

    def __init__(
        self, tell: Callable[[str, bool], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.on = True
        self._tell = tell
        self._clock = clock
        self._told: dict[str, float] = {}
        self._active = ""
        """Who believes that the user is typing."""

    def typed(self, target: str, text: str) -> None:
        """Take note of the text as it is now.

        "while the user is making updates to the text-input field and the text is not a
        "/slash command"."
        """
        if not self.on or not target:
            return
        writes = bool(text.strip()) and not (text.startswith("/") and not text.startswith("//"))
        if not writes and self._active != folded(target):
            return
        now = self._clock()
        if now - self._told.get(folded(target), -EVERY_S) < EVERY_S:
            return  # who is not told "done" thinks so by itself after six seconds
        self._told = {name: at for name, at in self._told.items() if now - at < EVERY_S}
        self._told[folded(target)] = now
        self._active = folded(target) if writes else ""
        self._tell(target, writes)

    def sent(self) -> None:
        """Take note that the text was sent: that tells it by itself."""
        self._active = ""
