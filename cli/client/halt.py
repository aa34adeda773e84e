"""A session that the server does not let in again: it waits until its user says how to go on.

What is typed meanwhile waits as well, and is never taken for a password.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from cli.client import events as ev
from cli.client.errors import LoginRefused, NameTaken, PasswordRefused
from cli.client.handshake import Login

LOOK_S: Final = 3.0
"""Between two looks at what is kept: another process may put the right password there."""


class Halt:
    """Why the session stands still, if it does."""

    def __init__(self, login: Login, emit: Callable[[ev.Event], None]) -> None:
        self._login = login
        self._emit = emit
        self._over = asyncio.Event()
        self.stopped: ev.Stopped | None = None

    async def wait(self, refused: LoginRefused) -> None:
        """Tell the user, and return when there is a reason to try again."""
        wanted = isinstance(refused, NameTaken | PasswordRefused)
        self.stopped = ev.Stopped(str(refused), password=wanted)
        self._over.clear()
        self._emit(self.stopped)
        known = self._login.known()
        try:
            while not self._over.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S if wanted else None):
                        await self._over.wait()
                if wanted and not self._over.is_set() and self._login.another(known):
                    return
        finally:
            self.stopped = None

    def go_on(self) -> None:
        """Try again."""
        self._over.set()
