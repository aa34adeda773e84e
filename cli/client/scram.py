"""The client's side of SCRAM-SHA-256: what is said, and what has to come.

https://www.rfc-editor.org/rfc/rfc5802 , https://www.rfc-editor.org/rfc/rfc7677 . The server's side
is `chatd.wire.scram`; this one loads nothing that a command would wait for.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256
from typing import Final

from chatd.wire.saslprep import prepared
from cli.client.tokens import token_urlsafe

FEWEST, MOST = 4096, 5_000_000
"""Rounds. "The hash iteration-count SHOULD be at least 4096": who asks for fewer wants to try
passwords; who asks for more than takes seconds wants to keep us busy.
"""
NONCE_BYTES: Final = 18

_GS2: Final = "n,,"
_BASE64 = r"[A-Za-z0-9+/]+={0,2}"
_FIRST: Final = re.compile(
    rf"r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+),s=(?P<salt>{_BASE64}),i=(?P<rounds>[0-9]{{1,9}})(?:,.*)?"
)


class Scram:
    """One login. ``key``: what an earlier one has computed, '' for nothing; then the new one."""

    def __init__(self, name: str, password: str, key: str = "", nonce: str = "") -> None:
        self._password = prepared(password)
        self._nonce = nonce or token_urlsafe(NONCE_BYTES)
        name = name.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={self._nonce}"
        self._proof = b""
        self.key = key

    def first(self) -> bytes:
        """Return the first message."""
        return f"{_GS2}{self._bare}".encode()

    def final(self, first: str) -> bytes:
        """Return the final message, after the server's first. Raises ValueError: it makes no sense.

        "The client MUST verify that the initial part of the nonce used in subsequent messages is
        the same as the nonce it initially specified."
        """
        found = _FIRST.fullmatch(first)
        if found is None or not found["nonce"].startswith(self._nonce):
            raise ValueError("no first message of a server")
        rounds = int(found["rounds"])
        if not FEWEST <= rounds <= MOST or found["nonce"] == self._nonce:
            raise ValueError("no server that means well")
        salted = self._salted(found["salt"], rounds)
        without = f"c={b64encode(_GS2.encode()).decode()},r={found['nonce']}"
        said = f"{self._bare},{first},{without}".encode()
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(sha256(client_key).digest(), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._proof = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        return f"{without},p={b64encode(proof).decode()}".encode()

    def is_proof(self, final: str) -> bool:
        """Tell whether the server's final message shows that it knows the password, too."""
        wanted = b64encode(self._proof).decode()
        return hmac.compare_digest(final.partition(",")[0].encode(), f"v={wanted}".encode())

    def _salted(self, salt: str, rounds: int) -> bytes:
        """Return the salted password, which "a client implementation MAY cache".

        Beside it is kept of what it was made. What cannot be read is computed anew.
        """
        try:
            kept = b64decode(self.key.split(":")[-1], validate=True)
        except ValueError:
            kept = b""
        if not hmac.compare_digest(self.key.encode(), self._text(salt, rounds, kept).encode()):
            kept = pbkdf2_hmac("sha256", self._password, b64decode(salt, validate=True), rounds)
            self.key = self._text(salt, rounds, kept)
        return kept

    def _text(self, salt: str, rounds: int, salted: bytes) -> str:
        """Write it, with what only this password gives under it."""
        check = hmac.digest(salted, self._password, "sha256").hex()
        return f"{rounds}:{salt}:{check}:{b64encode(salted).decode()}"
