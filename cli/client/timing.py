"""How long a session waits for what, and what it waits with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from cli.client.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Times in seconds."""

    login: float = 15.0
    """From the connection to the welcome, the server's password hashing included."""
    quiet: float = 30.0
    """Silence after which the server is asked whether it is still there."""
    answer: float = 15.0
    """For the answer to that question; after it the connection counts as broken."""
    history: float = 20.0
    """For all that was missed; what has not come by then is told as a gap."""
    retry_first: float = 0.5
    retry_most: float = 20.0
    """Between two rounds of connection attempts, and between two attempts to send."""
    steady: float = 10.0
    """After which a connection counts as one that works, if nothing was acknowledged before."""
    settle: float = 2.0
    """For the answers of a gateway that sends us to another one, before we go."""
    goodbye: float = 1.0
    """For the server to close the connection after QUIT."""


class Timer(Protocol):
    """Something that will be done later."""

    def cancel(self) -> None:
        """Do not do it."""


class Clock:
    """The time of the event loop; tests put their own in its place."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call ``do`` after some time."""
        return asyncio.get_running_loop().call_later(seconds, do)
