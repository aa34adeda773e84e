"""What a row of the table of keys is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose a key is."""

    SERVER = "server"
    GATEWAY = "gateway"
    USER = "user"
    ROOM = "room"
    ACCOUNT = "account"
    SESSION = "session"
    """One login of an account, whatever connection it has."""
    PERSON = "person"
    """Who a user is, whatever its name: the uid."""


class Fate(StrEnum):
    """What happens to a key when its owner gets another name or ends."""

    MOVES = "moves with it"
    DELETED = "deleted"
    EXPIRES = "kept for a time"
    """It has no time to live while its owner is there; the next owner of the name takes it or
    deletes it."""
    RUNS_OUT = "runs out"
    """It has a time to live in any case."""
    EMPTIES = "is empty by then"
    """Its last entry goes before its owner does."""
    STAYS = "stays"
    NEVER = "cannot happen"


class Ttl(StrEnum):
    """When a key has a time to live."""

    NONE = "none"
    ALWAYS = "always"
    AFTER_END = "once its owner is gone"


@dataclass(frozen=True, slots=True)
class Key:
    """One kind of key. ``name``: of its accessor, unique for its owner.

    ``lasts``: how long, where it has a time to live. ``each``: what the word LETTER stands for.
    ``renamed``, ``ended``: what happens to it when its owner is.
    """

    name: str
    owner: Owner
    pattern: str
    type: str
    renamed: Fate
    ended: Fate
    holds: str
    ttl: Ttl = Ttl.NONE
    lasts: str = ""
    each: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What has to be filled in."""
        return tuple(re.findall("[A-Z]+", self.pattern))

    def filled(self, prefix: str, *values: str) -> str:
        """The key itself. ``values``: for the words, in their order."""
        parts = re.split("([A-Z]+)", self.pattern)
        parts[1::2] = values
        parts[::2] = [part.replace("chat:", f"{prefix}:") for part in parts[::2]]
        return "".join(parts)

    def matches(self, key: str, prefix: str = "chat") -> re.Match[str] | None:
        """Whether a key is of this kind; its groups are the words, in lower case."""
        return re.fullmatch(_regex(self.pattern, prefix), key)


def _regex(pattern: str, prefix: str) -> str:
    parts = re.split("([A-Z]+)", pattern.replace("chat:", f"{prefix}:"))
    return "".join(
        f"(?P<{part.lower()}>{'.' if part == 'LETTER' else '.*?'})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )
