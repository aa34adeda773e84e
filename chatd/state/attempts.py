"""Tries to prove who owns an account: each begins here, and how it ended is told here.

All ways to log in do so, a password, SCRAM or a certificate, so that what counts guesses has one
place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Attempt:
    """One try. ``host``: where it comes from. ``account``: folded, there or not."""

    host: str
    account: str

    async def was_right(self) -> None:
        """It was proved."""

    async def was_wrong(self) -> None:
        """It was a wrong password, or there is no such account."""


class Attempts:
    """Lets a try begin, or says that it may not."""

    async def begin(self, host: str, account: str) -> Attempt:
        """Ask before anything is computed."""
        return Attempt(host, account)
