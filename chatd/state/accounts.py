"""Accounts: who owns a name. Passwords are argon2id, computed in threads, never on the loop."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from chatd.state.attempts import Attempts, Rank, TooBusy, TooSoon
from chatd.state.local import Receiver, user_of
from chatd.state.passwords import acceptable, check_password, hash_password
from chatd.state.queue import PasswordQueue
from chatd.state.verifiers import Verifiers
from chatd.store.accounts import Identity
from chatd.store.admission import Admission
from chatd.store.guesses import Wrong
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.addresses import network_of
from chatd.wire.casemap import InvalidName, fold

__all__ = ["Accounts", "TooBusy", "TooSoon", "acceptable", "hash_password"]

MOST_CERTIFICATES = 20
"""Certificates of one account."""

OPERATOR = "oper "
"""What stands before the name of an operator of the configuration where its tries are counted."""


class Secret(NamedTuple):
    """A password as it is kept: argon2id, and a verifier for SCRAM."""

    password: str
    scram: str


class Accounts:
    """Makes accounts and checks passwords."""

    def __init__(self, store: Store, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._store = store
        self.attempts = Attempts(store, trusted)
        self.verifiers = Verifiers(store)
        self._queue = PasswordQueue()
        # Checked when there is no such account, so that the time taken does not tell.
        self._decoy = ""

    async def verify(self, host: str, name: str, password: str) -> Identity | None:
        """The account if the password is right, else None.

        ``host``: who says it. Raises TooBusy, TooSoon, StoreUnavailable.
        """
        try:
            key = fold(name)
        except InvalidName:
            return None
        attempt = await self.attempts.begin(host, key)
        with attempt:
            found = await self._store.account(key)
            turn = (attempt.rank, attempt.network)
            if found is None and not self._decoy:
                self._decoy = await self._queue.compute(*turn, hash_password, "decoy")
            hashed = found.password if found is not None else self._decoy
            right = await self._queue.compute(*turn, check_password, hashed, password)
            if not right or found is None:
                await attempt.was_wrong()
                return None
            await attempt.was_right()
        self.verifiers.was_right(key, found, password)
        return Identity(key, found.shown, found.uid)

    async def verify_operator(self, host: str, name: str, password: str) -> bool:
        """Whether this is the password of an account that is marked as an operator's."""
        account = await self.verify(host, name, password)
        if account is None:
            return False
        _, _, operator = await self._store.account_facts(account.key)
        return operator

    async def register(
        self, session: Receiver, nick: str, secret: Secret, admission: Admission
    ) -> Identity:
        """Make an account for the nick of a session, logged in or not.

        Refused: exists, confusable, offline, uninvited, wait (ms).
        """
        sid = session.sid if session.user is not None else ""
        _, uid = await self._store.register(sid, fold(nick), nick, *secret, admission)
        return Identity(fold(nick), nick, uid)

    def set_password(self, session: Receiver, account: str, secret: Secret) -> Pending[list[str]]:
        """Replace the password of the session's account, folded. Refused: offline, noaccount."""
        return self._store.change_password(user_of(session).key, account, *secret)

    # -- certificates ------------------------------------------------------------------------

    def owner_of(self, fingerprint: str) -> Pending[Identity | None]:
        """Whose a certificate is; None = nobody's."""
        return self._store.cert_owner(fingerprint)

    def certificates(self, account: str) -> Pending[dict[str, int]]:
        """Those of an account, folded: fingerprint -> when it was added, ms."""
        return self._store.certs(account)

    def add_certificate(self, session: Receiver, fingerprint: str) -> Pending[list[str]]:
        """Let it prove who owns the session's account.

        Refused: offline, noaccount, same, exists, toomany.
        """
        user = user_of(session)
        return self._store.add_cert(user.key, user.account_key, fingerprint, MOST_CERTIFICATES)

    def remove_certificate(self, session: Receiver, fingerprint: str) -> Pending[list[str]]:
        """Undo `add_certificate`. Refused: offline, noaccount, nocert."""
        user = user_of(session)
        return self._store.remove_cert(user.key, user.account_key, fingerprint)

    async def exists(self, name: str) -> bool:
        """Whether there is an account, folded."""
        return await self._store.account(name) is not None

    async def about(self, name: str) -> tuple[str, int]:
        """The name as shown and when it was made, ms, of an account, folded; '' = there is none."""
        shown, made_ms, _ = await self._store.account_facts(name)
        return shown, made_ms

    def choose(self, session: Receiver, account: str, field: str, value: str) -> Pending[list[str]]:
        """Keep what the session's account, folded, wants. Refused: offline, noaccount."""
        return self._store.choose(user_of(session).key, account, field, value)

    async def matches(self, host: str, name: str, secret: str, password: str) -> bool:
        """Whether it is the password of an operator of the configuration, as `verify`.

        ``secret``: the password itself, or its argon2id hash.
        """
        attempt = await self.attempts.begin(host, f"{OPERATOR}{name}")
        with attempt:
            if secret.startswith("$argon2"):
                right = await self._queue.compute(
                    attempt.rank, attempt.network, check_password, secret, password
                )
            else:
                right = hmac.compare_digest(secret.encode(), password.encode())
            await (attempt.was_right() if right else attempt.was_wrong())
        return right

    async def hashed(self, host: str, password: str) -> Secret:
        """The password as it is kept. ``host``: who asks. Raises TooBusy."""
        network = network_of(host)
        hashed = await self._queue.compute(Rank.UNBLEMISHED, network, hash_password, password)
        one = "" if self.attempts.is_trusted(host) else network
        return Secret(hashed, await self.verifiers.made(one, password, hashed))

    def told_wrong(self, account: str) -> Pending[Wrong]:
        """How many wrong passwords there were since the owner of an account, folded, was told."""
        return self._store.told_wrong(account)

    def close(self) -> None:
        """End the threads."""
        self.verifiers.close()
        self._queue.close()
