"""Commands that ask for what the server knows, and print it."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import (
    EXIT_CODES,
    TIME_FORMS,
    Options,
    a_time,
    common,
    identity_of,
    password_file_option,
    password_from,
    timeout,
)

MOST_FOUND = 1000
"""Messages that a server gives at once."""


@click.command(epilog=EXIT_CODES)
@click.argument("words", nargs=-1, metavar="WORD...")
@click.option("--in", "target", metavar="#ROOM|NICK", help="Only there. [default: everywhere]")
@click.option("--from", "sender", metavar="NAME", help="What this nick or account has said.")
@click.option(
    "--since",
    "--after",
    "since",
    callback=a_time,
    metavar="TIME",
    help=f"Since then, the first N: {TIME_FORMS}.",
)
@click.option("--before", callback=a_time, metavar="TIME", help="Until then.")
@click.option(
    "--limit",
    "-n",
    "most",
    type=click.IntRange(1, MOST_FOUND),
    default=100,
    show_default=True,
    metavar="N",
    help="The last N.",
)
@click.option("--json", "json_output", is_flag=True, help="A JSON object on each line.")
@click.option("--as", "name", metavar="NAME", help="Who asks. [default: the last login]")
@timeout("Seconds for all of it.", default=60.0)
@password_file_option
@common
def search(
    options: Options, words: tuple[str, ...], target: str | None, sender: str | None,
    since: float | None, before: float | None, most: int, json_output: bool, name: str | None,
    timeout: float, password_file: Path | None,
) -> None:  # fmt: skip
    """Print the messages that have all of these words; oldest first, with local times.

    A word is found in any script, within longer words, in upper or lower case, with accents or
    without. '"two words"' stand beside each other.

    Where you are not, nothing is found: #global, or the room of --in, is entered, and left again
    unless you were in it.

    --json: the same fields as `chat history --json`.
    """
    from cli.search import Wanted, print_found

    if not (words or target or sender or since or before):
        raise click.UsageError("what for? Give words, --in, --from, --since or --before")
    wanted = Wanted(" ".join(words), target or "", sender or "", since, before, most)
    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    print_found(options, identity, password, wanted, timeout, json=json_output)


@click.command(epilog=EXIT_CODES)
@click.option(
    "--in", "targets", multiple=True, metavar="#ROOM|NICK", help="Only there; repeatable."
)
@click.option("--since", callback=a_time, metavar="TIME", help=f"Since then: {TIME_FORMS}.")
@click.option("--as", "name", metavar="NAME", help="Whose. [default: the last login]")
@timeout("Seconds for all of it.", default=3600.0)
@password_file_option
@common
def export(
    options: Options, targets: tuple[str, ...], since: float | None, name: str | None,
    timeout: float, password_file: Path | None,
) -> None:  # fmt: skip
    """Print all that you can see of what was said, a JSON object on each line.

    One room after the other, of those that you are in, then all private conversations together;
    in each the oldest first. A room of --in is entered, and left again unless you were in it.

    The fields are those of `chat history --json`.
    """
    from cli.export import export as print_all

    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    print_all(options, identity, password, targets, since, timeout)


@click.command(epilog=EXIT_CODES)
@click.argument("action", type=click.Choice(["list", "end", "forget"]), default="list")
@click.argument("which", nargs=-1, metavar="[DEVICE|ID]...")
@click.option("--others", is_flag=True, help="With `end`: all sessions.")
@click.option("--json", "json_output", is_flag=True, help="With `list`: a JSON array.")
@click.option("--as", "name", metavar="NAME", help="Whose sessions. [default: the last login]")
@timeout("Seconds for all of it.")
@password_file_option
@common
def sessions(
    options: Options, action: str, which: tuple[str, ...], others: bool, json_output: bool,
    name: str | None, timeout: float, password_file: Path | None,
) -> None:  # fmt: skip
    """List where you are logged in, end some of that, or have a device forgotten.

    A program that knows your password can log in again: change it first (`chat passwd`).

    --json: id, device, state (connected, waiting, stays, remembered), nick, gateway, address,
    since, active (both UTC); null is what there is not.
    """
    from cli import sessions as work

    if action == "list" and (which or others):
        raise click.UsageError("write `sessions end DEVICE|ID` or `sessions end --others`")
    if action != "list" and bool(which) == (others and action == "end"):
        raise click.UsageError(f"what shall it {action}? Give a device or an id")
    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    if action == "list":
        work.print_sessions(options, identity, password, timeout, json_output=json_output)
    elif action == "forget":
        work.forget_devices(options, identity, password, timeout, which)
    else:
        work.end_sessions(options, identity, password, timeout, which or (work.ALL,))
