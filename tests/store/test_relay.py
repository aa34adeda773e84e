"""The relay on real servers: what it refuses, and that it comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatd.store.errors import StoreRefused, StoreUnavailable
from chatd.store.pending import settled
from chatd.store.relay import Relay
from tests.support.servers import RedisServer, on_every_engine
from tests.support.wait import wait_until


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/at/all"])
async def test_nobody_there_is_said_in_a_sentence(url: str) -> None:
    """ "A wrong URL ...: one clear line" """
    with pytest.raises(StoreUnavailable, match="is it running"):
        await Relay(url, "test").start()


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://127.0.0.1:notaport"])
async def test_a_url_of_another_kind_is_refused(url: str) -> None:
    """ "A wrong URL" """
    with pytest.raises(StoreRefused, match="is not understood"):
        await Relay(url, "test").start()


async def test_a_refused_login_does_not_show_the_password(redis_server: RedisServer) -> None:
    """ "a refused login ...: one clear line"; no secret in an error."""
    separator = "&" if "?" in redis_server.url else "?"
    with pytest.raises(StoreRefused, match="refuses the login") as refused:
        await Relay(f"{redis_server.url}{separator}username=u&password=geheim", "test").start()
    assert "geheim" not in str(refused.value)


async def test_a_server_that_is_too_old_is_refused() -> None:
    """ "a too old server": a stand-in that answers HELLO as 6.2 does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            for _ in range(data.count(b"HELLO")):
                writer.write(
                    b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.2.7\r\n"
                )
            others = data.count(b"*") - data.count(b"HELLO")
            writer.write(b"+OK\r\n" * others)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(StoreRefused, match=r"version 6\.2\.7: 7\.0 or newer"):
            await Relay(f"redis://127.0.0.1:{port}", "test").start()


class Journal:
    """A relay's listener."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ups = 0
        self.downs = 0
        self.refusals: list[str] = []

    def on_message(self, channel: bytes, payload: bytes) -> None:
        self.heard.append(payload)

    def on_link_up(self) -> None:
        self.ups += 1

    def on_link_down(self, why: str) -> None:
        self.downs += 1

    def on_refusal(self, word: str) -> None:
        self.refusals.append(word)


@on_every_engine
async def test_subscriptions_survive_a_lost_link(
    redis_server: RedisServer,
) -> None:
    """The link is made again by itself, and hears what it heard before."""
    relay, journal = Relay(redis_server.url, "test"), Journal()
    relay.listen(journal)
    await relay.start()
    try:
        news, publish = f"{redis_server.prefix}:news", relay.topology.dialect.publish
        relay.subscribe(news)
        await settled(relay.call(publish, news, "1"))
        await wait_until(lambda: journal.heard == [b"1"], "the first message")
        relay.call("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "no")
        await wait_until(lambda: journal.downs == 1 and journal.ups == 2, "a new link")
        await settled(relay.call(publish, news, "2"))
        await wait_until(lambda: journal.heard == [b"1", b"2"], "the second message")
    finally:
        await relay.close()


async def test_a_long_socket_path_is_no_problem(tmp_path: Path) -> None:
    """The error for a missing socket names it."""
    with pytest.raises(StoreUnavailable, match=r"unix:///"):
        await Relay(f"unix://{tmp_path}/none.sock", "test").start()
