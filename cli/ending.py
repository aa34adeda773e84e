"""How a command begins and ends: its standard streams, its exit code, its last sentence."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

EXIT_CODES = """\b
Exit codes:
  0  done                          4  not connected
  1  another error                 5  refused by the server
  2  wrong use of the command      6  no acknowledgement in time
  3  no such user or room          7  login refused
  8  nothing found
"""


def with_errors(run: Callable[[], None]) -> None:
    """Run a command; end the process with one clear line when it fails.

    What the command has printed is written by then, or the user is told that it could not be.
    """
    from chatd.wire.text import printable
    from cli.client.errors import ChatError

    try:
        run()
        sys.stdout.flush()
    except ChatError as error:
        _say(f"chat: {printable(str(error))}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(141)
    except UnicodeDecodeError:
        _say("chat: what was typed is not valid UTF-8")
        sys.exit(1)
    except OSError as error:
        _give_up_output()
        _say(f"chat: the system refuses: {error.strerror or error}")
        sys.exit(1)


def warn(text: str) -> None:
    """Tell something on stderr; nothing in it steers a terminal."""
    import click

    from chatd.wire.text import printable

    click.echo(f"chat: {printable(text)}", err=True)


def _say(text: str) -> None:
    """Tell it on stderr; nobody is left to be told that this does not work."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _give_up_output() -> None:
    """Let stdout go: nobody reads it, and Python would complain once more at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def repair_streams() -> None:
    """Make standard streams that are closed, or cannot write every character, do no harm."""
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != place:
                os.dup2(handle, place)
                os.close(handle)
            setattr(sys, name, os.fdopen(place, "r" if place == 0 else "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
