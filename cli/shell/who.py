"""``chat who``."""

from __future__ import annotations

import sys

import click

from cli.names import ROOM
from cli.options import Options, as_json, common, somebody, timeout


@click.command()
@click.argument("room", type=ROOM, required=False, metavar="[#ROOM]")
@click.option("--watch", is_flag=True, help="Then print who comes and leaves, until Ctrl-C.")
@as_json("A JSON array: name, away, since. With --watch: an object on each line.")
@timeout("Seconds to wait.")
@common
@somebody("Who asks for those in a #ROOM.", needed=False)
def who(
    options: Options, name: str | None, password: str | None, room: str | None, watch: bool,
    json_output: bool, timeout: float,
) -> None:  # fmt: skip
    """Show who is online, or in #ROOM: a table on a terminal, else one name on each line.

    Who is online is told without a login, and you are not seen. For a #ROOM you log in, unseen.

    With --watch each change is printed as it comes, over lost connections: who is here (at the
    beginning), came, left, is away, is back, is now called otherwise. The roster is looked at every
    two seconds; a #ROOM is entered, and you are seen there meanwhile.

    \b
    --watch --json: time (UTC), event (here, came, left, away, back, renamed), name, away (the text,
    or null), to (the new name, or null).
    """  # noqa: D301 - \b is click's mark for "as it is"
    if room is not None and name is None:
        raise click.UsageError("nobody has logged in here before: say who you are with --as")
    if watch:
        from cli import watching

        if room is None or name is None:
            watching.watch_everybody(options, timeout, json_output=json_output)
        else:
            watching.watch_room(options, name, password, room, json_output=json_output)
    elif room is not None and name is not None:
        from cli.rooms import print_members

        print_members(options, name, password, room, timeout, json_output=json_output)
    else:
        _everybody(options, timeout, json_output=json_output)


def _everybody(options: Options, timeout: float, *, json_output: bool) -> None:
    import asyncio

    from cli import who as work

    people = asyncio.run(work.roster(options.readable_at, options.server_password, timeout))
    if json_output:
        click.echo(work.as_json(people))
    elif sys.stdout.isatty():
        click.echo(work.as_table(people))
    elif people:
        click.echo(work.as_names(people))
