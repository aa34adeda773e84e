"""Moments as server-time writes them. https://ircv3.net/specs/extensions/server-time"""

from __future__ import annotations

import pytest

from chatd.wire.moments import moment, moment_ms


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1319042451123, "2011-10-19T16:40:51.123Z"),
        (1582934399999, "2020-02-28T23:59:59.999Z"),
        (253402300799999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_both_ways(ms: int, text: str) -> None:
    """ "YYYY-MM-DDThh:mm:ss.sssZ" """
    assert moment(ms) == text
    assert moment_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "2011-10-19T16:40:51Z", "2011-10-19T16:40:51.1Z", "2011-10-19 16:40:51.123Z",
        "2011-10-19T16:40:61.123Z", "2011-13-19T16:40:51.123Z", "2011-10-19T16:40:51.123Z\n",
        "\u0662011-10-19T16:40:51.123Z", "2011-10-19T16:40:51.123+00:00",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert moment_ms(text) is None
