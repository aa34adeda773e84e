"""Whether a message is one that is looked for: plain words in any script, who said it, when.

A word matches wherever it stands in a text, also within another word: Chinese and Japanese have no
spaces between words. Upper and lower case, wide and narrow forms, and accents make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chatd.wire.casemap import InvalidName, fold

MOST_WORDS: Final = 10
"""Words of one search: each is looked for in every text."""

_ACTION: Final = "\x01ACTION "
_CTCP: Final = "\x01"
_FORMATS: Final = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\dA-Fa-f]{6}(?:,[\dA-Fa-f]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d-\x1f]",
    re.ASCII,
)
"""Bold, colours and the like. https://modern.ircdocs.horse/formatting"""
_NOT_PLAIN: Final = (
    b"\x02",
    b"\x03",
    b"\x04",
    b"\x0f",
    b"\x11",
    b"\x16",
    b"\x1d",
    b"\x1e",
    b"\x1f",
    b"\r",
)
"""What may stand within a word and is left out: formats, and where a line goes on."""
_LEFT_OUT: Final = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Accents of Latin, Greek and Cyrillic letters, and what cannot be seen. Marks of other scripts
stay: there they are vowels, or make other letters."""
_PARTS: Final = re.compile(r'"([^"]+)"|(\S+)')
_KIND, _COPY_OF, _NAME, _SOURCE, _ACCOUNT, _COMMAND, _TEXT, _FIELDS = 0, 2, 3, 4, 5, 6, 9, 11
"""Where they stand in a record, see `chatd.store.schema.records`."""


def plain(text: str) -> str:
    """A text in the form in which it is compared."""
    if text.isascii():
        return text.lower()
    text = text.casefold()
    if not unicodedata.is_normalized("NFKD", text):
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", _LEFT_OUT.sub("", text))


def words_of(text: str) -> tuple[str, ...]:
    """What a message has to have: each word, and each "some words" as they stand, once.

    Raises ValueError: there are none in it, or too many.
    """
    found = (phrase or word for phrase, word in _PARTS.findall(text))
    words = dict.fromkeys(filter(None, (" ".join(plain(one).split()) for one in found)))
    if not words:
        raise ValueError("There is no word in it")
    if len(words) > MOST_WORDS:
        raise ValueError(f"At most {MOST_WORDS} words")
    return tuple(sorted(words, key=len, reverse=True))  # a long word is in few texts


def said(text: str) -> str | None:
    """What people read of a text; None: it is for programs."""
    if text.isprintable():
        return text
    if text[:1] == _CTCP:
        if not text.startswith(_ACTION):
            return None
        text = text.removeprefix(_ACTION).removesuffix(_CTCP)
    # in one of several lines CR stands where a line goes on with the one before
    return _FORMATS.sub("", text).replace("\r", "").replace("\n", " ")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Messages with all of some words, '' = of whoever, from ``first_ms`` to ``last_ms``.

    ``words``: see `words_of`; ``sender``: a nick or an account, folded. The times are included.
    """

    words: tuple[str, ...] = ()
    sender: str = ""
    first_ms: int = 0
    last_ms: int = 2**63

    def may_be_among(self, records: list[bytes]) -> bool:
        """Whether it pays to look at each of some records: a quick look at all that are ASCII."""
        whole = b"\0".join(records)
        if not whole.isascii() or any(mark in whole for mark in _NOT_PLAIN):
            return True
        whole = whole.lower()
        needed = [*" ".join(self.words).split(), *filter(None, (self.sender,))]
        return all(word.encode() in whole for word in needed)

    def has(self, entry: bytes, record: bytes) -> bool:
        """Whether a record of a stream is such a message. ``entry``: its id."""
        fields = record.split(b"\0", _FIELDS)
        if fields[_KIND] != b"M" or fields[_COMMAND] == b"TAGMSG":
            return False
        if not self._has_words(fields[_TEXT].decode()):
            return False
        if self.sender and self.sender not in _names(fields):
            return False
        # one's own copy of a direct message has the id of the other side's
        ms = int((fields[_COPY_OF] or entry).partition(b"-")[0])
        return self.first_ms <= ms <= self.last_ms

    def _has_words(self, raw: str) -> bool:
        text = said(raw)
        if text is None:
            return False
        text = plain(text)
        for word in self.words:
            if word not in text and (" " not in word or word not in " ".join(text.split())):
                return False
        return True


def _names(fields: list[bytes]) -> Iterable[str]:
    """The name of who said it, the nick that stood there, and the account."""
    yield fields[_NAME].decode()
    yield _folded(fields[_SOURCE].partition(b"!")[0])
    yield _folded(fields[_ACCOUNT].partition(b"\1")[0])


@lru_cache(8192)
def _folded(name: bytes) -> str:
    try:
        return fold(name.decode())
    except InvalidName:
        return name.decode().lower()
