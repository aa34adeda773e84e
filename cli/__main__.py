"""The program ``chat``: log in and talk, see who is online, send from a script.

What it can do is in `cli.shell`; what a command does not need is not loaded for it.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run it."""
    if sys.argv[1:] == ["--version"]:
        _version()
        return
    gc.disable()  # nothing of what is loaded now ends before the program does
    from cli.shell.group import chat

    chat(prog_name="chat")


def _version() -> None:
    """Print the version, without what reads other arguments."""
    from chatd import __version__
    from cli.ending import repair_streams, with_errors

    repair_streams()
    with_errors(lambda: print(f"chat, version {__version__}"))


if __name__ == "__main__":
    main()
