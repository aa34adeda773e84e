"""Bytes as a hostile client sends them."""

from __future__ import annotations

from hypothesis import strategies as st

FRAGMENTS = [
    *(bytes([byte]) for byte in b"@:; =\\\0\r\n+a#"),
    b"\r\n",
    b" :",
    b"PRIVMSG",
    b"001",
    b"@label=1",
    b";+x=\\s",
    b"\xd0\x90",
    b"\xd0",
    b"\xff",
    b"a" * 7,
]


def hostile_bytes() -> st.SearchStrategy[bytes]:
    """Fragments of lines in any order: far likelier to meet a branch than plain random bytes."""
    return st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join)
