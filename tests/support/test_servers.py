"""The launchers of real servers: what they start answers, keeps its data, and is gone after."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer, free_port, on_every_engine


@on_every_engine
async def test_data_survives_stop_and_kill(redis_server: RedisServer) -> None:
    await redis_server.ask("SET", "said", "hello")
    await redis_server.stop()
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        await redis_server.ask("PING")
    await redis_server.start()
    assert await redis_server.ask("GET", "said") == "hello"
    redis_server.kill9()
    await redis_server.start()
    assert await redis_server.ask("GET", "said") == "hello"


async def test_a_paused_server_does_not_answer(redis_server: RedisServer) -> None:
    redis_server.pause()
    with pytest.raises(TimeoutError):
        await redis_server.ask("PING", timeout=0.2)
    redis_server.resume()
    assert await redis_server.ask("PING")


async def test_tcp_keeps_its_port_and_nothing_is_left_behind() -> None:
    async with RedisServer(tcp=True) as server:
        port, folder = server.port, server.folder
        server.kill9()
        await server.start()
        assert server.port == port
        assert await server.ask("PING")
    assert not server.running
    assert folder.name not in os.listdir(folder.parent)


@on_every_engine
async def test_who_is_rolled_back_has_lost_what_came_after_the_copy(
    redis_server: RedisServer,
) -> None:
    await redis_server.ask("SET", "said", "hello")
    await redis_server.save()
    await redis_server.ask("SET", "said", "goodbye")
    await redis_server.roll_back()
    assert await redis_server.ask("GET", "said") == "hello"
    await redis_server.ask("SET", "said", "welcome")
    await redis_server.roll_back()
    assert await redis_server.ask("GET", "said") == "hello"


@pytest.mark.parametrize("engine_kind", ["cluster", "cluster7"], indirect=True)
async def test_one_node_is_a_cluster(redis_server: RedisServer) -> None:
    """Keys are called there what they are called in any cluster."""
    assert redis_server.url == f"redis+cluster://127.0.0.1:{redis_server.port}"
    log = redis_server.key("chat:{chat:online}:log")
    assert log == "{chat}:{{chat}:online}:log" == redis_server.keys.global_log
    script = "return {redis.call('SET', KEYS[1], 'x'), redis.call('SPUBLISH', KEYS[1], 'x')}"
    assert await redis_server.ask("EVAL", script, 1, log) == ["OK", 0]
    redis_server.kill9()
    await redis_server.start()
    assert await redis_server.ask("GET", log) == "x"


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
