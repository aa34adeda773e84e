"""What a line costs: for how many lines of the flood limit it counts.

What is known from the line itself is charged before it is carried out, the rest by the handler, as
it learns what the line has touched: `Client.charge`.
"""

from __future__ import annotations

from typing import Final

EVERYBODY: Final = 10
"""A question about everybody or every room: it is answered in many pages."""
HISTORY: Final = 3
"""A page of history: up to 1000 lines go out."""
FEW_LINES: Final = 100
"""Of so many at most it counts for one line less: who comes back asks for some lines of each room
in which something was said."""
STATUS: Final = 5
"""A message to the holders of a prefix: who they are is asked, and stands in it."""
HOLDERS: Final = 100
"""So many holders of a prefix, whom a message names, count for one more line."""
CONCERNED: Final = 10
"""So many names and keywords of others, which a message has, count for one more line."""
SEARCHED: Final = 0.05
"""Each page of a search: 0.1 ms of Redis and a millisecond of the gateway, 500 messages."""
PAGE: Final = 0.25
"""Each page behind the first of any answer: 1 to 3 ms of Redis, while others wait."""
RENAME: Final = 10
"""A room gets another name: whoever does not know RENAME is shown it anew."""
ROOMS: Final = 10
"""What is told in all rooms of a user counts for one more line for so many of them."""

_TOLD_IN_ROOMS: Final = frozenset(("AWAY", "NICK", "SETHOST", "SETNAME"))
_WIDE: Final = frozenset("*?<>!")

COSTLY: Final = _TOLD_IN_ROOMS | frozenset(
    (
        "CHATHISTORY",
        "HISTORY",
        "INBOX",
        "UNREAD",
        "JOIN",
        "LIST",
        "METADATA",
        "NAMES",
        "PART",
        "RENAME",
        "ROSTER",
        "SEARCH",
        "WHO",
    )
)
"""Commands that can cost more than one line."""


def extra_cost(command: str, params: list[str], rooms: int = 0) -> int:
    """How many lines a line counts for, beyond itself: what costs Redis more comes less often.

    ``rooms``: how many the sender is in.
    """
    first = params[0] if params else ""
    if command in _TOLD_IN_ROOMS:
        return rooms // ROOMS
    if command == "METADATA":
        changes = len(params) > 1 and params[1].upper() in ("SET", "CLEAR")
        return rooms // ROOMS if changes and not first.startswith("#") else 0
    if command == "JOIN" and first == "0":
        return rooms
    if command == "ROSTER":
        return EVERYBODY - 1
    if command in ("WHO", "LIST") and (first in ("", "0") or not _WIDE.isdisjoint(first)):
        return EVERYBODY - 1
    if command == "RENAME":
        return RENAME - 1
    if command == "CHATHISTORY" and first.upper() != "TARGETS" and params[-1].isdecimal():
        return HISTORY - (2 if int(params[-1]) <= FEW_LINES else 1)
    if command in ("CHATHISTORY", "HISTORY", "INBOX", "SEARCH", "UNREAD"):
        return HISTORY - 1
    return first.count(",") if command in ("JOIN", "PART", "NAMES", "LIST") else 0
