"""What a login says besides the account: ``NAME@DEVICE+LINES``. See docs/extensions.md."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from chatd.wire.isupport import MAX_HISTORY

_LOGIN: Final = re.compile(r"([^@+]*)(?:@(~?[A-Za-z0-9._-]{1,32}))?(?:\+([0-9]{1,6}))?")


class Login(NamedTuple):
    """An account's name, which of its devices this is, how many lines of each room it wants.

    ``device``: '' = it does not say. ``lines``: None = as many as the account has chosen.
    """

    name: str
    device: str
    lines: int | None


def read_login(text: str) -> Login:
    """Read what stands in the place of the name. ValueError: it is no login."""
    found = _LOGIN.fullmatch(text)
    if found is None:
        raise ValueError("a login is NAME, NAME@DEVICE or NAME@DEVICE+LINES")
    name, device, lines = found.groups()
    return Login(name, device or "", None if lines is None else min(int(lines), MAX_HISTORY))
