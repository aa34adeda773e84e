"""Servers that the tests share which break nothing, and the people on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import SHORT_LEASE_S, People
from tests.support.engines import DEFAULT_KIND
from tests.support.servers import ENGINE_KINDS, Gateway, RedisServer


@dataclass(frozen=True, slots=True)
class Chat:
    """One Redis and two gateways on it: one chat."""

    redis: RedisServer
    g1: Gateway
    g2: Gateway


async def _run(stack: AsyncExitStack, kind: str, *flags: str) -> Chat:
    redis = await stack.enter_async_context(RedisServer(kind))
    g1, g2 = Gateway("--redis", redis.url, *flags), Gateway("--redis", redis.url, *flags)
    await asyncio.gather(*map(stack.enter_async_context, (g1, g2)))
    return Chat(redis, g1, g2)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Chat]:
    """One chat for all tests that inject no fault; rooms and names are the test's own."""
    async with AsyncExitStack() as stack:
        yield await _run(stack, DEFAULT_KIND, "--flood-rate", "0")


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=ENGINE_KINDS)
async def every_engine(request: pytest.FixtureRequest) -> AsyncIterator[Chat]:
    """The same on each kind of server."""
    async with AsyncExitStack() as stack:
        yield await _run(stack, request.param, "--flood-rate", "0")


@pytest.fixture
async def own(engine_kind: str) -> AsyncIterator[Chat]:
    """A chat for one test that breaks something.

    In the end, when all have left or died, what Redis says is true.
    """
    async with AsyncExitStack() as stack:
        chat = await _run(stack, engine_kind, "--flood-rate", "0", "--grace", "0")
        yield chat
        await wait_until_consistent(chat.redis)


_MORTAL = ("--flood-rate", "0", "--lease", str(SHORT_LEASE_S))


@pytest.fixture
async def mortal(engine_kind: str) -> AsyncIterator[Chat]:
    """The same, where a gateway is soon taken for dead, and its users with it."""
    async with AsyncExitStack() as stack:
        chat = await _run(stack, engine_kind, *_MORTAL, "--grace", "0")
        yield chat
        await wait_until_consistent(chat.redis)


@pytest.fixture
async def patient(engine_kind: str) -> AsyncIterator[Chat]:
    """The same, where sessions of accounts wait for their clients."""
    async with AsyncExitStack() as stack:
        chat = await _run(stack, engine_kind, *_MORTAL)
        yield chat
        await wait_until_consistent(chat.redis)


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """Let people in; in the end all of them quit."""
    async with People() as crowd:
        yield crowd
