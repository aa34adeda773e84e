"""A terminal to run programs in: keys are typed, the screen is read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.wait import wait_until

SECONDS = 60.0
"""A client of another project may take its time to start."""


class Tmux:
    """One tmux server of its own; each window runs one program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = str(folder / "tmux")
        self._windows = 0

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def start(self, *program: str) -> Window:
        """Run a program in a new window of 100 x 30 characters."""
        self._windows += 1
        name = f"w{self._windows}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHAT", "TMUX"))}
        environ = kept | {"HOME": str(self._folder), "TERM": "screen-256color", "LANG": "C.UTF-8"}
        assigned = [f"{key}={environ[key]}" for key in ("HOME", "TERM", "LANG", "PATH")]
        self._run(
            *("new-session", "-d", "-s", name, "-x", "100", "-y", "30", "env"), *assigned, *program
        )
        return Window(self, name)

    def send(self, name: str, *keys: str) -> None:
        self._run("send-keys", "-t", name, *keys)

    def screen(self, name: str) -> str:
        return self._run("capture-pane", "-p", "-t", name)

    def signal(self, name: str, number: signal.Signals) -> str:
        pid = self._run("display-message", "-p", "-t", name, "#{pane_pid}").strip()
        os.kill(int(pid), number)
        return pid

    def kill(self, name: str) -> None:
        pid = self.signal(name, signal.SIGKILL)
        # until it is dead its kernel takes what is sent to it, and nobody reads that
        while Path(f"/proc/{pid}/stat").exists() and " Z " not in _stat(pid):
            time.sleep(0.005)

    def resize(self, name: str, columns: int, rows: int) -> None:
        self._run("resize-window", "-t", name, "-x", str(columns), "-y", str(rows))

    def stands(self, name: str) -> bool:
        command = ["tmux", "-S", self._socket, "has-session", "-t", f"={name}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def end(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False)


def _stat(pid: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return " Z "


class Window:
    """A terminal with a program in it."""

    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux = tmux
        self._name = name

    def types(self, text: str) -> None:
        """Type a line and press Enter."""
        self._tmux.send(self._name, "-l", text)
        self._tmux.send(self._name, "Enter")

    def presses(self, text: str, key: str = "") -> None:
        """Type text, then press a named key."""
        if text:
            self._tmux.send(self._name, "-l", text)
        if key:
            self._tmux.send(self._name, key)

    def kill(self) -> None:
        """End the program as a crash does."""
        self._tmux.kill(self._name)

    def stops_for_a_moment(self) -> None:
        """Stop the program without asking it: tmux lets it go on at once."""
        self._tmux.signal(self._name, signal.SIGSTOP)

    async def ends(self) -> None:
        """Wait until the program has ended: what it has locked is free for the next one."""
        await wait_until(
            lambda: not self._tmux.stands(self._name), f"{self._name} has ended", SECONDS
        )

    def resize(self, columns: int, rows: int = 30) -> None:
        """Give the terminal another size."""
        self._tmux.resize(self._name, columns, rows)

    def screen(self) -> str:
        """What is on the screen now."""
        return self._tmux.screen(self._name)

    async def shows(self, text: str, once: str = "") -> None:
        """Wait until the screen shows a text, and ``once`` not twice."""

        def is_there() -> bool:
            screen = self._tmux.screen(self._name)
            return text in screen and (not once or screen.count(once) == 1)

        try:
            await wait_until(is_there, f"{text!r} on the screen", SECONDS)
        except AssertionError:
            raise AssertionError(f"no {text!r} on:\n{self._tmux.screen(self._name)}") from None


def irssi(home: Path, config: str = "") -> list[str]:
    """The command that starts it, with a configuration.

    It sends five lines, and then one in 2.2 s: here it need not wait.
    """
    home.mkdir(exist_ok=True)
    hasty = 'cmd_queue_speed = "1msec"; cmds_max_at_once = "100";'
    (home / "config").write_text(f'settings = {{ "irc/core" = {{ {hasty} }}; }};\n{config}')
    return ["irssi", f"--home={home}"]


def need(program: str) -> None:
    """Skip the test when a program of the distribution is not there."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed; on Debian: apt-get install {program}")
