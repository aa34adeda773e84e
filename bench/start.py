"""How long the one-shot commands of ``chat`` take, against ``python -c pass``.

User CPU of whole processes, as the system counts it when they end, against that of an empty Python
program. The programs take turns, so that a slow moment of the machine hits all; what is printed is
the median over the rounds. The commands talk to a gateway; their state has one login in it.

    python bench/start.py                                  # of an environment made for it
    python bench/start.py --python /opt/chatd/bin/python   # of the chatd installed there

An editable installation (``pip install -e``) takes longer: Python looks for its modules elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.support.servers import Gateway

ROOT = Path(__file__).resolve().parents[1]
EMPTY = "python -c pass"
TARGETS = {"chat --version": 5.0, "chat who": 9.0, "chat send --to bob hi": 9.0}
"""Times ``python -c pass``."""
BESIDE = ("chat --help", "chat login --help")


def commands(python: Path) -> dict[str, list[str]]:
    """What is run, by its name."""
    found = {
        EMPTY: [str(python), "-c", "pass"],
        "python -c 'import click'": [str(python), "-c", "import click"],
        "python -c 'import click, asyncio'": [str(python), "-c", "import click, asyncio"],
    }
    for name in (*BESIDE, *TARGETS):
        found[name] = [str(python.with_name("chat")), *name.split()[1:]]
    return found


def user_seconds(command: list[str], environ: dict[str, str]) -> float:
    """Run a command; return the user CPU that it took."""
    program = subprocess.Popen(  # noqa: S603 - what `commands` names
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/"
    )
    assert program.stderr is not None
    said = program.stderr.read()
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    program.stderr.close()
    if program.returncode:
        raise SystemExit(f"{' '.join(command)}: {said.decode()}")
    return usage.ru_utime


def measure(python: Path, address: str, state: Path, rounds: int) -> None:
    """Print a table."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ |= {"CHAT_SERVER": address, "CHAT_STATE_DIR": str(state)}
    what = commands(python)
    for name in ("bob", "anna"):  # both have an account, and anna has logged in last
        subprocess.run(  # noqa: S603 - the same program
            [str(python.with_name("chat")), "login", name], env=environ, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(rounds):
        for name, command in what.items():
            taken[name].append(user_seconds(command, environ))
    empty = median(taken[EMPTY])
    print("| command | user CPU, ms | times `python -c pass` | target |\n|---|---|---|---|")
    for name, times in taken.items():
        at = f"{TARGETS[name]:g}" if name in TARGETS else ""
        took = median(times)
        print(f"| `{name}` | {took * 1e3:.1f} | {took / empty:.1f} | {at} |")


def _environment(where: Path) -> Path:
    """An environment with what is here installed in it; its Python."""
    venv.create(where, with_pip=True)
    install = [str(where / "bin/pip"), "install", "-q", str(ROOT)]
    subprocess.run(install, check=True)  # noqa: S603 - the line above
    return where / "bin/python"


async def main() -> None:
    """Start a gateway and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="of the environment to measure")
    parser.add_argument("--rounds", type=int, default=21)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        python = given.python or _environment(Path(place) / "environment")
        data = str(Path(place) / "data")
        async with Gateway("--data-dir", data) as gateway:
            address = f"{gateway.host}:{gateway.port}"
            state = Path(place) / "state"
            await asyncio.to_thread(measure, python, address, state, given.rounds)


if __name__ == "__main__":
    asyncio.run(main())
