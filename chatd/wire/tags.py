"""Message tags: their escaping, reading and writing.

https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_ESCAPES: Final = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_UNESCAPES: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_TABLE: Final = str.maketrans(_ESCAPES)
_SEQUENCE: Final = re.compile(r"\\(.?)")
_NOT_IN_KEY: Final = frozenset(" ;=\0\r\n")
_CLIENT_ONLY: Final = re.compile(r"\+(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
"""``[ '+' ] [ <vendor> '/' ] <sequence of letters, digits, hyphens ('-')>``, the vendor a host."""


def escape(value: str) -> str:
    """Return ``value`` as it is written in a tag."""
    return value.translate(_TABLE)


def unescape(value: str) -> str:
    r"""Return the value that a tag's text means; ``\b`` is ``b``, a last lone ``\`` nothing."""
    if "\\" not in value:
        return value
    return _SEQUENCE.sub(lambda match: _UNESCAPES.get(match[1], match[1]), value)


def parse_tags(data: str) -> dict[str, str]:
    """Read the text between ``@`` and the space: keys with unescaped values, never an error.

    "Implementations [...] MUST NOT perform any validation that would reject the message if an
    invalid tag key name is used"; of a key given twice the last counts; no value is ``""``.
    """
    tags = {}
    for tag in data.split(";"):
        key, _, value = tag.partition("=")
        tags[key] = unescape(value) if "\\" in value else value
    tags.pop("", None)
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """Write tags in the order given, without ``@`` and space.

    Raises ValueError for a key that no tag can have or for NUL in a value.
    """
    words = []
    for key, value in tags.items():
        if not key or not _NOT_IN_KEY.isdisjoint(key):
            raise ValueError(f"not a tag key: {key!r}")
        if "\0" in value:
            raise ValueError("NUL cannot be part of a tag value")
        words.append(f"{key}={value.translate(_TABLE)}" if value else key)
    return ";".join(words)


def client_only(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that "servers MUST attach as-is" when relaying: those that begin with +.

    A key that breaks the grammar is no tag's: it is left out, and the message goes on without it.
    """
    return {key: value for key, value in tags.items() if _CLIENT_ONLY.fullmatch(key)}
