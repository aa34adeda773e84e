"""The command ``chat`` as a process: on pipes, or on a terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.client.connection import Server
from cli.config import Credential, State
from tests.cli.fake_server import FakeServer
from tests.support.wait import PATIENCE_S


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Programs:
    """Starts ``chat`` with one state directory."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.environ: dict[str, str] = {}
        """Variables for the programs, besides the usual ones."""

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CHAT")}
        return kept | {"CHAT_STATE_DIR": str(self.state), "TZ": "UTC"} | self.environ

    async def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Run a command to its end."""
        async with await self.start(*arguments) as program:
            program.write(stdin)
            return await program.ended()

    async def start(self, *arguments: str) -> Program:
        """Start a command on pipes."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment(),
        )
        return Program(process)

    async def terminal(self, *arguments: str) -> Terminal:
        """Start a command on a terminal of its own, without the full screen."""
        if arguments[:1] == ("login",):
            arguments = ("login", "--plain", *arguments[1:])
        return await self.screen(*arguments, columns=200)

    async def screen(self, *arguments: str, columns: int = 80, term: str = "xterm") -> Terminal:
        """Start a command on a terminal of its own, of 24 rows."""
        ours, its = pty.openpty()
        termios.tcsetwinsize(its, (24, columns))
        environment = self.environment() | {"TERM": term, "LANG": "C.UTF-8"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            *arguments,
            stdin=its,
            stdout=its,
            stderr=its,
            env=environment,
            start_new_session=True,
        )
        os.close(its)
        return Terminal(process, ours)


class Program:
    """A running command on pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[str] = []
        """The lines read from stdout."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()

    def write(self, text: str) -> None:
        """Write to its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())

    async def line(self, pattern: str) -> str:
        """Read stdout until a line that contains the pattern; return it."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while data := await self.process.stdout.readline():
                    self.seen.append(data.decode().rstrip("\n"))
                    if re.search(pattern, self.seen[-1]):
                        return self.seen[-1]
        except TimeoutError:
            pass
        raise AssertionError("\n".join([*self.seen, f"missing: {pattern}"]))

    async def ended(self) -> Ended:
        """Close its stdin and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        seen = "".join(f"{line}\n" for line in self.seen)
        return Ended(self.process.returncode, seen + out.decode(), err.decode())


class Terminal:
    """A running command on a terminal. It is typed into, and everything that it paints is kept."""

    def __init__(self, process: asyncio.subprocess.Process, handle: int) -> None:
        self.process = process
        self._handle = handle
        self.painted = ""
        self.raw = b""
        """The same with its escapes."""
        self._shown = 0
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(handle, self._read)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Be gone, as a window that is closed."""
        if self._handle >= 0:
            asyncio.get_running_loop().remove_reader(self._handle)
            os.close(self._handle)
        self._handle = -1

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._handle, keys.encode())

    async def shows(self, pattern: str) -> None:
        """Wait until the pattern is painted, after what was waited for before."""
        found = re.compile(pattern)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (match := found.search(self.painted, self._shown)) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"missing: {pattern}\n{self.painted[self._shown :]!r}") from None
        self._shown = match.end()

    def forget(self) -> None:
        """Count nothing of what is painted by now."""
        self._shown = len(self.painted)

    async def ended(self) -> int:
        """Wait for the end of the command; return its exit code."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def _read(self) -> None:
        try:
            data = os.read(self._handle, 65536)
        except OSError:  # how Linux tells that the other end is closed
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._handle)
        self.raw += data
        text = data.decode("utf-8", "replace")
        # A terminal answers when it is asked where its cursor is.
        for _ in range(text.count("\x1b[6n")):
            os.write(self._handle, b"\x1b[1;1R")
        self.painted += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        self._news.set()


def keep_secret(chat: Programs, server: FakeServer, name: str, *, generated: bool = True) -> State:
    """Put a secret for a name where ``chat`` keeps it."""
    state = State(chat.state, [Server.parse(server.address)])
    state.keep(name, Credential(f"secret-of-{name}", generated))
    return state
