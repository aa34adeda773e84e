"""The room that everybody shares, as clients are told. docs/extensions.md"""

from __future__ import annotations

from tests.e2e.asking import ask
from tests.e2e.conftest import Connect


async def test_the_room_that_everybody_shares_is_told(connect: Connect) -> None:
    """ "is told by ISUPPORT `chatd/ROOM`" """
    alice = await connect("alice")
    assert any(" chatd/ROOM=#global " in line for line in await ask(alice, "VERSION"))
