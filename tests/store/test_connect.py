"""Addresses of Redis as they are shown to people."""

from __future__ import annotations

import pytest

from chatd.redis_url import Endpoint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://user:secret@host:1", "redis://host:1"),
        ("unix://user:secret@/tmp/socket?db=1", "unix:///tmp/socket"),
        ("redis://:sec?ret@host", "redis://..."),
        ("redis://:sec@r?et@host", "redis://..."),
        ("redis://host?password=sec@ret", "redis://..."),
    ],
)
def test_the_password_is_never_shown(url: str, shown: str) -> None:
    """ "``str()`` never shows the password", even where it is not escaped as it has to be."""
    assert str(Endpoint(url)) == shown
