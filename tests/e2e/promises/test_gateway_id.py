"""Two gateways that are given one id."""

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.support.servers import CHATD, Gateway, chatd_environ
from tests.support.wait import PATIENCE_S


async def test_an_id_that_is_in_use_is_refused(own: Chat) -> None:
    """ "two live gateways must not share one": each would take the other's sessions for its own."""
    async with Gateway("--redis", own.redis.url, "--gateway-id", "same"):
        second = await asyncio.create_subprocess_exec(
            *CHATD, "serve", "--listen", "127.0.0.1:0",
            "--redis", own.redis.url, "--gateway-id", "same",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=chatd_environ(),
        )  # fmt: skip
        out, err = await asyncio.wait_for(second.communicate(), PATIENCE_S)
    assert second.returncode == 1
    assert out == b""
    assert err.decode().splitlines()[-1] == (
        "chatd: a gateway with the id same is running: give another --gateway-id"
    )
