"""The command ``chat``: log in and talk, see who is online, send from a script."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import click

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client.errors import ChatError, LoginRefused
from cli.client.lookback import MAX_LINES
from cli.options import (
    EXIT_CODES,
    MAX_SECONDS,
    TIME_FORMS,
    OptionalSeconds,
    Options,
    a_time,
    a_token,
    ask_password,
    can_ask,
    common,
    identity_of,
    password_file_option,
    password_from,
    repair_streams,
    timeout,
)
from cli.questions import export, search, sessions
from cli.signin import refused, with_password


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.option("--server", "-s", multiple=True, metavar="HOST:PORT", help="Server address.")
@click.version_option(package_name="chatd")
@click.pass_context
def main(ctx: click.Context, server: tuple[str, ...]) -> None:
    """Talk to people on a chat server.

    \b
    chat login anna                     enter the chat as anna
    chat who                            who is online?
    chat send --to bob "Lunch is here"  one message, also from scripts
    chat history --with bob             what was said
    chat search lunch                   where it was said
    chat tail --json                    what is being said, for scripts
    chat inbox                          what concerns you and you have not read
    chat export                         all that you can see of what was said, as JSON lines

    The first login of a free name makes it yours: a secret is generated and kept on this machine.
    To use the name elsewhere set a password with `chat passwd`.
    """  # noqa: D301 - \b is click's mark for "as it is"
    repair_streams()
    ctx.obj = server


@main.command(epilog=EXIT_CODES)
@click.argument("name", required=False)
@click.option(
    "--history",
    "lines",
    type=click.IntRange(0, MAX_LINES),
    metavar="N",
    help="Show the last N lines of each room first. [default: a screenful on a terminal, else 0]",
)
@click.option(
    "--invite",
    "invitation",
    default="",
    metavar="TOKEN",
    callback=a_token,
    help="Token with which a free name is made yours, where accounts need one.",
)
@click.option("--plain", is_flag=True, help="Lines that scroll by, not the full screen.")
@password_file_option
@common
def login(
    options: Options,
    name: str | None,
    lines: int | None,
    invitation: str,
    plain: bool,
    password_file: Path | None,
) -> None:
    """Enter the chat as NAME (default: as at the last login), in the room #global.

    What was said last is shown first, and how much of it is new since you were here.
    On a terminal: type and press Enter; /help lists the commands, Tab completes, Ctrl-D leaves.
    With --plain, or on a dumb terminal, lines scroll by. When stdin or stdout is no terminal, each
    line of stdin is a message, and each line of stdout tells one thing that happened.
    """
    from cli.login import enter

    identity = identity_of(options, name)
    ask = ask_password(identity)
    password = password_from(password_file, "CHAT_PASSWORD")
    talk = partial(enter, lines=lines, invitation=invitation, plain=plain)
    try:
        with_password(lambda tried: talk(options, identity, tried), password, ask)
    except LoginRefused as error:
        raise refused(error, options.state, identity) from None


@main.command(epilog=EXIT_CODES)
@click.option("--json", "json_output", is_flag=True, help="A JSON array: name, away, since.")
@timeout("Seconds to wait.")
@common
def who(options: Options, json_output: bool, timeout: float) -> None:
    """Show who is online: a table on a terminal, else one name on each line."""
    from cli.who import as_json, as_names, as_table, roster

    people = asyncio.run(roster(options.readable_at, options.server_password, timeout))
    if json_output:
        click.echo(as_json(people))
    elif sys.stdout.isatty():
        click.echo(as_table(people))
    elif people:
        click.echo(as_names(people))


@main.command(epilog=EXIT_CODES, cls=OptionalSeconds)
@click.argument("text", nargs=-1)
@click.option("--to", "target", required=True, metavar="NAME", help="A user, or a #room.")
@click.option("--as", "name", metavar="NAME", help="Send as NAME. [default: the last login]")
@click.option("--id", "key", metavar="KEY", help="Makes a retry with the same KEY one message.")
@click.option("--json", "json_output", is_flag=True, help="Print outcome, msgid, time, target, id.")
@click.option(
    "--wait",
    is_flag=False,
    flag_value=MAX_SECONDS,
    type=click.FloatRange(0, MAX_SECONDS, min_open=True),
    metavar="[SECONDS]",
    help="While there is no user NAME, wait for one: SECONDS, or a day.",
)
@click.option("--multiline", is_flag=True, help="All lines are one message.")
@timeout("Seconds to wait for the login, and for each acknowledgement.")
@password_file_option
@common
def send(
    options: Options,
    text: tuple[str, ...],
    target: str,
    name: str | None,
    key: str | None,
    json_output: bool,
    wait: float | None,
    multiline: bool,
    timeout: float,
    password_file: Path | None,
) -> None:
    """Send TEXT, or each line of stdin as it comes, and return when all is acknowledged.

    A message to a user who is offline is kept for the next login. Whoever is named with --as has
    an account from then on, and can be answered: log in as NAME to read the answers.

    Works while you are logged in elsewhere. A retry with the same --id is the same message, on
    whatever gateway; each line of stdin has its own id: KEY.1, KEY.2 and so on.
    """
    from cli.sending import Request, send_text

    identity = identity_of(options, name, option="--as")
    words = " ".join(text) if text else None
    request = Request(identity, target, words, key, timeout, wait, json_output, multiline)
    send_text(options, request, password_from(password_file, "CHAT_PASSWORD"))


@main.command(epilog=EXIT_CODES)
@click.option("--mark-read", is_flag=True, help="It is read then, on all your devices.")
@click.option("--json", "json_output", is_flag=True, help="A JSON object on each line.")
@click.option(
    "-n",
    "most",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="The newest N.",
)
@click.option("--as", "name", metavar="NAME", help="Whose inbox. [default: the last login]")
@timeout("Seconds for all of it.")
@password_file_option
@common
def inbox(
    options: Options,
    mark_read: bool,
    json_output: bool,
    most: int,
    name: str | None,
    timeout: float,
    password_file: Path | None,
) -> None:
    """Print what concerns you and you have not read: private messages, and what has your name or a
    keyword of yours in the rooms that you are in; oldest first.

    \b
    --json: time (UTC), msgid, room or with (the other is null), from, account (null for a guest),
    kind (text, notice, action), text.
    """  # noqa: D301, D205 - \b is click's mark for "as it is"; it is one sentence
    from cli.inbox import print_inbox

    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    print_inbox(options, identity, password, most, timeout, json=json_output, mark_read=mark_read)


@main.command(epilog=EXIT_CODES)
@click.argument("action", type=click.Choice(["list", "add", "remove"]), default="list")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--as", "name", metavar="NAME", help="Whose keywords. [default: the last login]")
@timeout("Seconds for all of it.")
@password_file_option
@common
def keywords(
    options: Options,
    action: str,
    words: tuple[str, ...],
    name: str | None,
    timeout: float,
    password_file: Path | None,
) -> None:
    """List, add or remove the words that bring a message into your inbox, besides your names."""
    from cli.inbox import change_keywords, print_keywords

    if (action == "list") == bool(words):
        raise click.UsageError(
            "write `keywords list`, or `keywords add WORD...` or `remove WORD...`"
        )
    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    if action == "list":
        print_keywords(options, identity, password, timeout)
    else:
        change_keywords(options, identity, password, action, words, timeout)


@main.command(epilog=EXIT_CODES)
@click.argument("name", required=False)
@click.option(
    "--new-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the new password. [env: CHAT_NEW_PASSWORD; default: asks for it]",
)
@timeout("Seconds to wait.")
@password_file_option
@common
def passwd(
    options: Options,
    name: str | None,
    new_password_file: Path | None,
    timeout: float,
    password_file: Path | None,
) -> None:
    """Set the password of NAME (default: the last login), to log in from another machine."""
    from cli.scripted import change_password

    identity = identity_of(options, name)
    new = password_from(new_password_file, "CHAT_NEW_PASSWORD")
    if new is None:
        if not can_ask():
            raise ChatError("nobody can be asked here: give --new-password-file")
        new = click.prompt(
            f"New password of {identity}", hide_input=True, confirmation_prompt=True, err=True
        )
    password = password_from(password_file, "CHAT_PASSWORD")
    with_password(
        lambda tried: change_password(options, identity, tried, str(new), timeout),
        password,
        ask_password(identity),
    )
    click.echo(f"The password of {identity} is changed, and kept on this machine.", err=True)


_as = click.option("--as", "name", metavar="NAME", help="Who reads. [default: the last login]")


@main.command(epilog=EXIT_CODES)
@click.option("--room", metavar="#ROOM", help="What was said in this room. [default: #global]")
@click.option("--with", "partner", metavar="NICK", help="What was said with this user.")
@click.option("--since", callback=a_time, metavar="TIME", help=f"Since then: {TIME_FORMS}.")
@click.option("--before", metavar="MSGID", help="What was said before this message.")
@click.option(
    "-n",
    "most",
    type=click.IntRange(1),
    metavar="N",
    help="The last N. [default: 50, or all since]",
)
@click.option("--all", "everything", is_flag=True, help="All that is kept.")
@click.option("--json", "json_output", is_flag=True, help="A JSON object on each line.")
@_as
@timeout("Seconds for all of it.", default=60.0)
@password_file_option
@common
def history(
    options: Options,
    room: str | None,
    partner: str | None,
    since: float | None,
    before: str | None,
    most: int | None,
    everything: bool,
    json_output: bool,
    name: str | None,
    timeout: float,
    password_file: Path | None,
) -> None:
    """Print what was said in a room, or with a user; oldest first, with local times.

    A room shows it to those who are in it: it is entered, and left again unless you were in it.

    --json: time (UTC), msgid, room or with (the other is null), from, account (null for a guest),
    kind (text, notice, action), text.
    """
    from cli.client.past import Past
    from cli.reading import history as print_history

    if room is not None and partner is not None:
        raise click.UsageError("give --room or --with, not both")
    if room is not None and not is_room(room):
        raise click.UsageError(f"{printable(room)} is no room: room names begin with #")
    if everything and most is not None:
        raise click.UsageError("give -n or --all, not both")
    if most is None and since is None and not everything:
        most = 50
    past = Past(room or partner or "#global", most, since, before or "")
    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    print_history(options, identity, password, past, timeout, json=json_output)


@main.command(epilog=EXIT_CODES)
@click.option("--room", "rooms", multiple=True, metavar="#ROOM", help="Only this; repeatable.")
@click.option(
    "-n",
    "lines",
    type=click.IntRange(0, MAX_LINES),
    default=10,
    show_default=True,
    metavar="N",
    help="The last N messages first.",
)
@click.option("--follow/--no-follow", "-f", default=True, help="Go on until Ctrl-C. [default]")
@click.option("--json", "json_output", is_flag=True, help="A JSON object on each line.")
@_as
@password_file_option
@common
def tail(
    options: Options,
    rooms: tuple[str, ...],
    lines: int,
    follow: bool,
    json_output: bool,
    name: str | None,
    password_file: Path | None,
) -> None:
    """Print the last messages, and then each as it comes: once, in order, over lost connections.

    You are online meanwhile, in these rooms. Without --room it is #global, every other room that
    you are in, and what is said to you alone. What goes wrong is told on stderr.

    --json: the same fields as `chat history --json`.
    """
    from cli.reading import tail as print_tail

    identity = identity_of(options, name, option="--as")
    password = password_from(password_file, "CHAT_PASSWORD")
    print_tail(options, identity, password, rooms, lines, follow=follow, json=json_output)


@main.command(epilog=EXIT_CODES)
@click.argument("name", required=False)
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


main.add_command(export)
main.add_command(search)
main.add_command(sessions)


if __name__ == "__main__":
    main()
