"""SASL when the password cannot be checked now: it is not called wrong, and nobody is left waiting.

904 "is sent when the SASL authentication fails because of invalid credentials or other errors not
explicitly mentioned by other numerics" (https://ircv3.net/specs/extensions/sasl-3.1), and who comes
back by itself must know which it was.
"""

from __future__ import annotations

from base64 import b64encode

import pytest

from chatd.commands import logins
from chatd.state import queue
from chatd.store.errors import StoreUnavailable
from tests.support.memory import MemoryGateway

ANSWER = b64encode(b"\0anna\0open sesame").decode()
BUSY = "Too many logins right now; try again"
AWAY = "The server cannot reach its store right now; try again in a moment"


async def answers(gateway: MemoryGateway, caps: str) -> list[str]:
    """What a client is told of its SASL PLAIN, without the name of the server."""
    client = gateway.connect()
    await client.says("CAP LS 302", "NICK anna", "USER anna 0 * :Anna")
    await client.asks_for(caps)
    await client.says("AUTHENTICATE PLAIN")
    lines = await client.says(f"AUTHENTICATE {ANSWER}")
    return [line.removeprefix(":chat.internal ") for line in lines]


@pytest.fixture(params=[BUSY, AWAY])
def reason(
    request: pytest.FixtureRequest, gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Why no password can be checked."""
    if request.param == BUSY:
        monkeypatch.setattr(queue, "QUEUE", 0)
        monkeypatch.setattr(logins, "REFUSED_S", 0)
    else:

        async def away(host: str, name: str, password: str) -> None:
            raise StoreUnavailable("the link is down")

        monkeypatch.setattr(gateway.server.accounts, "verify", away)
    return str(request.param)


async def test_who_knows_standard_replies_is_told_that_it_may_be_right(
    gateway: MemoryGateway, reason: str
) -> None:
    assert await answers(gateway, "sasl standard-replies") == [
        f"FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :{reason}",
        f"904 anna :{reason}",
    ]


async def test_who_does_not_is_told_that_sasl_is_over(gateway: MemoryGateway, reason: str) -> None:
    assert await answers(gateway, "sasl") == [f"904 anna :{reason}"]
