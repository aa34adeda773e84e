"""Real processes for end-to-end tests: gateways, and the Redis that they share.

    async with RedisServer("redis7") as redis, Gateway("--redis", redis.url) as gateway:
        async with await IrcClient.connect(gateway.host, gateway.port) as bob: ...

Each can be killed, frozen and started again; none outlives its ``async with``. All times are in
seconds.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Self

from chatd.settings import ENV_PREFIX, Address
from tests.support.engines import ENGINE_KINDS, RedisServer, on_every_engine
from tests.support.processes import ServerProcess, free_port
from tests.support.wait import PATIENCE_S, wait_until

__all__ = [
    "CHATD",
    "ENGINE_KINDS",
    "Gateway",
    "RedisServer",
    "ServerProcess",
    "chatd_environ",
    "free_port",
    "on_every_engine",
]

CHECKOUT = Path(__file__).parents[2]
INSTALLED = os.environ.get("CHATD_TEST_PYTHON", "")
"""The interpreter whose installed chatd the gateways run, a compiled one; '' = this checkout's."""
CHATD = (INSTALLED or sys.executable, "-m", "chatd")
STEADY_LEASE_S = 12.0
"""Lease of gateways where a test does not say: of a machine that stands still for eight seconds
nobody's users are taken for dead. Every third of it a gateway tells who was active."""


class Gateway(ServerProcess):
    """One ``chatd serve`` on a free port of 127.0.0.1.

    ``flags`` are those of the command line, ``environ`` is added to the test's environment.
    """

    def __init__(self, *flags: str, environ: dict[str, str] | None = None) -> None:
        super().__init__()
        if "--listen" not in flags:
            flags = ("--listen", "127.0.0.1:0", *flags)
        if "--lease" not in flags:
            flags = ("--lease", str(STEADY_LEASE_S), *flags)
        if "--max-registrations" not in flags:  # all come from one address
            flags = ("--max-registrations", "0", *flags)
        if "--drain-time" not in flags:
            flags = ("--drain-time", "0", *flags)
        self.flags = flags
        self.environ = environ or {}
        self.id = ""
        self.addresses: list[Address] = []

    def __repr__(self) -> str:
        return f"gateway {self.id or '(not ready)'}"

    @property
    def host(self) -> str:
        """Where the first address listens."""
        return self.addresses[0].host

    @property
    def port(self) -> int:
        """The port of the first address."""
        return self.addresses[0].port

    async def __aenter__(self) -> Self:
        try:
            return await self.start()
        except BaseException:
            self.remove()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def launch(self) -> None:
        """Start the process without waiting for it; a port that it had is used again."""
        flags = list(self.flags)
        for address in self.addresses[:1]:
            flags[flags.index("--listen") + 1] = str(address)
        self._spawn([*CHATD, "serve", *flags], chatd_environ() | self.environ)

    async def ready(self, timeout: float = PATIENCE_S) -> Self:  # noqa: ASYNC109 - a failure names it
        """Wait for the line that says where it listens."""
        await wait_until(
            lambda: "\n" in self.output or not self.running, "the gateway is ready", timeout
        )
        line = re.match(r"chatd ready: gateway (\S+) on (.+)\n", self.output)
        assert line, f"no ready line, but {self.output!r}, and on stderr:\n{self.log}"
        self.id = line[1]
        self.addresses = [Address.parse(text) for text in line[2].split(", ")]
        return self

    async def start(self) -> Self:
        """Start it (again) and wait until it is ready."""
        self.launch()
        return await self.ready()

    async def terminate(self) -> int:
        """SIGTERM; return the exit code."""
        self._signal(signal.SIGTERM)
        return await self.ended()

    async def close(self) -> None:
        """End it if it runs; fail when it does not end, or when its log has a traceback."""
        try:
            if self.running:
                self.resume()
                await self.terminate()
            assert "Traceback" not in self.log, f"{self} logged an error:\n{self.log}"
        finally:
            print(f"--- log of {self}\n{self.log}")  # pytest shows it for a test that failed
            self.remove()


def chatd_environ() -> dict[str, str]:
    """The environment in which `CHATD` runs: no setting in it, and no other chatd."""
    inherited = {key: value for key, value in os.environ.items() if ENV_PREFIX not in key}
    return inherited | {"PYTHONPATH": "" if INSTALLED else str(CHECKOUT)}
