"""What a program may write to a terminal: every escape that it needs, and no other."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TEXT: Final = r"[^\x00-\x1f\x7f-\x9f]*"

ALLOWED: Final = [
    re.compile(one)
    for one in (
        r"\x1b\[[0-9;:]*m",  # colours
        r"\x1b\[(\d+(;\d+)?)?[ABCDGHdfJKP@X]",  # the cursor, erasing
        r"\x1b\[\?(1|7|12|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]",
        r"\x1b\[\?(2026|2048)\$p",
        r"\x1b\[[<>=]?[0-9;]*u",  # kitty's keyboard
        r"\x1b\[\?u",
        r"\x1b\[>4(;\d)?m",
        r"\x1b\[[0-9]+ q",
        r"\x1b\[(22;2|23;2)t",
        r"\x1b\[6n",
        r"\x1b\[c",
        r"\x1b[78=>]",
        r"\x1b\]8;(id=[A-Za-z0-9_.-]+)?;((https?|ircs?|mailto):[!-~]+)?\x1b\\",
        r"\x1b\]2;(\(\d+\) |\* )?chat\x07",
        rf"\x1b\]9;chat: {_TEXT}\x1b\\",
        rf"\x1b\]777;notify;{_TEXT}\x1b\\",
        rf"\x1b\]99;i=chatd:[a-z0-9=:]*;{_TEXT}\x1b\\",
        r"\x1b\]22;[a-z-]*\x07",  # the pointer of the mouse
    )
]

FORBIDDEN: Final = re.compile(
    "[\x00-\x06\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)

_MARKS: Final = "".join(
    re.escape(chr(code))
    for code in range(0x11000)
    if unicodedata.category(chr(code)) in ("Mn", "Me")
)
_PILE: Final = re.compile(f".{{0,20}}[{_MARKS}]{{9,}}")


def foreign(raw: bytes) -> list[str]:
    """Return what does not belong there: escapes that are not listed, controls, and the unseen."""
    text = raw.decode("utf-8", "replace")
    wrong, at = [], 0
    rest = []
    while (begin := text.find("\x1b", at)) >= 0:
        rest.append(text[at:begin])
        match = next((found for one in ALLOWED if (found := one.match(text, begin))), None)
        if match is None:
            wrong.append(repr(text[begin : begin + 60]))
            at = begin + 1
        else:
            at = match.end()
    rest.append(text[at:])
    for piece in rest:
        wrong += [
            repr(piece[max(0, found.start() - 20) : found.end() + 20])
            for found in FORBIDDEN.finditer(piece)
        ]
    return wrong


def piles(raw: bytes) -> list[str]:
    """Return where more marks stand on one letter than a terminal should have to draw."""
    return _PILE.findall(raw.decode("utf-8", "replace"))
