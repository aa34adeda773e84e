"""``chat rooms``."""

from __future__ import annotations

import click

from cli.options import Options, as_json, common, somebody, timeout


@click.command()
@as_json("A JSON array: name, members, topic.")
@timeout("Seconds for all of it.")
@common
@somebody("Who asks.")
def rooms(
    options: Options, name: str, password: str | None, json_output: bool, timeout: float
) -> None:
    """List the rooms, those with most members first: a table on a terminal, else their names.

    A room that hides itself (mode +s) is listed for its members only.
    """
    from cli.rooms import print_rooms

    print_rooms(options, name, password, timeout, json_output=json_output)
