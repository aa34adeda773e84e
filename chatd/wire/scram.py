"""SCRAM: a login in which the password is never said, and the server proves that it knows it too.

https://www.rfc-editor.org/rfc/rfc5802, with SHA-256 as https://www.rfc-editor.org/rfc/rfc7677 has
it. Nothing here knows accounts or sockets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final, NamedTuple

from chatd.wire.saslprep import prepared

MECHANISM: Final = "SCRAM-SHA-256"

ITERATIONS: Final = 600_000
"""Rounds of PBKDF2. Who has got hold of Redis' data tries passwords at the cheaper of the two: with
SHA-256 this many cost about what argon2id does with 19 MiB and two passes. A client computes them
at each login, in 0.1 to 0.2 s on a laptop; none that was looked at has a limit.
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2
"""

SALT_BYTES: Final = 16
NONCE_BYTES: Final = 18
"""Random bytes that the server adds to the client's nonce."""
NONCE_CHARS: Final = 256
"""Characters of the longest nonce that is taken from a client."""

_NAME = r"(?:[^=,\0]|=2C|=3D)+"
_PRINTABLE = r"[\x21-\x2b\x2d-\x7e]"
_FIRST: Final = re.compile(
    rf"(?P<gs2>(?P<binding>[ny]),(?:a=(?P<authzid>{_NAME}))?,)"
    rf"(?P<bare>n=(?P<name>{_NAME}),r=(?P<nonce>{_PRINTABLE}{{1,{NONCE_CHARS}}})(?:,.*)?)"
)
"""``p=`` is no match, no channel is bound here; nor is ``m=`` before the name: "its presence in a
client or a server message MUST cause authentication failure".
"""
_FINAL: Final = re.compile(
    rf"(?P<bare>c=(?P<binding>[A-Za-z0-9+/=]+),r=(?P<nonce>{_PRINTABLE}+)(?:,.*)?)"
    r",p=(?P<proof>[A-Za-z0-9+/=]+)"
)


class WrongProof(Exception):
    """It is not the password."""


@dataclass(frozen=True, slots=True, repr=False)
class Verifier:
    """What a server keeps of a password. It lets nobody log in; passwords can be tried on it."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    def __str__(self) -> str:
        """Write it as https://www.rfc-editor.org/rfc/rfc5803 does, but for the mechanism's case."""
        salt, stored, server = map(_b64, (self.salt, self.stored_key, self.server_key))
        return f"{MECHANISM}${self.iterations}:{salt}${stored}:{server}"


class ClientFirst(NamedTuple):
    """The first message of a client. ``gs2``: its header, ``bare``: what is behind it."""

    gs2: str
    bare: str
    authzid: str
    name: str
    nonce: str


def make_verifier(password: str, salt: bytes = b"", iterations: int = ITERATIONS,
                  digest: str = "sha256") -> Verifier:  # fmt: skip
    """Compute what a server keeps. It takes a while, and other threads run meanwhile."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac(digest, prepared(password), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", digest)
    stored_key = hashlib.new(digest, client_key).digest()
    return Verifier(salt, iterations, stored_key, hmac.digest(salted, b"Server Key", digest))


def decoy(secret: bytes, name: str) -> Verifier:
    """What is shown of a name that has none: always the same, and no password is right."""
    salt = hmac.digest(secret, name.encode(), "sha256")[:SALT_BYTES]
    return Verifier(salt, ITERATIONS, secrets.token_bytes(32), secrets.token_bytes(32))


def read_verifier(text: str) -> Verifier | None:
    """Read what `Verifier` writes; None = there is none, or it is another mechanism's."""
    mechanism, _, rest = text.partition("$")
    if mechanism != MECHANISM:
        return None
    try:
        head, _, keys = rest.partition("$")
        iterations, _, salt = head.partition(":")
        stored, _, server = keys.partition(":")
        made = Verifier(_unb64(salt), int(iterations), _unb64(stored), _unb64(server))
    except ValueError:
        return None
    return made if made.iterations > 0 and made.salt else None


def read_first(message: bytes) -> ClientFirst:
    """Read a client's first message. ValueError: it is none, or asks for what there is not."""
    found = _FIRST.fullmatch(message.decode())
    if found is None:
        raise ValueError("no first message of a client")
    return ClientFirst(
        found["gs2"], found["bare"], _name(found["authzid"] or ""), _name(found["name"]),
        found["nonce"],
    )  # fmt: skip


class Dialogue:
    """The server's side, from the client's first message on."""

    def __init__(self, first: ClientFirst, verifier: Verifier, nonce: str = "",
                 digest: str = "sha256") -> None:  # fmt: skip
        self._gs2 = first.gs2
        self._verifier = verifier
        self._digest = digest
        self._nonce = first.nonce + (nonce or secrets.token_urlsafe(NONCE_BYTES))
        self.first = f"r={self._nonce},s={_b64(verifier.salt)},i={verifier.iterations}"
        """What the server answers to it."""
        self._said = f"{first.bare},{self.first}"

    def check(self, message: bytes) -> bytes:
        """Check a client's final message; the server's.

        Raises ValueError: it is none, or not for this login; WrongProof.
        """
        found = _FINAL.fullmatch(message.decode())
        if found is None or found["nonce"] != self._nonce:
            raise ValueError("no final message of this login")
        if _unb64(found["binding"]) != self._gs2.encode():
            raise WrongProof  # somebody between has changed what the client has said
        said = f"{self._said},{found['bare']}".encode()
        signature = hmac.digest(self._verifier.stored_key, said, self._digest)
        proof = _unb64(found["proof"])
        if len(proof) != len(signature):
            raise WrongProof
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        stored_key = hashlib.new(self._digest, client_key).digest()
        if not hmac.compare_digest(stored_key, self._verifier.stored_key):
            raise WrongProof
        return b"v=" + base64.b64encode(hmac.digest(self._verifier.server_key, said, self._digest))


def _name(text: str) -> str:
    return text.replace("=2C", ",").replace("=3D", "=")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
