"""What a mechanism of SASL is to AUTHENTICATE."""

from __future__ import annotations

from typing import NamedTuple

from chatd.state.accounts import Accounts
from chatd.store.accounts import Identity
from chatd.wire.casemap import fold
from chatd.wire.login import Login


class Wrong(Exception):
    """It was understood and is wrong: it counts as a failed login."""


class Proved(NamedTuple):
    """Who it is, and what its login says besides."""

    login: Login
    account: Identity


class Exchange:
    """One login by one mechanism. ``said``: what the client has said of its next answer.

    ``host``: where the client comes from. ``certificate``: SHA-256 of the one that it has shown.
    """

    def __init__(self, accounts: Accounts, host: str, certificate: str = "") -> None:
        self.said = ""
        self._accounts = accounts
        self._host = host
        self._certificate = certificate

    async def step(self, answer: bytes) -> bytes | Proved:
        """Take the client's answer; what to say next, or who it is.

        Raises Wrong, ValueError (it is not what the mechanism says), TooBusy, StoreUnavailable.
        """
        raise NotImplementedError


def may_be(authzid: str, authcid: str, login: Login) -> bool:
    """Whether who proves to be ``authcid`` may act as ``authzid``: as itself only.

    Raises InvalidName, a ValueError.
    """
    return authzid in ("", authcid) or fold(authzid) == fold(login.name)
