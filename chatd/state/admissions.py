"""Who may make an account: everybody, some of each network; who is invited; nobody."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Final

from chatd.store.admission import Admission
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.addresses import network_of

OPEN: Final = "open"
INVITE: Final = "invite"
CLOSED: Final = "closed"

_PREFIX: Final = "invite:"
"""What may stand before a token, so that it does not look like an address."""


class NotAdmitted(Exception):
    """No account can be made; the text is for the client."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def digest_of(token: str) -> str:
    """What Redis keeps of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def refusal_of(refused: Refused) -> NotAdmitted | None:
    """What is told when Redis refuses; None = it has another reason."""
    if refused.word == "uninvited":
        return NotAdmitted("INVALID_INVITATION", "That invitation does not count, or any more")
    if refused.word == "wait":
        minutes = max(1, math.ceil(int(refused.details[0]) / 60_000))
        wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
        text = f"Too many accounts were made from your network; try again in {wait}"
        return NotAdmitted("RATE_LIMITED", text)
    return None


class Admissions:
    """Says on what ground an account may be made. ``most`` of one network in an hour, 0 = any."""

    def __init__(
        self, store: Store, mode: str, most: int, is_trusted: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._mode = mode
        self._most = most
        self._is_trusted = is_trusted

    def ground(self, host: str, said: str) -> Admission:
        """For who comes from a host and says ``said`` for an address. Raises NotAdmitted."""
        network = network_of(host)
        if self._mode == CLOSED:
            text = "No accounts are made here: ask who runs the server"
            raise NotAdmitted("DISALLOWED", text)
        if self._mode == OPEN:
            return Admission(network, 0 if self._is_trusted(host) else self._most)
        token = said.removeprefix(_PREFIX)
        if token in ("", "*"):
            text = "An account needs an invitation: REGISTER <account> <token> <password>"
            raise NotAdmitted("INVITATION_REQUIRED", text)
        return Admission(network, 0, digest_of(token))

    def ask(self, name: str, admission: Admission) -> Pending[list[str]]:
        """Whether an account, folded, may be made. Refused: exists, uninvited, wait (ms)."""
        return self._store.may_register(name, admission)
