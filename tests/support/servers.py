"""Real processes for end-to-end tests: gateways, and the Redis that they share.

    async with RedisServer("redis7") as redis, Gateway("--redis", redis.url) as gateway:
        async with await IrcClient.connect(gateway.host, gateway.port) as bob: ...

Each can be killed, frozen and started again; none outlives its ``async with``. All times are in
seconds.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest

from chatd.embedded import find_server
from chatd.settings import ENV_PREFIX, Address
from tests.support.asking import ANSWER_S, Refusal, ask
from tests.support.wait import PATIENCE_S, wait_until

CHECKOUT = Path(__file__).parents[2]
INSTALLED = os.environ.get("CHATD_TEST_PYTHON", "")
"""The interpreter whose installed chatd the gateways run, a compiled one; '' = this checkout's."""
CHATD = (INSTALLED or sys.executable, "-m", "chatd")
STEADY_LEASE_S = 12.0
"""Lease of gateways where a test does not say: of a machine that stands still for eight seconds
nobody's users are taken for dead. Every third of it a gateway tells who was active."""
ENGINE_KINDS = ("embedded", "redis7")
"""The Valkey that comes with the package, and the distribution's ``redis-server``."""

on_every_engine = pytest.mark.parametrize("engine_kind", ENGINE_KINDS, indirect=True)
"""Runs a test that uses `redis_server` or `gateways` once on each kind of server."""


class ServerProcess:
    """A child process with its output in files of a directory of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chatd-test-"))  # short: holds a socket
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    @property
    def pid(self) -> int:
        """The process that was started last."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def awake(self) -> bool:
        """Whether it runs and is not paused."""
        return self.running and not self._paused

    @property
    def output(self) -> str:
        """What it wrote to stdout since its last start."""
        return self._text("stdout")

    @property
    def log(self) -> str:
        """What it wrote to stderr, over all its starts."""
        return self._text("stderr")

    def kill9(self) -> None:
        """SIGKILL; returns when the process is gone."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(PATIENCE_S)

    def pause(self) -> None:
        """SIGSTOP: its sockets stay open and nobody answers."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self._signal(signal.SIGCONT)
        self._paused = False

    async def ended(self, timeout: float = PATIENCE_S) -> int:  # noqa: ASYNC109 - a failure names it
        """Wait for the end; return the exit code (of a signal: negative)."""
        process = self._process
        assert process is not None
        await wait_until(lambda: process.poll() is not None, f"{self} ended", timeout)
        return process.returncode

    def remove(self) -> None:
        """Kill the process if it still runs and delete its files."""
        if self.running:
            self.kill9()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self, command: Sequence[str], env: dict[str, str] | None = None) -> None:
        self._paused = False
        with (
            (self.folder / "stdout").open("wb") as out,
            (self.folder / "stderr").open("ab") as err,
        ):
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.folder, env=env
            )

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _text(self, name: str) -> str:
        with suppress(FileNotFoundError):
            return (self.folder / name).read_text(errors="replace")
        return ""


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


class RedisProcess(ServerProcess):
    """A program of one of the `ENGINE_KINDS`, on a Unix socket or on TCP, that can be asked.

    ``password`` is its ``requirepass``. Skips the test where the kind is not installed.
    """

    def __init__(self, kind: str = "embedded", *, tcp: bool = False, password: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.password = password
        self.port = free_port() if tcp else 0
        self.url = f"redis://127.0.0.1:{self.port}" if tcp else f"unix://{self.folder}/redis.sock"

    def __repr__(self) -> str:
        return f"the {self.kind} server" + (f" on port {self.port}" if self.port else "")

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self.remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.remove()

    async def start(self) -> None:
        """Start it (again, on the same data and address) and wait until it answers."""
        self._spawn([*self._program(), *self._settings()])
        await wait_until(self._answers, f"{self} answers; it said:\n{self.output}")

    async def stop(self) -> None:
        """Stop it as an administrator does (SIGTERM is SHUTDOWN)."""
        self._signal(signal.SIGTERM)
        await self.ended()

    async def ask(
        self,
        *command: str | int,
        timeout: float = ANSWER_S,  # noqa: ASYNC109 - tests/support/asking.py
    ) -> Any:
        """Return the answer to one command. Raises Refusal, OSError when nothing answers."""
        where = self.port or self.folder / "redis.sock"
        return await ask(where, *command, password=self.password, timeout=timeout)

    async def info(self, section: str) -> dict[str, str]:
        """Return a section of INFO."""
        return fields(await self.ask("INFO", section))

    def _settings(self) -> list[str]:
        return []

    def _program(self) -> list[str]:
        if self.kind == "embedded":
            return find_server()
        found = shutil.which("redis-server")
        if found is None:
            pytest.skip("no redis-server is installed")
        return [found]

    async def _answers(self) -> bool:
        assert self.running, f"{self} ended:\n{self.output}"
        with suppress(OSError, Refusal):
            return bool(await self.ask("PING") == "PONG")
        return False


class RedisServer(RedisProcess):
    """A real server whose data is kept over stop, kill and start. ``flags`` are added to ours."""

    def __init__(
        self,
        kind: str = "embedded",
        *flags: str,
        tcp: bool = False,
        password: str = "",
    ) -> None:
        super().__init__(kind, tcp=tcp, password=password)
        self.flags = flags

    async def save(self) -> None:
        """Keep a copy of what is on the disk now, for `roll_back`."""
        await wait_until(self._rewritten, f"{self} writes no file anew")
        shutil.rmtree(self.folder / "saved", ignore_errors=True)
        shutil.copytree(self.folder / "appendonlydir", self.folder / "saved")

    async def roll_back(self) -> None:
        """Kill it and start it with what was there at `save`: what came later is lost."""
        self.kill9()
        shutil.rmtree(self.folder / "appendonlydir")
        shutil.copytree(self.folder / "saved", self.folder / "appendonlydir")
        await self.start()

    def _settings(self) -> list[str]:
        return [
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *(() if self.port else ("--unixsocket", f"{self.folder}/redis.sock")),
            # always: what was acknowledged before a kill is there after it, or a test has failed
            *("--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always"),
            *("--save", ""),
            *(("--requirepass", self.password) if self.password else ()),
            *self.flags,
        ]

    async def _rewritten(self) -> bool:
        found = await self.info("persistence")
        return found["aof_rewrite_in_progress"] == found["aof_rewrite_scheduled"] == "0"


def chatd_environ() -> dict[str, str]:
    """The environment in which `CHATD` runs: no setting in it, and no other chatd."""
    inherited = {key: value for key, value in os.environ.items() if ENV_PREFIX not in key}
    return inherited | {"PYTHONPATH": "" if INSTALLED else str(CHECKOUT)}


def fields(text: str) -> dict[str, str]:
    """Lines ``name:value`` as a dict; INFO and CLUSTER INFO answer so."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def free_port() -> int:
    """A port for a server that is stopped and started again at the same place.

    It is below those that systems give to outgoing connections, so none of them takes it meanwhile,
    and it is given once only.
    """
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
    raise AssertionError("all ports are in use")


_given: set[int] = set()
