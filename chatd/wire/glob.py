r"""Masks: ``*`` matches any text, ``?`` one character, a backslash takes that meaning away.

https://modern.ircdocs.horse/#wildcard-expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Final
from unicodedata import normalize

_SPECIAL: Final = re.compile(r"\\[*?]|\[")


def is_mask(text: str) -> bool:
    """Tell whether ``text`` has a wildcard, escaped or not: no name has one."""
    return "*" in text or "?" in text


def matcher(mask: str) -> Callable[[str], bool]:
    """Return a test for whether a text matches ``mask`` as a whole, in either case.

    It takes time in proportion to mask and text at most, whatever the mask: fnmatch does not
    look back behind a ``*`` that has found its place.
    """
    # in the language of fnmatch: what is special there and not here, or escaped here, in []
    pattern = _SPECIAL.sub(lambda found: f"[{found[0][-1]}]", _folded(mask))
    match = re.compile(translate(pattern)).match
    return lambda text: match(_folded(text)) is not None


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else normalize("NFC", text).lower()
