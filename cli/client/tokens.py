"""Texts that nobody can guess, as those of `secrets`, which takes long to load."""

from __future__ import annotations

import os
from binascii import b2a_base64


def token_hex(count: int) -> str:
    """Write ``count`` random bytes in hexadecimal."""
    return os.urandom(count).hex()


def token_urlsafe(count: int) -> str:
    """Write ``count`` random bytes in letters, digits, ``-`` and ``_``."""
    text = b2a_base64(os.urandom(count), newline=False).decode()
    return text.rstrip("=").translate({ord("+"): "-", ord("/"): "_"})
