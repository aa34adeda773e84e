"""The words that concern somebody: which of them a text has. Every message in a room is asked."""

from __future__ import annotations

import re
import unicodedata
from string import ascii_letters, digits
from typing import Final

from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.store import Store

MOST_HITS: Final = 50
"""Words of one message that concern somebody; of more the others are left out."""
WORD_BYTES: Final = 64
"""Bytes of the longest word."""

_EDGES: Final = "-[]\\^_`{|}"
"""What a name may have besides letters and digits; at the ends of a word it may be punctuation."""
_WORD: Final = re.compile(rf"[\w{re.escape(_EDGES)}]+")
_LETTERS: Final = (ascii_letters + digits + _EDGES).encode()
_TABLE: Final = bytes(
    ord(chr(byte).lower()) if byte in _LETTERS else ord(" ") for byte in range(128)
).ljust(256)
"""Makes ASCII lower, and a space of what is in no word."""
_EDGE_BYTES: Final = _EDGES.encode()


def word_of(text: str) -> str:
    """A word as it is looked for; '' = this is none, or a long one."""
    form = _form(text)
    is_one = _WORD.fullmatch(form) and any(ch.isalnum() for ch in form)
    return form if is_one and len(form.encode()) <= WORD_BYTES else ""


def _form(text: str) -> str:
    """Names are folded so; see `chatd.wire.casemap`."""
    return unicodedata.normalize("NFC", text.lower())


class Words:
    """What Redis has as `words`, kept up to date by events of the global channel."""

    __slots__ = ("_fresh", "_store", "watched")

    def __init__(self, store: Store) -> None:
        self._store = store
        self.watched: set[bytes] = set()
        self._fresh: set[bytes] | None = None
        """Those that have been read of all, while that is under way."""

    def in_text(self, text: str) -> list[str]:
        """Those of a text that concern somebody, each once."""
        watched = self.watched
        if not watched:
            return []
        if text.isascii():  # in 0.4 us, because most concern nobody
            lower = text.encode().translate(_TABLE)
            words, edged = lower.split(), not lower.replace(b" ", b"").isalnum()
        else:
            words, edged = [word.encode() for word in _WORD.findall(_form(text))], True
        if edged:
            words += [word.strip(_EDGE_BYTES) for word in words]
        if watched.isdisjoint(words):
            return []
        hits = [word.decode() for word in dict.fromkeys(words) if word in watched]
        return hits[:MOST_HITS]

    def watch(self, word: str) -> None:
        """It concerns somebody from now on."""
        self.watched.add(word.encode())
        if self._fresh is not None:
            self._fresh.add(word.encode())

    def unwatch(self, word: str) -> None:
        """It concerns nobody any more."""
        self.watched.discard(word.encode())
        if self._fresh is not None:
            self._fresh.discard(word.encode())

    def refresh(self) -> Pending[None]:
        """Learn all of them again; resolved when it is done, or the link is lost.

        What is there all the time is read, and what comes and goes meanwhile is heard.
        """
        done: Pending[None] = Pending()
        fresh = self._fresh = set[bytes]()

        def take(reply: Pending[Rows[bytes]]) -> None:
            if self._fresh is not fresh:
                done.resolve(None)  # it was begun anew
                return
            if reply.error is not None:
                self._fresh = None
                done.fail(reply.error)
                return
            page = reply.result()
            fresh.update(page.rows)
            if page.following:
                self._store.watched(page.following).then(take)
                return
            self.watched, self._fresh = fresh, None
            done.resolve(None)

        self._store.watched("").then(take)
        return done
