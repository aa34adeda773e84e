"""SIGHUP and a closed terminal end `chatd serve` and its engine, as SIGTERM does.

Issue 8: "SIGHUP, or closing the terminal of `chatd serve`, ends it as SIGTERM does, and the engine
with it."
"""

from __future__ import annotations

import os
import pty
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient
from tests.support.servers import CHATD, Gateway, chatd_environ
from tests.support.wait import wait_until


def _engine_runs(data_dir: Path) -> bool:
    """Whether anybody listens on the engine's socket."""
    with socket.socket(socket.AF_UNIX) as engine:
        try:
            engine.connect(str(data_dir / "engine.sock"))
        except OSError:
            return False
        return True


@pytest.fixture(autouse=True)
def _heeded() -> Iterator[None]:
    """Heed SIGHUP also where the tests run under nohup, whose children would ignore it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


async def test_sighup_takes_leave_of_clients_and_stops_the_engine(tmp_path: Path) -> None:
    async with Gateway("--data-dir", str(tmp_path)) as gateway:
        async with await IrcClient.connect(gateway.host, gateway.port) as alice:
            await alice.register("alice")
            assert _engine_runs(tmp_path)
            os.kill(gateway.pid, signal.SIGHUP)
            await alice.expect("^ERROR :Server is shutting down$")
        assert await gateway.ended() == 0
        await wait_until(lambda: not _engine_runs(tmp_path), "the engine has ended")


async def test_closing_the_terminal_does_the_same(tmp_path: Path) -> None:
    """With a real terminal: what it says at its end has nowhere to go, and that is no error."""
    pid, terminal = pty.fork()
    if pid == 0:
        command = [*CHATD, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path)]
        os.execvpe(command[0], command, chatd_environ())
    said = b""
    while b"chatd ready" not in said or not said.endswith(b"\n"):
        said += os.read(terminal, 1000)
    assert _engine_runs(tmp_path)
    os.close(terminal)
    ended: list[int] = []

    def has_ended() -> bool:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            ended.append(os.waitstatus_to_exitcode(status))
        return bool(ended)

    await wait_until(has_ended, "chatd has ended")
    assert ended == [0]
    await wait_until(lambda: not _engine_runs(tmp_path), "the engine has ended")
