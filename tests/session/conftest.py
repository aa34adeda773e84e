"""One gateway on one fake Redis, for tests of sessions without sockets."""

from __future__ import annotations

import pytest

from tests.support.memory import MemoryGateway, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def gateway(world: World) -> MemoryGateway:
    return MemoryGateway(world, "g1")
