"""Acts and questions about how the owner of an account proves it."""

from __future__ import annotations

from typing import Any, NamedTuple

from chatd.store.caller import Caller
from chatd.store.keys import escape
from chatd.store.pending import Pending
from chatd.store.schema.keys import Owner


class Identity(NamedTuple):
    """An account of which somebody has proved to be the owner: folded name, and as shown.

    ``uid``: the person that it was then. When the login comes, the name may be another account's.
    """

    key: str
    shown: str
    uid: str


class Kept(NamedTuple):
    """What is kept of an account's password. ``shown``: its name. ``scram``: '' = nothing.

    ``uid``: the person; see docs/redis.md.
    """

    shown: str
    password: str
    scram: str
    uid: str


class AccountActs(Caller):
    """Names are folded."""

    def account(self, name: str) -> Pending[Kept | None]:
        """What is kept of an account's password; None = there is no such account."""
        return self.relay.call(
            "HMGET", self.keys.account(name), "name", "password", "scram", "created", "born",
            convert=lambda reply: _kept(name, reply),
        )  # fmt: skip

    def renew(self, name: str, checked: str, password: str, scram: str) -> Pending[list[str]]:
        """Keep a password that was right in another form, unless it was changed meanwhile.

        ``checked``: the hash that it was checked with; '' = that form stays as it is.
        """
        return self._act(
            "renew", self.keys.account(name),
            name=name, checked=checked, password=password, scram=scram,
        )  # fmt: skip

    def decoys(self) -> Pending[bytes]:
        """The secret of the decoys; '' = there is none yet."""
        return self.relay.call("GET", self._decoys, convert=lambda reply: reply or b"")

    def make_decoys(self, secret: bytes) -> Pending[bytes]:
        """Keep a secret where there is none; the one that is kept."""
        return self.relay.act(
            "SET", self._decoys, secret, "NX", "GET", convert=lambda reply: reply or secret
        )

    def add_cert(self, name: str, account: str, fingerprint: str, most: int) -> Pending[list[str]]:
        """Let a certificate prove who owns the account that a user is logged in to.

        Refused: offline, noaccount, same, exists (it is another account's), toomany.
        """
        return self._act(
            "cert_add", self.keys.presence,
            name=name, akey=account, fingerprint=fingerprint, most=most,
        )  # fmt: skip

    def remove_cert(self, name: str, account: str, fingerprint: str) -> Pending[list[str]]:
        """Undo `add_cert`. Refused: offline, noaccount, nocert."""
        return self._act(
            "cert_remove", self.keys.presence, name=name, akey=account, fingerprint=fingerprint
        )

    def certs(self, account: str) -> Pending[dict[str, int]]:
        """The certificates of an account: fingerprint -> when it was added, ms."""
        key = self.keys.of(Owner.ACCOUNT, "certs", escape(account))
        return self.relay.call("HGETALL", key, convert=_certs)

    def cert_owner(self, fingerprint: str) -> Pending[Identity | None]:
        """Whose a certificate is; None = nobody's."""
        return self._ask("cert_owner", self.keys.presence, _owner, fingerprint=fingerprint)

    @property
    def _decoys(self) -> str:
        return self.keys.of(Owner.SERVER, "decoys")


def _certs(reply: Any) -> dict[str, int]:
    pairs = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2], strict=True)
    return {fingerprint.decode(): int(ms) for fingerprint, ms in pairs}


def _owner(reply: list[bytes]) -> Identity | None:
    return Identity(*(part.decode() for part in reply)) if reply else None


def _kept(name: str, reply: list[bytes | None]) -> Kept | None:
    shown, password, scram, made, born = (None if part is None else part.decode() for part in reply)
    if shown is None or password is None:
        return None
    return Kept(shown, password, scram or "", f"={born or name}@{made or 0}")
