"""What all commands have in common: their options, and how they end."""

from __future__ import annotations

import functools
import io
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client.checks import check_login_name, check_password, number
from cli.client.connection import Server
from cli.client.conversation import read_time
from cli.client.errors import ChatError
from cli.config import State, parse_servers

MAX_SECONDS = 86400
"""The longest ``--timeout``."""

F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES = """\b
Exit codes:
  0  done                          4  not connected
  1  another error                 5  refused by the server
  2  wrong use of the command      6  no acknowledgement in time
  3  no such user or room          7  login refused
  8  nothing found
"""


@dataclass(frozen=True, slots=True)
class Options:
    """The options that every command takes, read and checked."""

    servers: list[Server]
    state: State
    server_password: str | None

    @property
    def readable_at(self) -> list[Server]:
        """Where something can be asked without a login.

        The server's password is not for an address that only the server has named: without a login
        nobody says there which server it is.
        """
        return self.servers if self.server_password else self.state.gateways().all


class OptionalSeconds(click.Command):
    """A command whose ``--wait`` may stand without seconds, also before a text."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what stands behind ``--wait`` for seconds only when it is a number."""
        args = list(args)
        end = args.index("--") if "--" in args else len(args)
        for at in range(end):
            behind = args[at + 1] if at + 1 < end else "--"
            if args[at] == "--wait" and not behind.replace(".", "", 1).isdecimal():
                args[at] = f"--wait={MAX_SECONDS}"
        return super().parse_args(ctx, args)


def _seconds(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if not (0 < value <= MAX_SECONDS):  # as nan is
        raise click.BadParameter(f"give seconds, more than 0 and at most {MAX_SECONDS}")
    return value


def a_token(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """An invitation's token, as far as it can be one."""
    if value and not (value.isascii() and value.isalnum() and len(value) <= 100):
        raise click.BadParameter("that is no token: copy what `chatd invite` has printed")
    return value


TIME_FORMS = "2025-12-01, 2025-12-01T09:30, or 30m, 2h, 3d ago"
"""What `a_time` reads."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def a_time(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read a time, in Unix seconds; without an offset it is local."""
    if value is None:
        return None
    ago = number(value[:-1]) if value[-1:] in _UNITS else None
    at = read_time(value) if ago is None else time.time() - ago * _UNITS[value[-1]]
    if at is None or at < 0:
        raise click.BadParameter(f"this is no time: write it as {TIME_FORMS}")
    return at


def timeout(text: str, default: float = 10.0) -> Callable[[F], F]:
    """Add ``--timeout`` to a command, a time in seconds."""
    return click.option(
        "--timeout", default=default, show_default=True, callback=_seconds, help=text
    )


_SERVER = click.option(
    "--server",
    "-s",
    multiple=True,
    envvar="CHAT_SERVER",
    metavar="HOST:PORT",
    help="Server address, ircs://HOST:PORT for TLS; several (or with commas): the next is tried "
    "when one fails. [env: CHAT_SERVER; default: 127.0.0.1:6667]",
)
_SERVER_PASSWORD = click.option(
    "--server-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the server's own password, if it wants one. [env: CHAT_SERVER_PASSWORD]",
)
_STATE_DIR = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CHAT_STATE_DIR",
    help="Directory for secrets and the last login. [env: CHAT_STATE_DIR]",
)

password_file_option = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the password of the name. [env: CHAT_PASSWORD]",
)


def common(function: F) -> F:
    """Add the common options to a command; it gets them as its first argument, an Options.

    A ChatError becomes one line on stderr and its exit code.
    """

    @_SERVER
    @_SERVER_PASSWORD
    @_STATE_DIR
    @functools.wraps(function)
    def command(
        server: tuple[str, ...],
        server_password_file: Path | None,
        state_dir: Path | None,
        **rest: Any,
    ) -> None:
        def run() -> None:
            function(_options(server, server_password_file, state_dir), **rest)

        with_errors(run)

    return command  # type: ignore[return-value]


def _options(server: tuple[str, ...], password_file: Path | None, state: Path | None) -> Options:
    context = click.get_current_context()
    above = context.obj or ()
    # `chat --server A who`: what was typed wins over what the environment says
    typed = context.get_parameter_source("server") is ParameterSource.COMMANDLINE
    servers = parse_servers(server if typed or not above else above)
    password = password_from(password_file, "CHAT_SERVER_PASSWORD")
    return Options(servers, State(state, servers), password)


def with_errors(run: Callable[[], None]) -> None:
    """Run a command; end the process with one clear line when it fails."""
    try:
        run()
    except ChatError as error:
        click.echo(f"chat: {printable(str(error))}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(141)
    except UnicodeDecodeError:
        click.echo("chat: what was typed is not valid UTF-8", err=True)
        sys.exit(1)
    except OSError as error:
        _give_up_output()
        click.echo(f"chat: the system refuses: {error.strerror or error}", err=True)
        sys.exit(1)


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


def password_from(file: Path | None, variable: str) -> str | None:
    """Return a password from a file, or from the environment, or None."""
    if file is None:
        password = os.environ.get(variable) or None
        if password is not None:
            check_password(password, variable)
        return password
    try:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ChatError(f"cannot read {file}: {error}") from None
    check_password(password, f"what is in {file}")
    return password


def identity_of(options: Options, name: str | None, option: str = "NAME") -> str:
    """Return who the user is: the name that was given with ``option``, else the last login."""
    identity = name or options.state.last
    if identity is None:
        raise click.UsageError(f"nobody has logged in here before: say who you are with {option}")
    if is_room(identity):
        raise click.UsageError(f"{printable(identity)} is a room, not a name")
    check_login_name(identity)
    return identity


def can_ask() -> bool:
    """Tell whether there is somebody at a terminal who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_password(name: str) -> Callable[[str], str] | None:
    """Return a function that asks for the password of a name; None when nobody is there."""
    if not can_ask():
        return None

    def ask(why: str) -> str:
        click.echo(f"chat: {printable(why)}", err=True)
        answer: str = click.prompt(f"Password of {printable(name)}", hide_input=True, err=True)
        return answer

    return ask
