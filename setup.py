"""Builds chatd; everything but what is here stands in pyproject.toml.

``CHATD_COMPILE=1 pip install .`` compiles the modules below ahead of time with mypyc; a direct
message then costs the gateway two thirds of its time. Without it, and with ``pip install -e``, the
same files are installed as Python. See docs/development.md, "Compiled".
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

COMPILED = (
    # what every line passes on its way in and out
    *("wire/framing", "wire/message", "wire/tags", "wire/text", "wire/casemap"),
    *("session/connection", "session/flood", "session/outbox", "session/fanout", "session/render"),
    # a message on its way to Redis, and what comes back
    *("commands/context", "commands/answer", "commands/registry", "commands/messages"),
    "commands/translated",  # it is a kind of `Context`
    *("session/posting", "session/answers", "session/lines", "session/peer"),
    *(
        "store/link",
        "store/synced",
        "store/pipeline",
        "store/owed",
        "store/packing",
        "store/pending",
    ),
    *("store/relay", "store/intake"),
    *("listeners/flow", "listeners/tcp", "listeners/websocket"),
    # a session on its way in
    *("commands/registration", "commands/server", "commands/template", "state/limiter"),
    *("store/login", "wire/confusables"),
    # an event on its way to who hears it; `Hub` needs the classes of the others
    *("state/events", "state/hub", "state/local", "state/heard", "state/network"),
    "state/words",
    *("state/gaps", "state/replay", "state/fences", "state/told", "state/users", "state/messages"),
    "state/appliers/rooms",
    "state/appliers/users",
    *("state/rooms", "state/countdown"),  # they have kinds of `Pending`
    *("state/presence", "state/homecoming", "state/availability", "state/absences"),
)
"""The modules of chatd that each message or client passes through: to compile others gains nothing.

A class is compiled together with its bases, and a module with the classes that it looks into most.
"""

MYPY = "mypy>=2.0"
"""Brings mypyc; needed while compiling only. The oldest version with which it was tried."""

WANTED = os.environ.get("CHATD_COMPILE") == "1"


def extensions() -> list[Extension]:
    """Translate the modules to C, as one library."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not (shutil.which(compiler) and header.exists()):
        sys.exit(
            f"CHATD_COMPILE=1 needs the C compiler {compiler!r} and Python's header {header}"
            " (Debian: apt install gcc libc6-dev python3-dev); without CHATD_COMPILE chatd is"
            " installed as plain Python."
        )
    from mypyc.build import mypycify

    files = [f"chatd/{name}.py" for name in COMPILED]
    # What chatd uses is not installed where it is built; the types are checked elsewhere.
    mypy_flags = ["--config-file=", "--ignore-missing-imports"]
    compiled = mypycify([*mypy_flags, *files], opt_level="3", separate=False, group_name="chatd")
    return [*compiled, Extension("chatd.session._outlet", ["chatd/session/_outlet.c"])]


setup(
    # asked for by name: pip reads this to know what it has to install for the build
    setup_requires=[MYPY] if WANTED else [],
    ext_modules=extensions() if WANTED and "bdist_wheel" in sys.argv else [],
)
