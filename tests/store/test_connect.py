"""Addresses of Redis as they are shown to people, and as they are looked up."""

from __future__ import annotations

import asyncio
import socket

import pytest

from chatd.redis_url import Endpoint
from chatd.store.connect import Listening, ask
from chatd.store.errors import StoreUnavailable
from tests.support.servers import RedisServer
from tests.support.wait import PATIENCE_S


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://user:secret@host:1", "redis://host:1"),
        ("unix://user:secret@/tmp/socket?db=1", "unix:///tmp/socket"),
        ("redis://:sec?ret@host", "redis://..."),
        ("redis://:sec@r?et@host", "redis://..."),
        ("redis://host?password=sec@ret", "redis://..."),
    ],
)
def test_the_password_is_never_shown(url: str, shown: str) -> None:
    """ "``str()`` never shows the password", even where it is not escaped as it has to be."""
    assert str(Endpoint(url)) == shown


async def test_a_name_that_nobody_answers_for_is_looked_up_once_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "who asked for it every second would soon hold all" threads that look up names."""
    asked: list[str] = []
    silence = asyncio.Event()

    async def getaddrinfo(host: str, port: object, **_: object) -> None:
        asked.append(host)
        await silence.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match=r"no Redis answers at redis://gone\.example:1"):
            await ask(Endpoint("redis://gone.example:1"), "PING", patience_s=0.01)
    assert asked == ["gone.example"]
    silence.set()
    with pytest.raises(StoreUnavailable, match="no Redis answers"):
        await ask(Endpoint("redis://gone.example:1"), "PING", patience_s=30)
    with pytest.raises(StoreUnavailable, match="no Redis answers"):
        await ask(Endpoint("redis://gone.example:1"), "PING", patience_s=30)
    assert asked == ["gone.example"] * 2


@pytest.mark.parametrize("what", ["ask", "listen"])
async def test_who_is_cancelled_while_it_connects_ends(
    redis_server: RedisServer, what: str
) -> None:
    """ "``asyncio.wait_for`` ... of Python 3.11 forgets a cancellation": at whatever step."""
    for turns in range(40):
        listening = Listening(Endpoint(redis_server.url), "channel")
        work = (
            ask(Endpoint(redis_server.url), "PING")
            if what == "ask"
            else listening.heard(PATIENCE_S)
        )
        task = asyncio.create_task(work)
        for _ in range(turns):
            await asyncio.sleep(0)
        asked_to_end = task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() == asked_to_end, f"after {turns} turns of the loop"
        await listening.close()
