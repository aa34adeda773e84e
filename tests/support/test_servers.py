"""The launchers of real servers: what they start answers, keeps its data, and is gone after."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer, free_port, on_every_engine


async def ask(server: RedisServer, command: str, *args: str) -> object:
    redis: Any = Redis.from_url(server.url, decode_responses=True, socket_timeout=0.2)
    try:
        return await redis.execute_command(command, *args)
    finally:
        await redis.aclose()


@on_every_engine
async def test_data_survives_stop_and_kill(redis_server: RedisServer) -> None:
    await ask(redis_server, "SET", "said", "hello")
    await redis_server.stop()
    with pytest.raises(NoConnection):
        await ask(redis_server, "PING")
    await redis_server.start()
    assert await ask(redis_server, "GET", "said") == "hello"
    redis_server.kill9()
    await redis_server.start()
    assert await ask(redis_server, "GET", "said") == "hello"


async def test_a_paused_server_does_not_answer(redis_server: RedisServer) -> None:
    redis_server.pause()
    with pytest.raises(NoConnection, match="Timeout reading"):
        await ask(redis_server, "PING")
    redis_server.resume()
    assert await ask(redis_server, "PING")


async def test_tcp_keeps_its_port_and_nothing_is_left_behind() -> None:
    async with RedisServer(tcp=True) as server:
        port, folder = server.port, server.folder
        server.kill9()
        await server.start()
        assert server.port == port
        assert await ask(server, "PING")
    assert not server.running
    assert folder.name not in os.listdir(folder.parent)


@on_every_engine
async def test_who_is_rolled_back_has_lost_what_came_after_the_copy(
    redis_server: RedisServer,
) -> None:
    await ask(redis_server, "SET", "said", "hello")
    await redis_server.save()
    await ask(redis_server, "SET", "said", "goodbye")
    await redis_server.roll_back()
    assert await ask(redis_server, "GET", "said") == "hello"
    await ask(redis_server, "SET", "said", "welcome")
    await redis_server.roll_back()
    assert await ask(redis_server, "GET", "said") == "hello"


@on_every_engine
async def test_two_gateways_are_one_server(two_gateways: tuple[Gateway, Gateway]) -> None:
    first, second = two_gateways
    assert first.id != second.id
    async with (
        await IrcClient.connect(first.host, first.port) as alice,
        await IrcClient.connect(second.host, second.port) as bob,
    ):
        await alice.register("alice")
        await bob.register("bob")
        await alice.send("PRIVMSG bob :hello")
        await bob.expect(r"^:alice!\S+ PRIVMSG bob :hello$")


async def test_a_killed_gateway_starts_again_on_its_port(gateways: Gateways) -> None:
    (gateway,) = await gateways(1, "--listen", f"127.0.0.1:{free_port()}")
    port = gateway.port
    gateway.kill9()
    assert not gateway.running
    await gateway.start()
    assert gateway.port == port
    assert await gateway.terminate() == 0


async def test_two_gateways_join_the_engine_of_a_directory(
    gateways: Gateways, tmp_path: Path
) -> None:
    first, second = await gateways(2, data_dir=tmp_path)
    for gateway, nick in ((first, "ann"), (second, "bea")):
        async with await IrcClient.connect(gateway.host, gateway.port) as client:
            await client.register(nick)
    assert len([gateway for gateway in (first, second) if "started the" in gateway.log]) == 1
