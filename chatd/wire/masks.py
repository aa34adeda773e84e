"""Masks of people, as the lists of a room hold them: nick!user@host, or an extended ban.

    m:MASK      mutes only: who matches may enter but not speak
    a:ACCOUNT   matches the account, not the name
    U:MASK      matches who has no account

https://modern.ircdocs.horse/#extban-parameter, https://ircv3.net/specs/extensions/account-extban
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import east_asian_width, normalize

MASK_BYTES: Final = 200
"""Bytes of the longest mask."""
MUTE: Final = "m"
ACCOUNT: Final = "a"
GUEST: Final = "U"
EXTBANS: Final = GUEST + ACCOUNT + MUTE
"""Types of extended bans; EXTBAN has no prefix, so that they are written without one."""
ACCOUNT_NAMES: Final = (ACCOUNT, "account")
"""Names of the type that matches accounts."""

# "$" and "~" are the prefixes of other servers: clients send them, and no name begins so.
_EXTENDED: Final = re.compile(r"[$~]?(a|account|m|U):(.+)", re.DOTALL)
_ANYBODY: Final = re.compile(r"[$~]([aU])")
"""Everybody who has an account, everybody who has none."""
_REPEATED_STARS: Final = re.compile(r"\*{2,}")


def complete(mask: str) -> str:
    """What a mask means, written out: ``nick`` is ``nick!*@*``, ``user@host`` ``*!user@host``.

    Raises ValueError with a sentence for who has written it.
    """
    if not mask or mask[0] == ":" or not mask.isprintable() or " " in mask or "," in mask:
        raise ValueError("A mask has no spaces, commas or control characters")
    if anybody := _ANYBODY.fullmatch(mask):
        mask = f"{anybody[1]}:*"
    extended = _EXTENDED.fullmatch(mask)
    done = _hostmask(mask) if extended is None else _extended(extended[1], extended[2])
    done = _REPEATED_STARS.sub("*", done)
    if len(done.encode()) > MASK_BYTES:
        raise ValueError(f"A mask has at most {MASK_BYTES} bytes")
    return done


def _extended(kind: str, rest: str) -> str:
    if kind in ACCOUNT_NAMES:
        return f"{ACCOUNT}:{rest}"
    inner = complete(rest)
    if kind == MUTE and inner.startswith(f"{MUTE}:"):
        raise ValueError("One m: is enough")
    if kind == GUEST and inner[1:2] == ":":
        raise ValueError("U: is followed by nick!user@host")
    return f"{kind}:{inner}"


def _hostmask(mask: str) -> str:
    nick, bang, rest = mask.partition("!")
    if not bang:
        if "@" in mask:
            nick, rest = "", mask
        elif "." in mask or ":" in mask:  # no nick has these
            nick, rest = "", f"@{mask}"
        else:
            rest = ""
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def fold(mask: str) -> str:
    """A complete mask as it is compared: as names are folded, in every script.

    A sigma in lower case is another one at the end of a word, and a mask has other ends than a
    name: both are one letter here.
    """
    if mask.isascii():
        return mask.lower()
    return normalize("NFC", "".join(map(_narrow, mask)).lower()).replace("\u03c2", "\u03c3")


def _narrow(char: str) -> str:
    """A letter or digit of full or half width as the usual one, as RFC 8265 maps the width."""
    return normalize("NFKC", char) if char.isalnum() and east_asian_width(char) in "FH" else char


def folded_part(text: str) -> str:
    """A username as masks see it, if it is outside ASCII, else '': Lua folds A to Z itself."""
    return "" if text.isascii() else fold(text)
