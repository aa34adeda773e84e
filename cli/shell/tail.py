"""``chat tail``."""

from __future__ import annotations

import click

from cli.client.lookback import MAX_LINES
from cli.names import ROOM
from cli.options import Options, as_json, common, newest, somebody


@click.command()
@click.option(
    "--room", "rooms", type=ROOM, multiple=True, metavar="#ROOM", help="Only this; repeatable."
)
@newest("The last N messages first.", 10, least=0, most=MAX_LINES)
@click.option("--follow/--no-follow", "-f", default=True, help="Go on until Ctrl-C. [default]")
@as_json()
@common
@somebody("Who reads.")
def tail(
    options: Options, name: str, password: str | None, rooms: tuple[str, ...], most: int,
    follow: bool, json_output: bool,
) -> None:  # fmt: skip
    """Print the last messages, and then each as it comes: once, in order, over lost connections.

    You are online meanwhile, in these rooms. Without --room it is the one where everybody begins,
    every other room that you are in, and what is said to you alone. What goes wrong is told on
    stderr.

    --json: the same fields as `chat history --json`.
    """
    from cli.reading import tail as print_tail

    print_tail(options, name, password, rooms, most, follow=follow, json=json_output)
