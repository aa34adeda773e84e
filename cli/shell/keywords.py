"""``chat keywords``."""

from __future__ import annotations

import click

from cli.names import WORD
from cli.options import Options, common, somebody, timeout


@click.command()
@click.argument("action", type=click.Choice(["list", "add", "remove"]), default="list")
@click.argument("words", type=WORD, nargs=-1, metavar="[WORD]...")
@timeout("Seconds for all of it.")
@common
@somebody("Whose keywords.")
def keywords(
    options: Options, name: str, password: str | None, action: str, words: tuple[str, ...],
    timeout: float,
) -> None:  # fmt: skip
    """List, add or remove the words that bring a message into your inbox, besides your names."""
    from cli.inbox import change_keywords, print_keywords

    if (action == "list") == bool(words):
        raise click.UsageError(
            "write `keywords list`, or `keywords add WORD...` or `remove WORD...`"
        )
    if action == "list":
        print_keywords(options, name, password, timeout)
    else:
        change_keywords(options, name, password, action, words, timeout)
