"""``chat export``."""

from __future__ import annotations

import click

from cli.names import TARGET
from cli.options import TIME_FORMS, Options, a_time, common, somebody, timeout


@click.command()
@click.option(
    "--in", "targets", type=TARGET, multiple=True, metavar="#ROOM|NICK",
    help="Only there; repeatable.",
)  # fmt: skip
@click.option("--since", callback=a_time, metavar="TIME", help=f"Since then: {TIME_FORMS}.")
@timeout("Seconds for all of it.", default=3600.0)
@common
@somebody("Whose.")
def export(
    options: Options, name: str, password: str | None, targets: tuple[str, ...],
    since: float | None, timeout: float,
) -> None:  # fmt: skip
    """Print all that you can see of what was said, a JSON object on each line.

    One room after the other, of those that you are in, then all private conversations together;
    in each the oldest first. A room of --in is entered, and left again unless you were in it.

    The fields are those of `chat history --json`.
    """
    from cli.export import export as print_all

    print_all(options, name, password, targets, since, timeout)
