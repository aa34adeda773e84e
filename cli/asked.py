"""Logging in to ask something: nobody sees that the user was there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cli.client.asking import Asking
from cli.client.errors import LoginRefused, TimedOut
from cli.client.handshake import UNSEEN
from cli.client.tokens import token_hex
from cli.options import Options
from cli.signin import refused, sign_in

Work = Callable[[Asking], Coroutine[Any, Any, None]]


def ask_with(
    options: Options, name: str, password: str | None, seconds: float, work: Work, *,
    device: str,
) -> None:  # fmt: skip
    """Log in, do the work, and leave. Raises ChatError.

    ``device``: how the session is called, with something behind it that is new each time.
    """

    async def run() -> None:
        attempt = sign_in(options.state, name, password, options.server_password)
        attempt.login.caps, attempt.login.device = (UNSEEN,), device + token_hex(4)
        asking = Asking(attempt.login, options.state.gateways())
        end = asyncio.get_running_loop().time() + seconds
        try:
            await attempt.start_within(asking, end)
            async with asyncio.timeout_at(end):
                await work(asking)
        except TimeoutError:
            raise TimedOut(f"this was not done within {seconds:g} s") from None
        finally:
            await asking.close()

    try:
        asyncio.run(run())
    except LoginRefused as error:
        raise refused(error, options.state, name) from None
