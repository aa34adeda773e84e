"""Tries to prove who owns an account: each begins here, and how it ended is told here.

All ways to log in do so, a password, SCRAM or a certificate, so that what counts guesses has one
place. They are counted in Redis, for all gateways: for each account and network, and for the
network as a whole; never for an account over all networks, so nobody is kept out by others.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Sequence
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network

from chatd.store.errors import Refused, StoreError
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.addresses import address_of, network_of

log = logging.getLogger(__name__)

MOST_OPEN = 32
"""Tries of one account from one network that may be under way at one time, here."""
FEW_OPEN, FEW_WRONG = 4, 3
"""Tries under way, and wrong passwords, up to which it may be the owner where it is known."""
OPEN_S = 30.0
"""After which one that was not ended is forgotten: its client has gone."""
LOGGED_MS = 8_000
"""A wait from which on the log has a line."""


class TooBusy(Exception):
    """Too many passwords are being checked already; the text is for the client."""

    code = "TEMPORARILY_UNAVAILABLE"

    def __init__(self, text: str = "Too many logins right now; try again") -> None:
        super().__init__(text)


class TooSoon(TooBusy):
    """There were too many wrong passwords; the next may come in so many seconds."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, ms: int) -> None:
        self.seconds = max(1, math.ceil(ms / 1000))
        wait = "1 second" if self.seconds == 1 else f"{self.seconds} seconds"
        super().__init__(f"Too many wrong passwords from your network; try again in {wait}")


class Rank(IntEnum):
    """Whose password is checked first."""

    KNOWN = 0
    """The account's owner was in this network before, and no wrong password came from there."""
    UNBLEMISHED = 1
    """No wrong password came from the network."""
    REST = 2


class Attempt:
    """One try. ``network``: where it comes from. ``account``: folded, there or not."""

    def __init__(self, attempts: Attempts, network: str, account: str, trusted: bool) -> None:
        self.network = network
        self.account = account
        self.trusted = trusted
        self.rank = Rank.REST
        self.over = False
        self._attempts = attempts

    async def was_right(self) -> None:
        """It was proved."""
        await self._attempts.ended(self, right=True)

    async def was_wrong(self) -> None:
        """It was a wrong password, or there is no such account."""
        await self._attempts.ended(self, right=False)

    def __enter__(self) -> None:
        """It is being looked at."""

    def __exit__(self, *_: object) -> None:
        """It is under way no more, also when it could not be looked at."""
        self._attempts.leave(self)


class Attempts:
    """Lets a try begin, or says that it may not.

    ``trusted``: networks that are many, such as a web gateway's. Who comes from there is not kept
    out for the others.
    """

    def __init__(self, store: Store, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._store = store
        self._trusted = trusted
        self._open: dict[tuple[str, str], deque[float]] = {}
        self.wrong = self.refused = 0
        """How many there were, of this gateway."""

    def is_trusted(self, host: str) -> bool:
        """Whether an address is one of many."""
        address = address_of(host) if self._trusted else None
        return address is not None and any(address in network for network in self._trusted)

    async def begin(self, host: str, account: str) -> Attempt:
        """Ask before anything is computed. Raises TooSoon, StoreUnavailable."""
        attempt = Attempt(self, network_of(host), account, self.is_trusted(host))
        self._enter(attempt)
        try:
            found = await self._store.try_password(
                attempt.network, account, trusted=attempt.trusted
            )
        except Refused as refused:
            self.leave(attempt)
            self.refused += 1
            raise TooSoon(int(refused.details[0])) from None
        except StoreError:
            self.leave(attempt)
            raise
        crowded = len(self._open[attempt.network, attempt.account]) > FEW_OPEN
        if found.known and not (found.wrong or crowded):
            attempt.rank = Rank.KNOWN
        elif (found.known and found.wrong < FEW_WRONG) or not (found.wrong or found.wrong_there):
            attempt.rank = Rank.UNBLEMISHED
        return attempt

    async def proved(self, host: str, account: str) -> None:
        """Its owner has logged in without a password: the network is known from now on."""
        await self._store.tried(
            network_of(host), account, trusted=self.is_trusted(host), right=True
        )

    async def ended(self, attempt: Attempt, *, right: bool) -> None:
        """See `Attempt`."""
        try:
            _, wait_ms = await self._store.tried(
                attempt.network, attempt.account, trusted=attempt.trusted, right=right
            )
        finally:
            self.leave(attempt)
        if right:
            return
        self.wrong += 1
        if int(wait_ms) >= LOGGED_MS:
            log.warning(
                "wrong passwords from %s, the last for %s: the next try waits %d s",
                attempt.network, attempt.account[:64], int(wait_ms) // 1000,
            )  # fmt: skip

    def _enter(self, attempt: Attempt) -> None:
        """Limit how many are under way: what they are is known when they end."""
        key, now = (attempt.network, attempt.account), asyncio.get_running_loop().time()
        begun = self._open.setdefault(key, deque())
        while begun and begun[0] < now - OPEN_S:
            begun.popleft()
        if len(begun) >= MOST_OPEN:
            self.refused += 1
            raise TooSoon(1000)
        begun.append(now)

    def leave(self, attempt: Attempt) -> None:
        """It is under way no more."""
        if attempt.over:
            return
        attempt.over = True
        key = (attempt.network, attempt.account)
        begun = self._open.get(key)
        if begun:
            begun.popleft()
        if begun is not None and not begun:
            del self._open[key]

    def guessers(self) -> Pending[list[tuple[str, int]]]:
        """Networks from which tries had to wait, the latest first, and when, ms."""
        return self._store.guessers()
