"""Fixtures for tests against real servers; see tests/support/servers.py."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.engines import DEFAULT_KIND
from tests.support.servers import Gateway, RedisServer

# how long an example takes says something about the machine
settings.register_profile("chatd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatd")

TESTS = Path(__file__).parent
SLOW_FOLDERS = (TESTS / "e2e", TESTS / "clients", TESTS / "cli" / "screen")
"""Here everything needs gateways, or programs of others, or paints."""
SLOW_FIXTURES = frozenset(("engine_kind", "chat", "tmux", "nothing_left_behind"))
"""Who uses one of these, also through other fixtures, starts processes."""
SLOW_CLASSES = frozenset(("Gateway", "RedisServer", "RedisCluster", "SentinelGroup"))
"""A file that imports one of these starts it."""


def pytest_configure() -> None:
    """Programs that tests start take SIGINT, also when a shell has begun this in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts processes, or paints; nobody has to think of it."""
    for item in items:
        assert isinstance(item, pytest.Function)
        if (
            not SLOW_FIXTURES.isdisjoint(item.fixturenames)
            or not SLOW_CLASSES.isdisjoint(vars(item.module))
            or any(item.path.is_relative_to(folder) for folder in SLOW_FOLDERS)
        ):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of server: `DEFAULT_KIND` unless the test is `on_every_engine`."""
    kind: str = getattr(request, "param", DEFAULT_KIND)
    return kind


@pytest.fixture
async def redis_server(engine_kind: str) -> AsyncIterator[RedisServer]:
    """Run a Redis of the test's kind, on a Unix socket where it can."""
    async with RedisServer(engine_kind) as server:
        yield server


class Gateways:
    """Starts gateways for one test: ``a, b = await gateways(2, "--network", "Ours")``."""

    def __init__(self, redis: RedisServer, stack: AsyncExitStack) -> None:
        self.redis = redis
        self._stack = stack

    async def __call__(
        self, count: int, *flags: str, data_dir: Path | None = None
    ) -> list[Gateway]:
        """Start ``count`` gateways on the test's Redis, or on the engine in ``data_dir``."""
        where = ["--data-dir", str(data_dir)] if data_dir else ["--redis", self.redis.url]
        crowd = [Gateway(*where, *flags) for _ in range(count)]
        started = (self._stack.enter_async_context(gateway) for gateway in crowd)
        await asyncio.gather(*started)
        return crowd


@pytest.fixture
async def gateways(redis_server: RedisServer) -> AsyncIterator[Gateways]:
    """Start gateways on `redis_server`; each must end well when the test is over."""
    async with AsyncExitStack() as stack:
        yield Gateways(redis_server, stack)


@pytest.fixture
def nothing_left_behind(tmp_path: Path) -> Iterator[None]:
    """Kill the embedded engines that a failed test leaves running."""
    yield
    for file in tmp_path.rglob("engine.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)


@pytest.fixture
async def two_gateways(gateways: Gateways) -> tuple[Gateway, Gateway]:
    """Run two gateways on `redis_server`."""
    first, second = await gateways(2)
    return first, second
