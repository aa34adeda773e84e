"""``chat history``."""

from __future__ import annotations

import click

from cli.names import NICK, ROOM, WORD
from cli.options import TIME_FORMS, Options, a_time, as_json, common, newest, somebody, timeout


@click.command()
@click.option(
    "--room", type=ROOM, metavar="#ROOM", help="In this room. [default: where everybody begins]"
)
@click.option("--with", "partner", type=NICK, metavar="NICK", help="What was said with this user.")
@click.option("--since", callback=a_time, metavar="TIME", help=f"Since then: {TIME_FORMS}.")
@click.option("--before", type=WORD, metavar="MSGID", help="What was said before this message.")
@newest("The last N. [default: 50, or all since]")
@click.option("--all", "everything", is_flag=True, help="All that is kept.")
@as_json()
@timeout("Seconds for all of it.", default=60.0)
@common
@somebody("Who reads.")
def history(
    options: Options, name: str, password: str | None, room: str | None, partner: str | None,
    since: float | None, before: str | None, most: int | None, everything: bool,
    json_output: bool, timeout: float,
) -> None:  # fmt: skip
    """Print what was said in a room, or with a user; oldest first, with local times.

    A room shows it to those who are in it: it is entered, and left again unless you were in it.

    --json: time (UTC), msgid, room or with (the other is null), from, account (null for a guest),
    kind (text, notice, action), text.
    """
    from cli.client.past import Past
    from cli.reading import history as print_history

    if room is not None and partner is not None:
        raise click.UsageError("give --room or --with, not both")
    if everything and most is not None:
        raise click.UsageError("give -n or --all, not both")
    if most is None and since is None and not everything:
        most = 50
    past = Past(room or partner or "", most, since, before or "")
    print_history(options, name, password, past, timeout, json=json_output)
