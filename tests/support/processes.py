"""A process of a test: it is killed, frozen and started again, and nothing of it is left."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.wait import PATIENCE_S, wait_until


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
