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
    beside: float = 2.0
    """From the beginning of a try to the next server beside it, if this one says nothing."""
    slow: float = 6.0
    """The same for one that has said something: it may have many passwords to hash."""
    owed: float = 1.0
    """Silence, after something was sent, until the server is asked whether it is still there."""
    quiet: float = 10.0
    """Silence until it is asked while the user is there."""
    idle: float = 60.0
    """The same while nobody is: each time wakes a processor."""
    there: float = 300.0
    """How long the user is there after each sign of it."""
    answer: float = 5.0
    """For the answer to that question, or four times the last one; then the connection is broken.

    A gateway whose Redis says nothing knows it after five seconds, and says so."""
    returning: float = 15.0
    """After a reconnection, for others to come back, too: a message to them waits so long."""
    beginning: float = 3.0
    """For the server to say in which room one begins."""
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
