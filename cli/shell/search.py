"""``chat search``."""

from __future__ import annotations

import click

from cli.names import NICK, TARGET, WORD
from cli.options import TIME_FORMS, Options, a_time, as_json, common, newest, somebody, timeout

MOST_FOUND = 1000
"""Messages that a server gives at once."""


@click.command()
@click.argument("words", type=WORD, nargs=-1, metavar="WORD...")
@click.option(
    "--in", "target", type=TARGET, metavar="#ROOM|NICK",
    help="Only there. [default: everywhere]",
)  # fmt: skip
@click.option(
    "--from", "sender", type=NICK, metavar="NAME", help="What this nick or account has said."
)
@click.option(
    "--since",
    "--after",
    "since",
    callback=a_time,
    metavar="TIME",
    help=f"Since then, the first N: {TIME_FORMS}.",
)
@click.option("--before", callback=a_time, metavar="TIME", help="Until then.")
@newest("The last N.", 100, most=MOST_FOUND)
@as_json()
@timeout("Seconds for all of it.", default=60.0)
@common
@somebody("Who asks.")
def search(
    options: Options, name: str, password: str | None, words: tuple[str, ...], target: str | None,
    sender: str | None, since: float | None, before: float | None, most: int, json_output: bool,
    timeout: float,
) -> None:  # fmt: skip
    """Print the messages that have all of these words; oldest first, with local times.

    A word is found in any script, within longer words, in upper or lower case, with accents or
    without. '"two words"' stand beside each other.

    Where you are not, nothing is found: the room of --in, or else the one where everybody begins,
    is entered, and left again unless you were in it.

    --json: the same fields as `chat history --json`.
    """
    from cli.search import Wanted, print_found

    if not (words or target or sender or since or before):
        raise click.UsageError("what for? Give words, --in, --from, --since or --before")
    wanted = Wanted(" ".join(words), target or "", sender or "", since, before, most)
    print_found(options, name, password, wanted, timeout, json=json_output)
