"""What names look like: a Latin "a" and a Cyrillic one make two names that nobody can tell apart.

https://www.unicode.org/reports/tr39/#Confusable_Detection, with its table of confusable
characters, but ASCII letters and digits are never confused with each other ("rn" and "m", "l" and
"I"): those who have such names chose them.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import normalize

from chatd.wire.casemap import fold

_LEFT_TO_RIGHT_MARK = "\u200e"


def skeletons(nick: str) -> str:
    """The skeletons of a nick, with commas between; an ASCII nick is its own.

    There may be two: some letters look like another one only in upper case, some only in lower
    case. Two names look the same when they have a skeleton in common.
    """
    return nick.lower() if nick.isascii() else _unicode_skeletons(nick)


@lru_cache(8192)
def _unicode_skeletons(nick: str) -> str:
    return ",".join(sorted({_skeleton(nick).lower(), _skeleton(fold(nick)).lower()}))


def _skeleton(name: str) -> str:
    prototypes = _prototypes()
    mapped = "".join(prototypes.get(char, char) for char in normalize("NFD", name))
    return normalize("NFD", mapped)


@lru_cache(1)
def _prototypes() -> dict[str, str]:
    """For each character what stands for all those that look like it.

    The library's table has each pair in both directions; the one that stands for all is the one
    that comes first in Unicode.
    """
    # imported at the first name outside ASCII: its table takes a tenth of a second
    from confusable_homoglyphs.confusables import confusables_data

    table: dict[str, str] = {}
    roots: dict[str, str] = {}

    def root(char: str) -> str:
        while roots.get(char, char) != char:
            char = roots[char]
        return char

    for raw, others in confusables_data.items():
        char = raw.strip(_LEFT_TO_RIGHT_MARK)
        for other in (row["c"].strip(_LEFT_TO_RIGHT_MARK) for row in others):
            if len(char) == 1 and len(other) == 1 and not (char + other).isascii():
                first, second = sorted((root(char), root(other)))
                roots[second] = first
            elif len(char) == 1 and not char.isascii():
                table[char] = other
    table.update({char: root(char) for char in list(roots)})
    return table
