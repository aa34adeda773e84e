"""Starts and stops the servers that are measured, each in a directory and on a core of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from argon2 import PasswordHasher

from chatd.embedded import find_server, server_environment
from chatd.state.passwords import bound
from chatd.wire.scram import make_verifier

HERE = Path(__file__).resolve().parent

START_S = 15.0
"""For a server to listen; it takes 0.1 to 1 s on an idle machine."""

SENDQ = 64 * 2**20
"""Bytes that may wait for one client, the same for every server: none is closed for being slow."""

AT_A_TIME = {"ngircd": 8, "inspircd": 2000}
"""Clients that connect at once, 100 for others: ngIRCd's backlog is 10 (above it the kernel drops
connections, and trying again takes seconds), InspIRCd completes registrations once per second."""


class BenchError(Exception):
    """The bench cannot go on; the text is one sentence that says what to do."""


ACCOUNTS = 2000
"""Accounts that are made for ``--accounts``: as many as the largest room has members."""
PASSWORD = "sesame"  # noqa: S105 - of nobody
"""Of each of them, see ``load/net.c``."""


@dataclass(slots=True)
class Cluster:
    """A running server: where its clients connect, and its processes by label."""

    ports: list[int] = field(default_factory=list)
    pids: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Process:
    child: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(slots=True)
class _Launcher:
    """Starts processes pinned to a core, and ends exactly these."""

    directory: Path
    python: str | None
    """The interpreter whose installed chatd is measured; None = the gateway of this checkout."""
    processes: list[_Process] = field(default_factory=list)

    def start(self, core: int, *command: str, env: dict[str, str] | None = None) -> _Process:
        log = self.directory / f"{len(self.processes)}.log"
        # A file and no pipe: a server that logs each client would fill it, and wait.
        with log.open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - fixed programs, no shell
                ["taskset", "-c", str(core), *command],  # noqa: S607 - any taskset will do
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                env=env or {**os.environ, "PYTHONPATH": "" if self.python else str(HERE.parent)},
            )
        self.processes.append(_Process(child, log))
        return self.processes[-1]

    def why(self) -> str:
        """The last lines of what the processes said."""
        lines = [line for p in self.processes for line in p.said().splitlines()[-2:]]
        return " / ".join(lines) or "it said nothing"

    def stop(self) -> None:
        for process in self.processes:
            process.child.kill()
        for process in self.processes:
            process.child.wait()


@contextmanager
def running(
    name: str, server_core: int, other_core: int, python: str | None = None, *, accounts: bool
) -> Iterator[Cluster]:
    """Run the server ``name`` (see `scenarios.ALL`); it is gone when this returns.

    Everything is on ``server_core``, but for Redis in the ``-split`` variant, and for its replica
    in ``-replica`` and ``-sync`` (which waits for it): these share ``other_core`` with the load
    generator. chatd is that of the checkout, or what ``python`` has
    installed. ``accounts``: each client has one. Raises BenchError.
    """
    with TemporaryDirectory(prefix="chatd-bench-") as directory:
        launcher = _Launcher(Path(directory), python)
        try:
            if name in _PEERS:
                yield _PEERS[name](launcher, server_core)
            else:
                kind = name.removeprefix("chatd").removeprefix("-")
                redis_core = other_core if kind == "split" else server_core
                flags: tuple[str, ...] = ()
                where, engine = _engine(launcher, redis_core)
                if kind in ("replica", "sync"):
                    _replica(launcher, other_core, where)
                    flags = ("--sync-replicas", "1" if kind == "sync" else "0")
                if accounts:
                    _make_accounts(where)
                count = int(kind) if kind.isdigit() else 1
                yield _chatd(launcher, server_core, where, engine, count, flags)
        finally:
            launcher.stop()


def installed(name: str) -> bool:
    """Say whether the server ``name`` can be run here."""
    return name not in _PEERS or name.startswith("floor") or bool(_program(name))


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _engine(
    launcher: _Launcher, core: int, name: str = "engine", **more: str
) -> tuple[Path, _Process]:
    """Start an engine with the settings of the embedded one (AOF, fsync each second)."""
    where = launcher.directory / f"{name}.sock"
    folder = launcher.directory / name
    folder.mkdir()
    settings = {
        "port": "0",
        "dir": str(folder),
        **more,
        "unixsocket": str(where),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "client-output-buffer-limit": "pubsub 256mb 128mb 60",
    }
    options = [word for key, value in settings.items() for word in (f"--{key}", value)]
    server = [*find_server(), *options, "--logfile", "engine.log"]
    engine = launcher.start(core, *server, env=server_environment())
    _wait(launcher, where.exists)
    return where, engine


def _replica(launcher: _Launcher, core: int, master: Path) -> None:
    """Start a replica of an engine, and wait until it is in step."""
    ports = [_free_port() for _ in range(2)]
    _ask(master, f"CONFIG SET port {ports[0]} repl-diskless-sync-delay 0")
    where, _ = _engine(launcher, core, "replica", port=str(ports[1]))
    _ask(where, f"REPLICAOF 127.0.0.1 {ports[0]}")
    _wait(launcher, lambda: "master_link_status:up" in _ask(where, "INFO replication"))


def _ask(where: Path, command: str) -> str:
    """What an engine says to a command."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(where))
        link.sendall(f"{command}\r\n".encode())
        return link.recv(65536).decode()


def _make_accounts(where: Path) -> None:
    """Write what REGISTER would, with a hash that is cheap to check."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    scram = bound(str(make_verifier(PASSWORD)), hashed)
    for number in range(ACCOUNTS):
        name = f"u{number:06}"
        facts = f"name {name} password {hashed} scram {scram} created {1 + number}"
        _ask(where, f"HSET chat:account:{{{name}}} {facts}")


def _chatd(
    launcher: _Launcher,
    core: int,
    where: Path,
    engine: _Process,
    gateways: int,
    flags: tuple[str, ...],
) -> Cluster:
    """Gateways on one engine."""
    cluster = Cluster()
    python = launcher.python or sys.executable
    for number in range(1, gateways + 1):
        gateway = launcher.start(
            core, python, "-m", "chatd", "serve", "--listen", "127.0.0.1:0",
            "--redis", f"unix://{where}", "--gateway-id", f"bench{number}",
            "--flood-rate", "0", "--max-registrations", "0",
            "--max-clients", "20000", "--sendq", str(SENDQ),
            "--log-level", "warning", *flags,
        )  # fmt: skip
        cluster.ports.append(_ready_port(launcher, gateway))
        cluster.pids[f"gateway{number}"] = gateway.child.pid
    cluster.pids["redis"] = engine.child.pid
    return cluster


def _ready_port(launcher: _Launcher, gateway: _Process) -> int:
    _wait(launcher, lambda: "chatd ready:" in gateway.said())
    line = gateway.said().partition("chatd ready:")[2].splitlines()[0]
    return int(line.rpartition(":")[2])


def _inspircd(launcher: _Launcher, core: int) -> Cluster:
    # Debian's build refuses to run as root unless it is told twice.
    root = ("--runasroot",) if os.geteuid() == 0 else ()
    return _peer(launcher, core, "inspircd", "--nofork", *root, "--config")


def _ngircd(launcher: _Launcher, core: int) -> Cluster:
    return _peer(launcher, core, "ngircd", "--nodaemon", "--config")


def _peer(launcher: _Launcher, core: int, name: str, *options: str) -> Cluster:
    program = _program(name)
    if not program:
        raise BenchError(f"{name} is not installed: apt install {name}, or leave it out")
    port = _free_port()
    config = launcher.directory / f"{name}.conf"
    template = Template((HERE / "peers" / f"{name}.conf").read_text())
    config.write_text(template.substitute(PORT=port, DIR=launcher.directory))
    server = launcher.start(core, program, *options, str(config))
    _wait(launcher, lambda: _listens(port))
    return Cluster([port], {"gateway1": server.child.pid})


def _floor(launcher: _Launcher, core: int, *redis: str) -> Cluster:
    port = _free_port()
    python = launcher.python or sys.executable
    server = launcher.start(core, python, str(HERE / "floor.py"), str(port), *redis)
    _wait(launcher, lambda: _listens(port))
    return Cluster([port], {"gateway1": server.child.pid})


def _floor_redis(launcher: _Launcher, core: int) -> Cluster:
    where, engine = _engine(launcher, core)
    cluster = _floor(launcher, core, str(where))
    cluster.pids["redis"] = engine.child.pid
    return cluster


_PEERS: dict[str, Callable[[_Launcher, int], Cluster]] = {
    "floor": _floor,
    "floor-redis": _floor_redis,
    "inspircd": _inspircd,
    "ngircd": _ngircd,
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(launcher: _Launcher, fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_S
    while not fact():
        if time.monotonic() > deadline or launcher.processes[-1].child.poll() is not None:
            raise BenchError(f"the server did not start: {launcher.why()}")
        time.sleep(0.02)
