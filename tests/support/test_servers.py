"""The launchers of real servers: what they start answers, keeps its data, and is gone after."""

from __future__ import annotations

import os
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.support.servers import RedisServer, on_every_engine


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
