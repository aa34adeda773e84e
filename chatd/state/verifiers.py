"""Verifiers for SCRAM: made of a password whenever it is known, shown when somebody logs in."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from chatd.state.attempts import TooBusy
from chatd.state.passwords import bound, hash_password, is_current, unbound
from chatd.store.accounts import Identity, Kept
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import settled
from chatd.store.store import Store
from chatd.wire.scram import ITERATIONS, Verifier, decoy, make_verifier, read_verifier

MOST = 32
"""Verifiers that wait to be made for somebody who waits: of 0.2 s each, 6 s. Above, REGISTER and
PASSWD say "try again"."""
MOST_OF_ONE = 4
"""Of them for one network, or many at one place would keep everybody from REGISTER and PASSWD."""
MOST_RENEWED = 256
"""Passwords that were right and wait to be kept in another form. Above, the next login does it."""
SECRET_BYTES = 32


class Shown(NamedTuple):
    """``account``: whose it is; None = nobody's, or it has no verifier: it is a decoy."""

    account: Identity | None
    verifier: Verifier


class Verifiers:
    """Makes them in a thread of its own, one at a time: no login waits for that."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="scram")
        self._computing = 0
        self._of: Counter[str] = Counter()
        self._outdated: dict[str, tuple[Kept, str]] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def made(self, network: str, password: str, hashed: str) -> str:
        """A verifier as it is kept beside the hash of the password. Raises TooBusy.

        ``network``: for whom, '' = one of many.
        """
        if self._computing >= MOST or (network and self._of[network] >= MOST_OF_ONE):
            raise TooBusy
        self._of[network] += 1
        try:
            return bound(await self._compute(_verifier, password), hashed)
        finally:
            self._of[network] -= 1
            if not self._of[network]:
                del self._of[network]

    async def shown(self, name: str) -> Shown:
        """What is shown of a name, folded, to who wants to log in. Raises StoreUnavailable."""
        asked = self._store.decoys()  # for every name, so that the time taken does not tell
        kept = await self._store.account(name)
        secret = await asked or await self._store.make_decoys(secrets.token_bytes(SECRET_BYTES))
        verifier = _verifier_of(kept) if kept is not None else None
        if kept is None or verifier is None:
            return Shown(None, decoy(secret, name))
        return Shown(Identity(name, kept.shown, kept.uid), verifier)

    def was_right(self, name: str, kept: Kept, password: str) -> None:
        """A password is known now: if it is kept in an old form, or not for SCRAM, renew that."""
        if _has_verifier(kept) and is_current(kept.password):
            return
        if name in self._outdated or len(self._outdated) >= MOST_RENEWED:
            return
        self._outdated[name] = (kept, password)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew_all(), name="verifiers")

    async def _renew_all(self) -> None:
        try:
            while self._outdated:
                name = next(iter(self._outdated))
                with suppress(TooBusy, Refused, StoreError):  # the next login does it
                    await self._renew(name, *self._outdated[name])
                self._outdated.pop(name, None)
        finally:
            self._renewing = None

    async def _renew(self, name: str, kept: Kept, password: str) -> None:
        hashed, scram = kept.password, unbound(kept.scram, kept.password)
        if not is_current(hashed):
            hashed = await self._compute(hash_password, password)
        if not _has_verifier(kept):
            scram = await self._compute(_verifier, password)
        await settled(self._store.renew(name, kept.password, hashed, bound(scram, hashed)))

    async def _compute(self, function: Callable[[str], str], password: str) -> str:
        self._computing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, password)
        except asyncio.CancelledError:  # by `close`
            raise TooBusy from None
        finally:
            self._computing -= 1

    def close(self) -> None:
        """End the thread."""
        self._outdated.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _verifier(password: str) -> str:
    return str(make_verifier(password))


def _verifier_of(kept: Kept) -> Verifier | None:
    return read_verifier(unbound(kept.scram, kept.password))


def _has_verifier(kept: Kept) -> bool:
    verifier = _verifier_of(kept)
    return verifier is not None and verifier.iterations == ITERATIONS
