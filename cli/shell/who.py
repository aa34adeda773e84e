"""``chat who``."""

from __future__ import annotations

import sys

import click

from cli.options import Options, as_json, common, timeout


@click.command()
@as_json("A JSON array: name, away, since.")
@timeout("Seconds to wait.")
@common
def who(options: Options, json_output: bool, timeout: float) -> None:
    """Show who is online: a table on a terminal, else one name on each line."""
    import asyncio

    from cli import who as work

    people = asyncio.run(work.roster(options.readable_at, options.server_password, timeout))
    if json_output:
        click.echo(work.as_json(people))
    elif sys.stdout.isatty():
        click.echo(work.as_table(people))
    elif people:
        click.echo(work.as_names(people))
