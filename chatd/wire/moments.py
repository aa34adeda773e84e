"""A moment as server-time writes it. https://ircv3.net/specs/extensions/server-time"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_BEGIN: Final = datetime.fromtimestamp(0, UTC)
_MS: Final = timedelta(milliseconds=1)


def moment(ms: int) -> str:
    """``YYYY-MM-DDThh:mm:ss.sssZ`` of so many ms since 1970."""
    text = (_BEGIN + ms * _MS).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def moment_ms(text: str) -> int | None:
    """The ms since 1970 of a moment written like that, None = it is none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return (datetime.fromisoformat(text) - _BEGIN) // _MS
    except ValueError:
        return None
