"""``chat login``."""

from __future__ import annotations

from functools import partial

import click

from cli.client.errors import LoginRefused
from cli.client.lookback import MAX_LINES
from cli.options import Options, ask_password, common, somebody


def _token(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """An invitation's token, as far as it can be one."""
    if value is None:
        return ""
    if not (value.isascii() and value.isalnum() and len(value) <= 100):
        raise click.BadParameter("that is no token: copy what `chatd invite` has printed")
    return value


@click.command()
@click.option(
    "--history",
    "lines",
    type=click.IntRange(0, MAX_LINES),
    metavar="N",
    help="Show the last N lines of each room first. [default: a screenful on a terminal, else 0]",
)
@click.option(
    "--invite",
    "invitation",
    metavar="TOKEN",
    callback=_token,
    help="Token with which a free name is made yours, where accounts need one.",
)
@click.option("--plain", is_flag=True, help="Lines that scroll by, not the full screen.")
@common
@somebody()
def login(
    options: Options, name: str, password: str | None, lines: int | None, invitation: str,
    plain: bool,
) -> None:  # fmt: skip
    """Enter the chat as NAME (default: as at the last login), in the room where all begin.

    What was said last is shown first, and how much of it is new since you were here.
    On a terminal: type and press Enter; /help lists the commands, Tab completes, Ctrl-D leaves.
    With --plain, or on a dumb terminal, lines scroll by. When stdin or stdout is no terminal, each
    line of stdin is a message, and each line of stdout tells one thing that happened.
    """
    from cli.login import enter
    from cli.signin import refused, with_password

    talk = partial(enter, lines=lines, invitation=invitation, plain=plain)
    try:
        with_password(lambda tried: talk(options, name, tried), password, ask_password(name))
    except LoginRefused as error:
        raise refused(error, options.state, name) from None
