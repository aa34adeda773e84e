"""What a text looks like by IRC's formatting characters.

https://modern.ircdocs.horse/formatting
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple


class Look(NamedTuple):
    """How a piece of text is written. Colours are ``rrggbb``, empty for those of the theme."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    monospace: bool = False
    reverse: bool = False
    front: str = ""
    back: str = ""
    link: str = ""
    """The address that it leads to."""
    quiet: bool = False
    """Added by this client."""


PLAIN: Final = Look()

_TOGGLES: Final = {
    "\x02": "bold",
    "\x1d": "italic",
    "\x1f": "underline",
    "\x1e": "strike",
    "\x11": "monospace",
    "\x16": "reverse",
}
_RESET: Final = "\x0f"

_CODES: Final = re.compile(
    r"[\x02\x1d\x1f\x1e\x11\x16\x0f]"
    r"|\x03(?:([0-9]{1,2})(?:,([0-9]{1,2}))?)?"
    r"|\x04(?:([0-9A-Fa-f]{6})(?:,([0-9A-Fa-f]{6}))?)?"
)

_TABLE: Final = (
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 "
    "ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 "
    "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a "
    "740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045 "
    "b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b "
    "ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 "
    "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc "
    "ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 "
    "000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff"
)
COLOURS: Final = tuple(_TABLE.split())
"""The colours 0 to 98; 99 is the one of the theme."""


def pieces(line: str) -> list[tuple[str, Look]]:
    """Part a line where its look changes; the formatting characters are gone."""
    parts: list[tuple[str, Look]] = []
    look, begin = PLAIN, 0
    for code in _CODES.finditer(line):
        if code.start() > begin:
            parts.append((line[begin : code.start()], look))
        look, begin = _changed(look, code), code.end()
    if begin < len(line):
        parts.append((line[begin:], look))
    return parts


def without_formatting(text: str) -> str:
    """Return a text without its formatting characters."""
    return _CODES.sub("", text)


def _changed(look: Look, code: re.Match[str]) -> Look:
    char = code[0][0]
    if char == _RESET:
        return PLAIN
    if char in _TOGGLES:
        name = _TOGGLES[char]
        changed: dict[str, Any] = {name: not getattr(look, name)}
        return look._replace(**changed)
    front, back = (_colour(code[1]), _colour(code[2])) if char == "\x03" else (code[3], code[4])
    if front is None:
        return look._replace(front="", back="")
    # "If only the foreground color is set, the background color stays the same."
    return look._replace(front=front.lower(), back=look.back if back is None else back.lower())


def _colour(digits: str | None) -> str | None:
    if digits is None:
        return None
    return COLOURS[int(digits)] if int(digits) < len(COLOURS) else ""
