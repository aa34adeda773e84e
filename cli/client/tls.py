"""Opening a connection by TLS to whom it is meant for, and saying why not."""

from __future__ import annotations

import asyncio
import functools
import ssl
from binascii import Error as NotBase64
from binascii import a2b_base64
from hashlib import sha256
from typing import Final

from cli.client.address import NEXT_ADDRESS_S, Server, Streams
from cli.client.errors import ChatError
from cli.client.trust import Trust, Untrusted

PREFIX: Final = "SHA256:"
"""Stands before a fingerprint."""

_STRANGERS: Final = (18, 19, 20, 21)
"""Certificates of which the authority is unknown, or that vouch for themselves (X509_V_ERR_...)."""

_WORDS: Final = {
    9: "its certificate is not valid yet; is this machine's clock right?",
    10: "its certificate has expired: who runs the server has to renew it",
    23: "its certificate was revoked",
    62: "its certificate is for another host: use the name that it is for",
    64: "its certificate is for another host: use the name that it is for",
}


def read_pin(text: str) -> str:
    """Read a fingerprint, in hexadecimal with or without colons, or in base64. Raises ChatError."""
    body = text.strip()
    if body[: len(PREFIX)].upper() == PREFIX:
        body = body[len(PREFIX) :]
    plain = body.replace(":", "")
    try:
        if len(plain) == 2 * sha256().digest_size:
            return shown(bytes.fromhex(plain))
        if len(body.rstrip("=")) == 43:
            return shown(a2b_base64(f"{body.rstrip('=')}="))
    except (ValueError, NotBase64):
        pass
    raise ChatError(f"this is no fingerprint: write {PREFIX} and 64 hexadecimal digits")


def shown(digest: bytes) -> str:
    """Write a fingerprint as ``openssl x509 -fingerprint -sha256`` does."""
    return PREFIX + digest.hex(":").upper()


async def connect(server: Server, trust: Trust, family: tuple[Server, ...] = ()) -> Streams:
    """Open a connection to who has a certificate that is believed.

    ``family``: the addresses that the user has given for this server: what is pinned at one is
    believed at the others. Raises Untrusted, and what the system and `ssl` raise.
    """
    if pins := trust.pinned(server):
        return await _pinned(server, trust, pins)
    try:
        return await _open(server, _verifying(str(trust.ca_file or "")))
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in _STRANGERS:
            raise Untrusted(_refusal(server, error)) from None
    streams = await _open(server, _blind())
    found = fingerprint(streams)
    if trust.believes(found, family):
        return streams
    streams[1].transport.abort()
    trust.question = server, found
    raise Untrusted(
        f"{server} may be somebody else: nobody whom this machine trusts vouches for its "
        "certificate. If the server is yours, give its authority with --ca-file, or this "
        f"certificate with --pin {found}, after you have compared it"
    )


async def _pinned(server: Server, trust: Trust, pins: frozenset[str]) -> Streams:
    streams = await _open(server, _blind())
    found = fingerprint(streams)
    if found not in pins:
        streams[1].transport.abort()
        raise Untrusted(
            f"{server} may be somebody else: it has another certificate than the one that is "
            f"pinned, {found}. If you know that it was changed, give --pin {found} once"
        )
    trust.accept(server, found)
    return streams


def fingerprint(streams: Streams) -> str:
    """Return that of the server's certificate."""
    certificate = streams[1].get_extra_info("ssl_object").getpeercert(binary_form=True)
    return shown(sha256(certificate).digest())


def _refusal(server: Server, error: ssl.SSLCertVerificationError) -> str:
    why = _WORDS.get(error.verify_code) or f"its certificate is not valid: {error.verify_message}"
    return f"{server} may be somebody else: {why.rstrip('.')}"


async def _open(server: Server, context: ssl.SSLContext) -> Streams:
    return await asyncio.open_connection(
        server.host, server.port, ssl=context, happy_eyeballs_delay=NEXT_ADDRESS_S
    )


@functools.cache
def _verifying(ca_file: str) -> ssl.SSLContext:
    """What verifies, by the authorities of a file, of the system or of SSL_CERT_FILE."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "strerror", None) or "there is no certificate in it"
        raise ChatError(f"cannot read the authorities in {ca_file}: {why}") from None
    # https://www.rfc-editor.org/rfc/rfc9525#section-2: the common name is no name of a host
    context.hostname_checks_common_name = False
    return context


@functools.cache
def _blind() -> ssl.SSLContext:
    """What takes any certificate: whoever uses it looks at the fingerprint before a word."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
