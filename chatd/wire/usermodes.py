"""User modes: one table, from which 004, MODE and the documentation come.

https://modern.ircdocs.horse/#user-modes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BOT: Final = "B"
"""https://ircv3.net/specs/extensions/bot-mode"""
OPERATOR: Final = "o"
INVISIBLE: Final = "i"
WALLOPS: Final = "w"
REGISTERED_ONLY: Final = "R"
SECURE: Final = "Z"
COUNTED: Final = INVISIBLE + OPERATOR
"""Those whose holders are counted, for LUSERS."""
TOLD: Final = BOT + OPERATOR
"""Those that others are told with what a user does."""


@dataclass(frozen=True, slots=True)
class UserMode:
    """One mode; whether the user may set and remove it by MODE."""

    letter: str
    what: str
    settable: bool
    removable: bool
    link: str


USER_MODES: Final = (
    UserMode(BOT, "a bot", True, True, "https://ircv3.net/specs/extensions/bot-mode"),
    UserMode(REGISTERED_ONLY, "hears only who is logged in to an account, and operators",
             True, True, "https://modern.ircdocs.horse/#registered-user-mode"),
    UserMode(SECURE, "all sessions use TLS", False, False,
             "https://defs.ircdocs.horse/defs/usermodes"),
    UserMode(INVISIBLE, "hidden from who shares no room: in WHO with a mask, in NAMES, and"
             " their rooms in WHOIS", True, True, "https://modern.ircdocs.horse/#invisible-user-mode"),
    UserMode(OPERATOR, "an operator of the server; given by OPER or with the account",
             False, True, "https://modern.ircdocs.horse/#oper-user-mode"),
    UserMode(WALLOPS, "hears WALLOPS", True, True,
             "https://modern.ircdocs.horse/#wallops-user-mode"),
)  # fmt: skip
"""All user modes."""

BY_LETTER: Final = {mode.letter: mode for mode in USER_MODES}
"""The modes by letter."""
ALL_LETTERS: Final = "".join(sorted(BY_LETTER))
"""Every mode, for 004."""


def shown(modes: str) -> str:
    """Modes as 221 shows them."""
    return "+" + "".join(sorted(modes))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a mode string asks for; the last word on a letter counts.

    ``unknown``: some letter is no mode.
    """

    add: str
    remove: str
    unknown: bool


def read(text: str) -> Wanted:
    """Read a mode string. What exists but cannot be set in that way is ignored.

    "If a user attempts to make themselves an operator using the +o flag, the attempt SHOULD be
    ignored", https://www.rfc-editor.org/rfc/rfc2812#section-3.1.5
    """
    adding, unknown = True, False
    wanted: dict[str, bool] = {}
    for letter in text:
        mode = BY_LETTER.get(letter)
        if letter in "+-":
            adding = letter == "+"
        elif mode is None:
            unknown = True
        elif mode.settable if adding else mode.removable:
            wanted[letter] = adding
    add = "".join(letter for letter, on in wanted.items() if on)
    remove = "".join(letter for letter, on in wanted.items() if not on)
    return Wanted(add, remove, unknown)
