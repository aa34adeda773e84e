"""``chat logout``."""

from __future__ import annotations

import click

from cli.client.errors import ChatError
from cli.names import NAME
from cli.options import Options, common, identity_of


@click.command()
@click.argument("name", type=NAME, required=False)
@click.option("--force", is_flag=True, help="Also forget a secret that is known nowhere else.")
@common
def logout(options: Options, name: str | None, force: bool) -> None:
    """Forget what is kept on this machine to log in as NAME (default: the last login)."""
    identity = identity_of(options, name)
    if not force:
        kept = options.state.credential(identity)
        if kept is None:
            raise ChatError(f"nothing is kept for {identity}")
        if kept.generated:
            raise ChatError(
                f"the secret of {identity} was generated and is known nowhere else: without it "
                "nobody can have this name again; set a password first (`chat passwd`), or --force"
            )
    options.state.forget(identity)
    click.echo(f"What was kept for {identity} is forgotten.", err=True)
