"""``chatd drain``: a gateway is taken out of service from the server's own terminal."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass

import pytest

from tests.conftest import Gateways
from tests.e2e.promises.support import People
from tests.support.irc import IrcClient
from tests.support.servers import CHATD, Gateway, RedisServer, chatd_environ

pytestmark = pytest.mark.slow

FLAGS = ("--drain-time", "1", "--lease", "1.5")
ERROR = "ERROR :This gateway is being restarted: connect again"


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


async def drain(redis: RedisServer, *flags: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *CHATD, "drain", "--redis", redis.url, *flags,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=chatd_environ(),
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def refuses(gateway: Gateway) -> bool:
    try:
        await (await IrcClient.connect(gateway.host, gateway.port)).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_a_gateway_lets_its_clients_go_and_stays_empty(gateways: Gateways) -> None:
    """ "waits until the gateway is empty with progress" """
    first, second = await gateways(2, *FLAGS)
    async with People() as people:
        crowd = [await people(first, f"user{number}") for number in range(3)]
        other = await people(second, "other")
        ended = await drain(gateways.redis, "--gateway", first.id)
        assert (ended.code, ended.err) == (0, "")
        lines = ended.out.splitlines()
        assert lines[0] == f"gateway {first.id}: 3 sessions"
        assert lines[-1] == f"{first.id} is empty"
        for client in crowd:
            assert (await client.expect_closed())[-1].raw == ERROR
        assert await refuses(first)
        await other.fence()
        again = await drain(gateways.redis, "--gateway", first.id)
        assert (again.code, again.out) == (0, f"{first.id} is empty\n")
        assert await first.terminate() == 0


async def test_what_it_is_that_cannot_be_drained(gateways: Gateways) -> None:
    """ "exit codes, sentence when no such gateway lives" """
    ended = await drain(gateways.redis)
    assert (ended.code, ended.err) == (1, "chatd: no gateway lives\n")
    first, second = await gateways(2, "--drain-time", "600")
    ended = await drain(gateways.redis, "--gateway", "nobody")
    assert (ended.code, ended.err) == (1, "chatd: no gateway with the id nobody lives\n")
    ended = await drain(gateways.redis)
    assert ended.code == 1
    assert ended.err.startswith("chatd: give --gateway: ")
    assert first.id in ended.err
    async with People() as people:
        for number in range(3):
            await people(second, f"user{number}")
        ended = await drain(gateways.redis, "--gateway", second.id, "--timeout", "0.5")
        assert ended.code == 1
        assert f"gateway {second.id} has 2 sessions after 0.5 s" in ended.err
        os.kill(second.pid, signal.SIGTERM)  # the second one, at the end of the test, ends it


async def test_the_only_gateway_need_not_be_named(gateways: Gateways) -> None:
    (first,) = await gateways(1, *FLAGS)
    async with People() as people:
        anna = await people(first, "anna")
        ended = await drain(gateways.redis)
        assert ended.code == 0
        assert (await anna.expect_closed())[-1].raw == ERROR
