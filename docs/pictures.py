# ruff: noqa: S603, S607, SIM115 - programs that this file names itself; files that live as long as they
"""Takes the pictures of the running client: `chat login` in tmux, two gateways, four people.

Run it as ``python docs/pictures.py``; it needs tmux. It writes docs/*.svg: look at them afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.ansi import AnsiDecoder
from rich.console import Console

DOCS = Path(__file__).parent
PORTS = (7961, 7962)
PATIENCE_S = 30.0


class Stage:
    """Two gateways, people who write to their pipes, and one who sits in a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateways = [self._gateway(port) for port in PORTS]
        self.people: dict[str, subprocess.Popen[bytes]] = {}

    def _gateway(self, port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "chatd", "serve", "--data-dir", str(self.folder / "data")]
        log = (self.folder / f"{port}.log").open("wb")
        process = subprocess.Popen([*command, "--listen", f"127.0.0.1:{port}"], stderr=log)
        wait(lambda: b"serves its users" in (self.folder / f"{port}.log").read_bytes())
        return process

    def _chat(self, name: str) -> tuple[list[str], dict[str, str]]:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        servers = ",".join(f"127.0.0.1:{port}" for port in PORTS)
        environ = {"HOME": str(home), "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environ |= {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return [sys.executable, "-m", "cli", "-s", servers, "login", name], environ

    def comes(self, name: str, *lines: str) -> None:
        """Let somebody log in, and type."""
        command, environ = self._chat(name)
        out = (self.folder / f"{name}.txt").open("wb")
        self.people[name] = subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=out, stderr=out
        )
        wait(lambda: b"you are in" in (self.folder / f"{name}.txt").read_bytes())
        for line in lines:
            self.says(name, line)

    def says(self, name: str, line: str) -> None:
        """Let somebody type a line."""
        pipe = self.people[name].stdin
        assert pipe is not None
        pipe.write(f"{line}\n".encode())
        pipe.flush()
        time.sleep(0.4)

    def tmux(self, *words: str) -> str:
        """Run a command of a tmux that is ours alone."""
        command = ["tmux", "-S", str(self.folder / "tmux"), "-f", "/dev/null", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def sits(self, name: str, width: int, height: int) -> None:
        """Open the full screen for somebody."""
        command, environ = self._chat(name)
        words = [f"{key}={value}" for key, value in environ.items()]
        self.tmux("new-session", "-d", "-s", "keep", "-x", "80", "-y", "24", "cat")
        self.tmux("set", "-g", "default-terminal", "tmux-256color")
        self.tmux("set", "-ga", "terminal-overrides", ",*:Tc")
        size = ("-x", str(width), "-y", str(height))
        self.tmux("new-session", "-d", "-s", name, *size, "env", *words, *command)
        wait(lambda: "Write to" in self.screen(name))

    def screen(self, name: str) -> str:
        """Return what is seen."""
        return self.tmux("capture-pane", "-p", "-N", "-t", name)

    def keys(self, name: str, *keys: str) -> None:
        """Press keys, as tmux calls them."""
        self.tmux("send-keys", "-t", name, *keys)
        time.sleep(0.7)

    def picture(self, name: str, file: str, title: str, width: int, height: int) -> None:
        """Write what is seen as a picture."""
        self.tmux("resize-window", "-t", name, "-x", str(width), "-y", str(height))
        time.sleep(1)
        lines = self.tmux("capture-pane", "-e", "-p", "-N", "-t", name).rstrip("\n").split("\n")
        console = Console(
            record=True, width=width, file=Path(os.devnull).open("w"),
            force_terminal=True, color_system="truecolor",
        )  # fmt: skip
        decoder = AnsiDecoder()  # one for all: a style goes on in the next line
        for line in lines:
            console.print(decoder.decode_line(line), no_wrap=True, overflow="crop", crop=True)
        console.save_svg(str(DOCS / file), title=title)

    def end(self) -> None:
        """Stop everything."""
        subprocess.run(["tmux", "-S", str(self.folder / "tmux"), "kill-server"], check=False)
        for process in (*self.people.values(), *self.gateways):
            process.terminate()
            process.wait()


def wait(there: Callable[[], Any]) -> None:
    """Wait for a fact."""
    end = time.monotonic() + PATIENCE_S
    while not there():
        if time.monotonic() > end:
            raise SystemExit("what is waited for does not come")
        time.sleep(0.05)


def play(stage: Stage) -> None:
    """Let it happen, and take the pictures."""
    stage.comes("bob", "/join #release", "/topic 4.2 goes out on Friday")
    for name in ("carl", "dora", "emil"):
        stage.comes(name, "/join #release")
    stage.sits("anna", 120, 32)
    stage.keys("anna", "/join #release", "Enter")
    stage.says("bob", "the build is green: https://ci.example.org/4.2 \x02\U0001f389\x02")
    stage.says("carl", "/react \U0001f44d")
    stage.says("dora", "/react \U0001f44d")
    stage.keys("anna", "who tags it?", "Enter")
    stage.says("dora", "/reply I do, as soon as the notes are in")
    stage.says("carl", "anna: can you look at the notes once more? There are two lines that nobody "
               "understands who was not there")  # fmt: skip
    stage.says("emil", "/me fetches coffee")
    stage.says("emil", "/quit back at two")
    stage.says("bob", "/msg anna between us: dora has a birthday today")
    stage.keys("anna", "on it")
    stage.gateways[0].kill()
    wait(lambda: f"127.0.0.1:{PORTS[1]}" in stage.screen("anna").splitlines()[-1])
    stage.says("dora", "was there something? My gateway was killed, they say")
    stage.picture("anna", "demo.svg", "chat login anna (its gateway was just killed)", 120, 32)
    stage.keys("anna", "C-k")
    stage.keys("anna", "do")
    stage.picture("anna", "switcher.svg", "Ctrl+K", 100, 26)
    stage.keys("anna", "Escape")
    stage.keys("anna", "C-c")
    stage.keys("anna", "/theme light", "Enter")
    stage.keys("anna", "/r a cake, then?", "Enter")
    stage.keys("anna", "M-p")
    stage.says("bob", "/msg anna yes. At four, in the kitchen")
    stage.picture("anna", "private.svg", "a private conversation, theme light, 80x24", 80, 24)


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        try:
            play(stage)
        finally:
            stage.end()


if __name__ == "__main__":
    main()
