"""Connections are looked at some at a time: what each costs must not add up to a pause."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chatd.session.connection import Connection
from chatd.session.lagging import AT_ONCE, parted


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 10 * AT_ONCE + 7])
def test_each_is_looked_at_once(count: int) -> None:
    connections: list[Any] = [object() for _ in range(count)]
    parts = parted(cast("list[Connection]", connections))
    assert [one for part in parts for one in part] == connections
    assert parts, "there is a part to wait for"
    assert all(len(part) <= AT_ONCE for part in parts)
