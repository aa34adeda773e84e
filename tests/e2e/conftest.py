"""Two gateways on one Redis for all tests here that only talk, and fresh state for each."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from itertools import cycle

import pytest
import pytest_asyncio
from redis import Redis

from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

ONE, TWO = "all on one gateway", "spread over two gateways"
# What a cluster could change is seen with two gateways: CI's time is short.
PLACES = [TWO] if os.environ.get("CHATD_TEST_ENGINE", "").startswith("cluster") else [ONE, TWO]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_gateways(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[RedisServer, list[Gateway]]]:
    """Run two gateways for the whole session: their Redis, and they.

    Operators may say ``OPER operuser operpassword``.
    """
    opers = tmp_path_factory.mktemp("config") / "opers"
    opers.write_text("# name:password\noperuser:operpassword\n", encoding="utf-8")
    # the next test begins when all of this one have left: nobody waits for who closes its socket
    flags = ("--flood-rate", "0", "--grace", "0", "--oper-file", str(opers))
    async with RedisServer() as redis:
        first, second = (Gateway("--redis", redis.url, *flags) for _ in range(2))
        async with first, second:
            yield redis, [first, second]


spread = pytest.mark.parametrize("connect", [TWO], indirect=True)
"""For what a program answers that looks into Redis: it is the same wherever people are."""


class Connect:
    """Registers clients: ``alice = await connect("alice", caps=("batch",))``.

    Each goes to the next of the gateways.
    """

    def __init__(self, gateways: Sequence[Gateway]) -> None:
        self.clients: list[IrcClient] = []
        self._gateways = cycle(gateways)

    async def __call__(
        self, nick: str, caps: Sequence[str] = (), sasl: tuple[str, str] | None = None
    ) -> IrcClient:
        client = await self.open()
        await client.register(nick, caps, sasl)
        return client

    async def open(self) -> IrcClient:
        """Open a connection that has said nothing yet."""
        gateway = next(self._gateways)
        client = await IrcClient.connect(gateway.host, gateway.port)
        self.clients.append(client)
        return client


@pytest.fixture(params=PLACES)
async def connect(
    request: pytest.FixtureRequest, shared_gateways: tuple[RedisServer, list[Gateway]]
) -> AsyncIterator[Connect]:
    """Register clients, all on one gateway and then spread over two: the test is the same."""
    server, gateways = shared_gateways
    connect = Connect(gateways[:1] if request.param == ONE else gateways)
    yield connect
    for client in connect.clients:
        await client.close()
    with Redis.from_url(server.direct_url) as redis:
        await wait_until(lambda: not redis.exists(server.keys.online), "all have left")
        kept = []
        for part in ("room:*", "user:*", "account:*"):
            kept += redis.keys(f"{server.prefix}:{part}")
        for part in ("peak", "whowas*", "bans", "skeletons*", "roomlist", "guess*"):
            kept += redis.keys(f"{server.keys.presence}:{part}")
        if kept:
            redis.delete(*kept)
