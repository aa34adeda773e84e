"""The program ``chat``: log in and talk, see who is online, send from a script.

What it can do is in `cli.shell`; what a command does not need is not loaded for it.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

MANY = 100_000
"""Objects after which Python looks for garbage: more than a short command makes."""


def main() -> None:
    """Run it, and leave without taking all of it apart, which takes a sixth of a short command."""
    try:
        if sys.argv[1:] == ["--version"]:
            _version()
        else:
            gc.set_threshold(MANY)  # what is loaded now does not end before the program does
            from cli.shell.group import chat

            chat(prog_name="chat")
    except SystemExit as end:
        if isinstance(end.code, int | None):
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # who can be told of it has been told
                    stream.flush()
            os._exit(end.code or 0)
        raise


def _version() -> None:
    """Print the version, without what reads other arguments."""
    from chatd import __version__
    from cli.ending import repair_streams, with_errors

    repair_streams()
    with_errors(lambda: print(f"chat, version {__version__}"))


if __name__ == "__main__":
    main()
