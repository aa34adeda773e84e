"""Passwords as they are kept: argon2id, with 19 MiB, two passes and one lane.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
The library's own choice, 64 MiB and four lanes, takes 180 ms of processors: when a gateway dies,
its clients would be out for longer than they are waited for.
"""

from __future__ import annotations

import hashlib
from typing import Final

from chatd.wire.scram import make_verifier

PASSWORD_BYTES: Final = (1, 300)
"""Bytes of a password, least and most: what one AUTHENTICATE chunk carries beside the name."""

_CURRENT: Final = "$argon2id$v=19$m=19456,t=2,p=1$"
"""What begins a hash with these parameters."""


def hash_password(password: str) -> str:
    """The password as argon2id writes it."""
    from argon2 import PasswordHasher  # here, in the thread: a start needs none of it

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(password)


def bound(scram: str, hashed: str) -> str:
    """A verifier for SCRAM as it is kept: it says to which hash it belongs.

    A gateway of an earlier version changes the hash alone, and the password from before must not be
    good for SCRAM then.
    """
    return f"{_mark(hashed)}:{scram}"


def unbound(kept: str, hashed: str) -> str:
    """The verifier that belongs to a hash; '' = there is none."""
    mark, _, scram = kept.partition(":")
    return scram if mark == _mark(hashed) else ""


def _mark(hashed: str) -> str:
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]


def kept_forms(password: str) -> tuple[str, str]:
    """All that is kept of a password: its hash, and the verifier that belongs to it."""
    hashed = hash_password(password)
    return hashed, bound(str(make_verifier(password)), hashed)


def is_current(hashed: str) -> bool:
    """Whether a hash was made with the parameters of today: others are slower, or weaker."""
    return hashed.startswith(_CURRENT)


def check_password(hashed: str, password: str) -> bool:
    """Whether it is the password, whatever the parameters."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def acceptable(password: str) -> bool:
    """Whether a password has a length that every way to log in can carry."""
    return PASSWORD_BYTES[0] <= len(password.encode()) <= PASSWORD_BYTES[1]
