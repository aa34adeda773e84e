"""TLS that asks clients for a certificate and takes any, also one that vouches for itself.

Python's own `ssl` can only ask for certificates that an authority has signed, and gives no way to
look at others. This is the same OpenSSL by way of pyOpenSSL, in the form that event loops call:
bytes of the wire go through two `ssl.MemoryBIO`. What is proved is that the client has the key of
its certificate; whose that is, accounts say by its fingerprint (`CERT ADD`).
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto

CHUNK = 2**14
"""Bytes that are read or handed on at once: a record has no more, and the library makes room for
all that is asked for, each time.
"""
MORE = 1024
"""Bytes by which what is sent is longer than what is said, at most, if that is not very long."""

_CIPHERS = (
    b"@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
)
"""Those of Python's own contexts; of TLS 1.3 all."""

_OPTIONS = (
    SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_RENEGOTIATION
    | SSL.OP_SINGLE_DH_USE | SSL.OP_SINGLE_ECDH_USE | SSL.OP_IGNORE_UNEXPECTED_EOF
)  # fmt: skip


class TlsContext(ssl.SSLContext):
    """A context as `loop.create_server` wants it; what it makes is `TlsObject`."""

    _context: SSL.Context

    def __new__(cls) -> TlsContext:
        """Make one without a certificate: see `load`."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def load(self, cert: Path, key: Path) -> None:
        """Show this certificate to who connects from now on.

        Raises OSError, ssl.SSLError; then it is still the one before.
        """
        for file in (cert, key):
            file.open("rb").close()  # its error is a better sentence than OpenSSL's
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_options(_OPTIONS)
        context.set_cipher_list(_CIPHERS)
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 34 KB of each connection that is idle
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.set_session_id(b"chatd")  # else no client with a certificate can resume its session
        try:
            context.use_certificate_chain_file(str(cert))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except SSL.Error as error:
            raise _translated(error) from None
        self._context = context

    def wrap_bio(  # type: ignore[override]
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *_: Any, **__: Any
    ) -> TlsObject:
        """Begin the server's side of a connection."""
        connection = SSL.Connection(self._context, None)
        connection.set_accept_state()
        return TlsObject(connection, incoming, outgoing)


class TlsObject:
    """What event loops call of `ssl.SSLObject`."""

    __slots__ = (
        "_bio_read", "_bio_write", "_connection", "_drained", "_failure", "_incoming",
        "_outgoing", "_recv", "_send",
    )  # fmt: skip

    def __init__(
        self, connection: SSL.Connection, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        self._connection = connection
        self._recv, self._send = connection.recv, connection.send
        self._bio_read, self._bio_write = connection.bio_read, connection.bio_write
        self._incoming = incoming
        self._outgoing = outgoing
        self._drained = True
        """Whether all that has come was read: the loop asks no more until more comes."""
        self._failure: ssl.SSLError | None = None
        """With what the next read ends: it was found behind bytes that came before."""

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        self._feed()
        try:
            self._connection.do_handshake()
        except SSL.Error as error:
            raise _translated(error) from None
        finally:
            self._hand_out(CHUNK)

    def read(self, size: int = CHUNK, buffer: Any = None) -> bytes:
        """Read what has come, up to so many bytes; b'' = the client has said that this is all."""
        self._feed()
        failure, self._failure = self._failure, None
        if failure is not None:
            return self._ended(failure)
        parts: list[bytes] = []
        try:
            while size > 0:
                part = self._recv(min(size, CHUNK))
                parts.append(part)
                size -= len(part)
        except SSL.WantReadError:
            self._drained = True
            if not parts:
                raise ssl.SSLWantReadError from None
        except SSL.Error as error:
            if not parts:
                return self._ended(_translated(error))
            self._failure = _translated(error)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _ended(self, failure: ssl.SSLError) -> bytes:
        if isinstance(failure, ssl.SSLZeroReturnError):
            return b""
        raise failure

    def write(self, data: Any) -> int:
        """Say this, all of it: a record at a time is what the library does."""
        try:
            sent = self._send(data)
            while sent < len(data):
                sent += self._send(memoryview(data)[sent:])
        except SSL.Error as error:
            raise _translated(error) from None
        self._hand_out(sent + MORE)
        return sent

    def pending(self) -> int:
        """More than 0: read again, though nothing more has come."""
        return int(not self._drained or self._failure is not None)

    def unwrap(self) -> None:
        """Say that this was all, and wait for the client's."""
        self._feed()
        try:
            if not self._connection.shutdown():
                raise ssl.SSLWantReadError
        except SSL.Error as error:
            raise _translated(error) from None
        finally:
            self._hand_out(CHUNK)

    def _feed(self) -> None:
        """Hand in what has come."""
        if self._incoming.pending:
            self._drained = False
            data = self._incoming.read()
            while data:
                data = data[self._bio_write(data) :]

    def _hand_out(self, size: int) -> None:
        """Hand on what is to be sent, about so many bytes."""
        try:
            while True:
                data = self._bio_read(size)
                self._outgoing.write(data)
                if len(data) < size:
                    return
        except SSL.WantReadError:
            return

    def fingerprint(self) -> str:
        """SHA-256 of the client's certificate, in hex; '' = it has shown none."""
        certificate = self._connection.get_peer_certificate()
        if certificate is None:
            return ""
        return hashlib.sha256(
            crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        ).hexdigest()

    # what loops keep for whoever asks; nobody does

    def getpeercert(self, binary_form: bool = False) -> None:
        """See `fingerprint`."""

    def cipher(self) -> tuple[str, str, int]:
        """The cipher: name, version of TLS, bits."""
        connection = self._connection
        return (
            connection.get_cipher_name() or "",
            connection.get_cipher_version() or "",
            connection.get_cipher_bits() or 0,
        )

    def compression(self) -> None:
        """There is none."""


def _translated(error: SSL.Error) -> ssl.SSLError:
    """What event loops know."""
    if isinstance(error, SSL.WantReadError):
        return ssl.SSLWantReadError()
    if isinstance(error, SSL.ZeroReturnError):
        return ssl.SSLZeroReturnError()
    if isinstance(error, SSL.SysCallError):
        return ssl.SSLEOFError("EOF occurred in violation of protocol")
    reasons = error.args[0] if error.args else []
    return ssl.SSLError(", ".join(str(reason[-1]) for reason in reasons) or "TLS failed")
