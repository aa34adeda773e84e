"""Answers that are asked for in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PAGE = 100
"""Users or rooms that one question looks at, about: 1 to 2 ms of Redis. All of 10,000 users at once
would be 50 to 150 ms for which nobody else is served."""

MEMBERS: Final = {"nick": 1000, "mask": 500, "none": 0}
"""The same of a room's members who are only named, as nick or mask: about 2 ms of Redis."""
ENTRIES: Final = 500
"""Entries of a stream that a page of history looks at."""
LOGS: Final = 50
"""Rooms of which a question looks at the newest entries."""
TAIL: Final = 20
"""How many of each: where a message is not among them, pages of `ENTRIES` are read."""
PARTNERS: Final = 50
"""People with whom somebody has talked, for whom a question looks: 20 us each."""
VALUES: Final = 300
"""The same of members whose METADATA is looked at."""


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A page. ``following``: where the next one starts, '' = this is the last.

    Over all pages whatever stays is there at least once, and what comes or goes meanwhile may be.
    """

    following: str
    rows: list[T]
