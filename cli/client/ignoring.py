"""Whom the user does not want to hear: what they say is neither shown nor counted. No I/O.

A mask is a nick or an account, in any spelling, with ``*`` and ``?`` for what may be anything:
``bob``, ``spam*``. With ``account:`` before it, it is only that: ``account:bob``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chatd.wire.message import Message
from cli.client.errors import Refused
from cli.client.spelling import folded

MAX_MASKS: Final = 500
"""Masks of one user."""

MAX_MASK: Final = 100
"""Characters of one."""

MAX_KNOWN: Final = 10_000
"""People of whom it is remembered whether they are ignored; then it is found out anew."""

ACCOUNT: Final = "account:"

_HEARD: Final = frozenset({"PRIVMSG", "NOTICE", "TAGMSG", "INVITE"})
"""What somebody says; their coming and going is shown."""


class Ignoring:
    """The masks, and what they hide."""

    def __init__(self, masks: Iterable[str] = ()) -> None:
        self._masks: dict[str, re.Pattern[str]] = {}
        self._shown: dict[str, str] = {}
        self._known: dict[tuple[str, str], bool] = {}
        for mask in masks:
            self.add(mask)

    @property
    def masks(self) -> list[str]:
        """Return the masks as they were given, the first one first."""
        return list(self._shown.values())

    def add(self, mask: str) -> bool:
        """Ignore whoever fits; return whether that is new. Raises Refused for what is no mask."""
        key = _folded(mask)
        if not key.removeprefix(ACCOUNT) or len(key) > MAX_MASK or " " in key:
            raise Refused("write a name, or account:NAME; * stands for anything")
        if not set(key.removeprefix(ACCOUNT)) - {"*", "?"}:
            raise Refused(f"{mask} is everybody: to hear nobody, leave the room or mute it")
        if key in self._masks:
            return False
        if len(self._masks) >= MAX_MASKS:
            raise Refused(f"{MAX_MASKS} masks are ignored already")
        self._masks[key] = _pattern(key.removeprefix(ACCOUNT))
        self._shown[key] = mask
        self._known.clear()
        return True

    def remove(self, mask: str) -> bool:
        """Hear them again; return whether they were ignored by this mask."""
        self._known.clear()
        self._shown.pop(_folded(mask), None)
        return self._masks.pop(_folded(mask), None) is not None

    def fits(self, nick: str, account: str = "") -> bool:
        """Tell whether somebody is ignored; ``account`` is empty for a guest."""
        if not self._masks:
            return False
        known = self._known.get((nick, account))
        if known is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[nick, account] = self._find(folded(nick), folded(account))
        return known

    def hides(self, message: Message) -> bool:
        """Tell whether a line of the server is not to be heard."""
        if not self._masks or message.command not in _HEARD or not message.source:
            return False
        nick, user, _ = message.source.partition("!")
        return bool(user) and self.fits(nick, message.tags.get("account", ""))

    def _find(self, nick: str, account: str) -> bool:
        for key, pattern in self._masks.items():
            if account and pattern.fullmatch(account):
                return True
            if not key.startswith(ACCOUNT) and pattern.fullmatch(nick):
                return True
        return False


def _folded(mask: str) -> str:
    """Fold what is a name in a mask."""
    kind = ACCOUNT if mask.lower().startswith(ACCOUNT) else ""
    parts = re.split(r"([*?]+)", mask.strip()[len(kind) :])
    return kind + "".join(folded(part) if part else "" for part in parts)


def _pattern(name: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in name)
    return re.compile(re.sub(r"(\.\*)+", ".*", "".join(parts)), re.DOTALL)
