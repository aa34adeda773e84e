"""What the commands of the shell have in common: their options, read and checked.

What is loaded here is loaded by every command, so it is little: `cli.config` and the client come
when they are needed.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from cli.ending import EXIT_CODES as EXIT_CODES
from cli.names import NAME

if TYPE_CHECKING:
    from cli.client.connection import Server
    from cli.client.gateways import Gateways
    from cli.config import State

MAX_SECONDS = 86400
"""The longest ``--timeout``."""

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Options:
    """The options that every command takes, read and checked."""

    def __init__(self, servers: list[Server], state: State, server_password: str | None) -> None:
        self.servers = servers
        self.state = state
        self.server_password = server_password

    @property
    def readable_at(self) -> Gateways:
        """Where something can be asked without a login.

        The server's password is not for an address that only the server has named: without a login
        nobody says there which server it is.
        """
        from cli.client.gateways import Gateways

        if not self.server_password:
            return self.state.gateways()
        return Gateways(self.servers, trust=self.state.trust)


# -- single options ------------------------------------------------------------------------------


def _seconds(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if not (0 < value <= MAX_SECONDS):  # as nan is
        raise click.BadParameter(f"give seconds, more than 0 and at most {MAX_SECONDS}")
    return value


def timeout(text: str, default: float = 10.0) -> Callable[[F], F]:
    """Add ``--timeout``, a time in seconds."""
    return click.option(
        "--timeout", default=default, show_default=True, callback=_seconds, help=text
    )


def as_json(text: str = "A JSON object on each line.") -> Callable[[F], F]:
    """Add ``--json``."""
    return click.option("--json", "json_output", is_flag=True, help=text)


def newest(
    text: str, default: int | None = None, *, least: int = 1, most: int | None = None
) -> Callable[[F], F]:
    """Add ``-n``, how many are wanted."""
    return click.option(
        "-n", "--limit", "most", type=click.IntRange(least, most), default=default,
        show_default=default is not None, metavar="N", help=text,
    )  # fmt: skip


TIME_FORMS = "2025-12-01, 2025-12-01T09:30, or 30m, 2h, 3d ago"
"""What `a_time` reads."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def a_time(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Read a time, in Unix seconds; without an offset it is local."""
    from cli.client.checks import number
    from cli.client.spelling import read_time

    if value is None:
        return None
    ago = number(value[:-1]) if value[-1:] in _UNITS else None
    at = read_time(value) if ago is None else time.time() - ago * _UNITS[value[-1]]
    if at is None or at < 0:
        raise click.BadParameter(f"this is no time: write it as {TIME_FORMS}")
    return at


class _Directory(click.Path):
    """A directory that need not be there; '' is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


def _a_file(*names: str, text: str, envvar: str | None = None) -> Callable[[F], F]:
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option(*names, type=path, envvar=envvar, help=text)


def _pins(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    if not values:
        return ()
    from cli.client.errors import ChatError
    from cli.client.tls import read_pin

    try:
        return tuple(read_pin(one) for one in values)
    except ChatError as error:
        raise click.BadParameter(str(error)) from None


# -- of every command ----------------------------------------------------------------------------

_SERVER = click.option(
    "--server",
    "-s",
    multiple=True,
    envvar="CHAT_SERVER",
    metavar="HOST:PORT",
    help="Server address, tls://HOST:PORT for TLS; several (or with commas): the next is tried "
    "when one fails. [env: CHAT_SERVER; default: 127.0.0.1:6667]",
)
_SERVER_PASSWORD = _a_file(
    "--server-password-file",
    text="File with the server's own password, if it wants one. [env: CHAT_SERVER_PASSWORD]",
)
_STATE_DIR = click.option(
    "--state-dir",
    type=_Directory(file_okay=False, path_type=Path),
    envvar="CHAT_STATE_DIR",
    help="Directory for secrets and the last login. [env: CHAT_STATE_DIR]",
)
_CA_FILE = _a_file(
    "--ca-file",
    envvar="CHAT_CA_FILE",
    text="Authorities (PEM) whose certificates are believed, instead of the system's. "
    "[env: CHAT_CA_FILE]",
)
_PIN = click.option(
    "--pin",
    "pins",
    multiple=True,
    envvar="CHAT_PIN",
    metavar="SHA256:...",
    callback=_pins,
    help="Fingerprint of the server's certificate: this one is believed, kept, and no other. "
    "[env: CHAT_PIN]",
)


def common(function: F) -> F:
    """Add the common options to a command; it gets them as its first argument, an Options."""

    @_SERVER
    @_SERVER_PASSWORD
    @_STATE_DIR
    @_CA_FILE
    @_PIN
    @functools.wraps(function)
    def command(
        server: tuple[str, ...],
        server_password_file: Path | None,
        state_dir: Path | None,
        ca_file: Path | None,
        pins: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        options = read_options(server, server_password_file, state_dir, ca_file, pins)
        return _carry_out(lambda: function(options, **rest), options.state)

    return command  # type: ignore[return-value]


def _carry_out(command: Callable[[], T], state: State) -> T:
    """Run a command; again when the user believes a certificate that nobody vouches for."""
    from cli.client.errors import NotConnected

    while True:
        state.trust.ask_anew()
        try:
            return command()
        except NotConnected:
            if state.trust.question is None or not can_ask():
                raise
            server, fingerprint = state.trust.question
            click.echo(
                f"chat: nobody whom this machine trusts vouches for the certificate of {server}.\n"
                f"Its fingerprint is {fingerprint}.\n"
                "Ask who runs the server for it: `openssl x509 -noout -fingerprint -sha256 -in "
                "CERT` shows it there.",
                err=True,
            )
            if not click.confirm("Is it the same? It is believed from now on", err=True):
                raise
            state.trust.accept(server, fingerprint)


def read_options(
    server: Sequence[str],
    password_file: Path | None,
    state: Path | None,
    ca_file: Path | None = None,
    pins: Sequence[str] = (),
) -> Options:
    """Make Options of what was given. Raises UsageError."""
    from cli.client.errors import ChatError
    from cli.config import State, parse_servers

    context = click.get_current_context()
    above = context.obj or ()
    # `chat --server A who`: what was typed wins over what the environment says
    typed = context.get_parameter_source("server") is ParameterSource.COMMANDLINE
    try:
        servers = parse_servers(server if typed or not above else above)
    except ChatError as error:
        raise click.BadParameter(str(error), param_hint="'--server'") from None
    password = password_from(password_file, "CHAT_SERVER_PASSWORD", "--server-password-file")
    return Options(servers, State(state, servers, ca_file, pins), password)


# -- of commands that log in ---------------------------------------------------------------------


def somebody(text: str | None = None, *, needed: bool = True) -> Callable[[F], F]:
    """Add who it is, and the password of that name, behind the Options.

    ``text``: what ``--as`` means; None: it is the argument NAME. Default: as at the last login.
    ``needed``: without one it is a wrong use; else the command gets None.
    """
    named = "--as" if text is not None else "NAME"
    who = (
        click.argument("name", type=NAME, required=False)
        if text is None
        else click.option(
            "--as", "name", type=NAME, metavar="NAME", help=f"{text} [default: the last login]"
        )
    )

    def add(function: F) -> F:
        @who
        @_a_file("--password-file", text="File with the password of the name. [env: CHAT_PASSWORD]")
        @functools.wraps(function)
        def command(
            options: Options, name: str | None, password_file: Path | None, **rest: Any
        ) -> Any:
            password = password_from(password_file, "CHAT_PASSWORD", "--password-file")
            if name is None and not needed and options.state.last is None:
                return function(options, None, password, **rest)
            return function(options, identity_of(options, name, named), password, **rest)

        return command  # type: ignore[return-value]

    return add


def password_from(file: Path | None, variable: str, option: str) -> str | None:
    """Return a password from a file, or from the environment, or None. Raises UsageError."""
    from cli.client.checks import check_password
    from cli.client.errors import ChatError

    if file is None and not os.environ.get(variable):
        return None
    try:
        if file is None:
            password = os.environ[variable]
            check_password(password, variable)
        else:
            password = file.read_text(encoding="utf-8").rstrip("\r\n")
            check_password(password, f"what is in {file}")
    except (OSError, ValueError, ChatError) as error:
        hint = variable if file is None else f"'{option}'"
        why = str(error) if isinstance(error, ChatError) else f"cannot read {file}: {error}"
        raise click.BadParameter(why, param_hint=hint) from None
    return password


def identity_of(options: Options, name: str | None, option: str = "NAME") -> str:
    """Return who the user is: the name that was given with ``option``, else the last login."""
    from cli.client.checks import check_login_name

    identity = options.state.last if name is None else name
    if identity is None:
        raise click.UsageError(f"nobody has logged in here before: say who you are with {option}")
    check_login_name(identity)
    return identity


def can_ask() -> bool:
    """Tell whether there is somebody at a terminal who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_password(name: str) -> Callable[[str], str] | None:
    """Return a function that asks for the password of a name; None when nobody is there."""
    from chatd.wire.text import printable

    if not can_ask():
        return None

    def ask(why: str) -> str:
        click.echo(f"chat: {printable(why)}", err=True)
        answer: str = click.prompt(f"Password of {printable(name)}", hide_input=True, err=True)
        return answer

    return ask
