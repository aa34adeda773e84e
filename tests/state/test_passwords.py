"""Passwords as they are kept."""

from __future__ import annotations

from chatd.state.passwords import hash_password


def test_a_check_is_cheap_enough_for_a_crowd_that_comes_back() -> None:
    """ "Use Argon2id with a minimum configuration of 19 MiB of memory, an iteration count of 2, and
    1 degree of parallelism": OWASP Password Storage Cheat Sheet."""
    kept = hash_password("open sesame")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "open sesame" not in kept
    assert kept != hash_password("open sesame"), "each has its own salt"
