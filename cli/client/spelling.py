"""Names, times and refusals as servers write them. No I/O."""

from __future__ import annotations

import re
import time
import unicodedata
from datetime import UTC, datetime
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message

LAST_TIME: Final = 250_000_000_000.0
"""Unix seconds, in the year 9892: the latest time that a server can tell."""

_WIDE: Final = re.compile("[\u3000\uff01-\uffee]")
"""Letters as wide, or half as wide, as those of East Asia."""


def folded(name: str) -> str:
    """Return what all spellings of a name have in common.

    As `chatd.wire.casemap.fold`, but whether it can be a name is not asked: that is most of the
    work, and a room may have 20,000 names that are not ASCII.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", _WIDE.sub(_narrow, name).lower())


def _narrow(found: re.Match[str]) -> str:
    letter = unicodedata.normalize("NFKC", found[0])
    return letter if len(letter) == 1 else found[0]


def reason_of(message: Message) -> str:
    """Return why a server refuses something: the last parameter of what it says."""
    return message.params[-1] if message.params else "no reason given"


def standard_reply(params: list[str]) -> str:
    """Return the text of FAIL, WARN or NOTE, with the room that it is about.

    ``<command> <code> [<context>...] :<text>``,
    https://ircv3.net/specs/extensions/standard-replies . Raises IndexError when it has no text.
    """
    text = params[-1]
    rooms = [word for word in params[2:-1] if is_room(word) and word not in text]
    return f"{', '.join(rooms)}: {text}" if rooms else text


def timestamp(message: Message) -> float:
    """Return when it happened by the server's clock; now, for a server that does not say."""
    at = read_time(message.tags.get("time", ""))
    return time.time() if at is None else at


def read_time(text: str) -> float | None:
    """Read a time as in https://ircv3.net/specs/extensions/server-time ; None when it is none."""
    try:
        at = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if is_time(at) else None


def server_time(at: float) -> str:
    """Write a time as in https://ircv3.net/specs/extensions/server-time ."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def is_time(at: float) -> bool:
    """Tell whether a calendar can show this time, wherever its user lives."""
    return 0 <= at <= LAST_TIME
