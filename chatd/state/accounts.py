"""Accounts: who owns a name. Passwords are argon2id, computed in threads, never on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chatd.state.attempts import Attempts
from chatd.state.local import Receiver, user_of
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.casemap import InvalidName, fold

T = TypeVar("T")

PASSWORD_BYTES = (1, 300)
"""Bytes of a password, least and most: what one AUTHENTICATE chunk carries beside the name."""

WORKERS = 2
"""Threads for argon2id: each takes one core and 19 MiB for about 22 ms."""
QUEUE = 256
"""Computations waiting at most, about 6 s on one core: clients wait 15 s for the end of SASL.
Above, the answer is "try again"."""


class TooBusy(Exception):
    """Too many passwords are being checked already."""


class Accounts:
    """Makes accounts and checks passwords."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.attempts = Attempts()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="argon2")
        self._computing = 0
        # Checked when there is no such account, so that the time taken does not tell.
        self._decoy = ""

    async def verify(self, host: str, name: str, password: str) -> tuple[str, str] | None:
        """The account's (folded name, name as shown) if the password is right, else None.

        ``host``: who says it. Raises TooBusy, StoreUnavailable.
        """
        try:
            key = fold(name)
        except InvalidName:
            return None
        attempt = await self.attempts.begin(host, key)
        found = await self._store.account(key)
        if found is None and not self._decoy:
            self._decoy = await self._compute(hash_password, "decoy")
        hashed = found[1] if found is not None else self._decoy
        right = await self._compute(_check, hashed, password)
        if not right or found is None:
            await attempt.was_wrong()
            return None
        await attempt.was_right()
        return key, found[0]

    async def verify_operator(self, host: str, name: str, password: str) -> bool:
        """Whether this is the password of an account that is marked as an operator's."""
        account = await self.verify(host, name, password)
        if account is None:
            return False
        _, _, operator = await self._store.account_facts(account[0])
        return operator

    def register(self, session: Receiver, nick: str, hashed: str) -> Pending[list[str]]:
        """Make an account for the nick of a session, logged in or not.

        Refused: exists, confusable, offline.
        """
        sid = session.sid if session.user is not None else ""
        return self._store.register(sid, fold(nick), nick, hashed)

    def set_password(self, session: Receiver, account: str, hashed: str) -> Pending[list[str]]:
        """Replace the password of the session's account, folded. Refused: offline, noaccount."""
        return self._store.change_password(user_of(session).key, account, hashed)

    async def exists(self, name: str) -> bool:
        """Whether there is an account, folded."""
        return await self._store.account(name) is not None

    def choose(self, session: Receiver, account: str, field: str, value: str) -> Pending[list[str]]:
        """Keep what the session's account, folded, wants. Refused: offline, noaccount."""
        return self._store.choose(user_of(session).key, account, field, value)

    async def matches(self, hashed: str, password: str) -> bool:
        """Whether a password is the one of an argon2id hash. Raises TooBusy."""
        return await self._compute(_check, hashed, password)

    async def hashed(self, password: str) -> str:
        """The password as argon2id writes it. Raises TooBusy."""
        return await self._compute(hash_password, password)

    async def _compute(self, function: Callable[..., T], *args: str) -> T:
        if self._computing >= QUEUE:
            raise TooBusy
        self._computing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
        except asyncio.CancelledError:  # by `close`
            raise TooBusy from None
        finally:
            self._computing -= 1

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def hash_password(password: str) -> str:
    """The password as argon2id writes it, with 19 MiB, two passes and one lane.

    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    The library's own choice, 64 MiB and four lanes, takes 180 ms of processors: when a gateway
    dies, its clients would be out for longer than they are waited for.
    """
    from argon2 import PasswordHasher  # here, in the thread: a start needs none of it

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(password)


def _check(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def acceptable(password: str) -> bool:
    """Whether a password has a length that every way to log in can carry."""
    return PASSWORD_BYTES[0] <= len(password.encode()) <= PASSWORD_BYTES[1]
