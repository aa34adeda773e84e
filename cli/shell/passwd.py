"""``chat passwd``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.client.errors import ChatError
from cli.options import (
    Options,
    ask_password,
    can_ask,
    common,
    password_from,
    somebody,
    timeout,
)


@click.command()
@click.option(
    "--new-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the new password. [env: CHAT_NEW_PASSWORD; default: asks for it]",
)
@timeout("Seconds to wait.")
@common
@somebody()
def passwd(
    options: Options, name: str, password: str | None, new_password_file: Path | None,
    timeout: float,
) -> None:  # fmt: skip
    """Set the password of NAME (default: the last login), to log in from another machine."""
    from cli.scripted import change_password
    from cli.signin import with_password

    new = password_from(new_password_file, "CHAT_NEW_PASSWORD", "--new-password-file")
    if new is None:
        if not can_ask():
            raise ChatError("nobody can be asked here: give --new-password-file")
        new = click.prompt(
            f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
    with_password(
        lambda tried: change_password(options, name, tried, str(new), timeout),
        password,
        ask_password(name),
    )
    click.echo(f"The password of {name} is changed, and kept on this machine.", err=True)
