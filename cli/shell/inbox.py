"""``chat inbox``."""

from __future__ import annotations

import click

from cli.options import Options, as_json, common, newest, somebody, timeout


@click.command()
@click.option("--mark-read", is_flag=True, help="It is read then, on all your devices.")
@as_json()
@newest("The newest N.", 100)
@timeout("Seconds for all of it.")
@common
@somebody("Whose inbox.")
def inbox(
    options: Options, name: str, password: str | None, mark_read: bool, json_output: bool,
    most: int, timeout: float,
) -> None:  # fmt: skip
    """Print what concerns you and you have not read: private messages, and what has your name or a
    keyword of yours in the rooms that you are in; oldest first.

    \b
    --json: time (UTC), msgid, room or with (the other is null), from, account (null for a guest),
    kind (text, notice, action), text.
    """  # noqa: D301, D205 - \b is click's mark for "as it is"; it is one sentence
    from cli.inbox import print_inbox

    print_inbox(options, name, password, most, timeout, json=json_output, mark_read=mark_read)
