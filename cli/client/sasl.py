"""The client's side of SASL: which mechanism, and what AUTHENTICATE carries. No I/O.

https://ircv3.net/specs/extensions/sasl-3.1 . Without TLS it is SCRAM-SHA-256 where the server has
it: the password is not said, and the server proves that it knows it too. With TLS it is PLAIN,
which takes two round trips less.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, ClassVar, Final

from chatd.wire.message import format_line
from cli.client.errors import LoginRefused
from cli.client.login import Login

if TYPE_CHECKING:
    from cli.client.scram import Scram

CHUNK: Final = 400
"""Bytes of base64 in one AUTHENTICATE line."""
MOST: Final = 8 * CHUNK
"""Of a whole challenge; no server has reason to say more."""

SCRAM: Final = "SCRAM-SHA-256"
REFUSED: Final = "-"
"""Kept in place of what was computed of a password that was refused with PLAIN, too."""


def exchange(login: Login, offered: str, *, exposed: bool) -> Exchange:
    """Choose how to log in. ``offered``: mechanisms, or nothing; ``exposed``: without TLS."""
    names = offered.upper().split(",")
    if SCRAM in names and (exposed or "PLAIN" not in names):
        return ByScram(login, plain="PLAIN" in names)
    return Exchange(login)


class Exchange:
    """Logging in with PLAIN, https://www.rfc-editor.org/rfc/rfc4616 : there is one answer."""

    mechanism: ClassVar[str] = "PLAIN"

    def __init__(self, login: Login) -> None:
        self._login = login
        self._said = ""
        self._answered = 0
        self.proven = True
        """The server may say that it has succeeded."""

    @property
    def computes(self) -> bool:
        """The next answer takes long."""
        return False

    def begin(self) -> list[bytes]:
        """Name the mechanism."""
        return [format_line("AUTHENTICATE", self.mechanism)]

    def otherwise(self) -> Exchange | None:
        """Return what to try now that this was refused; None = nothing."""
        return None

    def impostor(self) -> LoginRefused:
        """Say that a server does not know what it lets in with."""
        name = self._login.name
        return LoginRefused(f"the server does not know the password of {name}: is it the right one")

    def take(self, data: str) -> list[bytes]:
        """Take a line of a challenge; answer it when it is whole."""
        self._said += "" if data == "+" else data
        if len(self._said) > MOST:
            raise _nonsense()
        if len(data) >= CHUNK:
            return []
        challenge, self._said = self._said, ""
        try:
            answer = self._answer(base64.b64decode(challenge, validate=True))
        except (binascii.Error, ValueError):
            raise _nonsense() from None
        self._answered += 1
        return _lines(answer) if answer is not None else []

    def _answer(self, challenge: bytes) -> bytes | None:
        """Return what to say to a challenge; None = nothing, it is more than was agreed on."""
        return f"\0{self._name}\0{self._login.password}".encode() if not self._answered else None

    @property
    def _name(self) -> str:
        login = self._login
        return f"{login.name}@{login.device}" if login.device else login.name


class ByScram(Exchange):
    """Logging in with SCRAM: a nonce, a proof, and nothing but the end of it.

    An account whose password is older than the mechanism is refused as with a wrong one. A secret
    that is kept, so was right before, and was never proved is said with PLAIN then, once; the
    server makes up for it. One that was typed is not: it would count as two wrong ones.
    """

    mechanism: ClassVar[str] = SCRAM

    def __init__(self, login: Login, *, plain: bool) -> None:
        super().__init__(login)
        self._plain = plain
        self._scram: Scram | None = None
        self.proven = False

    @property
    def computes(self) -> bool:
        """Of the password a key is computed, slowly on purpose."""
        return self._answered == 1

    def otherwise(self) -> Exchange | None:
        """With PLAIN, where it may be that alone."""
        may_be_old = self._login.is_kept and not self._login.known_key()
        return _Instead(self._login) if self._plain and may_be_old else None

    def _answer(self, challenge: bytes) -> bytes | None:
        login = self._login
        if self._scram is None:
            from cli.client.scram import Scram  # only who has a password needs it

            self._scram = Scram(self._name, login.password or "", login.known_key())
        if self._answered == 0:
            return self._scram.first()
        if self._answered == 1:
            return self._scram.final(challenge.decode())
        if self._answered > 2:
            return None
        if challenge.startswith(b"e="):
            return b""
        if not self._scram.is_proof(challenge.decode()):
            raise self.impostor()
        self.proven = True
        login.remember_key(self._scram.key)
        return b""


class _Instead(Exchange):
    """PLAIN after SCRAM was refused."""

    def otherwise(self) -> Exchange | None:
        """Nothing: it is the wrong one, and not said again each time somebody logs in with it."""
        self._login.remember_key(REFUSED)
        return None


def _nonsense() -> LoginRefused:
    return LoginRefused("the server answers the login with what makes no sense")


def _lines(data: bytes) -> list[bytes]:
    """Write AUTHENTICATE: a full line says that more follows, so ``+`` ends with nothing."""
    text = base64.b64encode(data).decode()
    return [
        format_line("AUTHENTICATE", text[at : at + CHUNK] or "+")
        for at in range(0, len(text) + 1, CHUNK)
    ]
