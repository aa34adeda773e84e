"""``chat send``."""

from __future__ import annotations

import click

from cli.names import KEY, TARGET
from cli.options import MAX_SECONDS, Options, as_json, common, somebody, timeout


class OptionalSeconds(click.Command):
    """A command whose ``--wait`` may stand without seconds, also before a text."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what stands behind ``--wait`` for seconds only when it is a number."""
        args = list(args)
        end = args.index("--") if "--" in args else len(args)
        for at in range(end):
            behind = args[at + 1] if at + 1 < end else "--"
            if args[at] == "--wait" and not behind.replace(".", "", 1).isdecimal():
                args[at] = f"--wait={MAX_SECONDS}"
        return super().parse_args(ctx, args)


@click.command(cls=OptionalSeconds)
@click.argument("text", nargs=-1)
@click.option(
    "--to", "target", type=TARGET, required=True, metavar="NAME", help="A user, or a #room."
)
@click.option("--id", "key", type=KEY, metavar="KEY", help="Makes a retry with KEY one message.")
@as_json("Print outcome, msgid, time, target, id.")
@click.option(
    "--wait",
    is_flag=False,
    flag_value=MAX_SECONDS,
    type=click.FloatRange(0, MAX_SECONDS, min_open=True),
    metavar="[SECONDS]",
    help="While there is no user NAME, wait for one: SECONDS, or a day.",
)
@click.option("--create", is_flag=True, help="Make the #room NAME if there is none.")
@click.option("--multiline", is_flag=True, help="All lines are one message.")
@timeout("Seconds to wait for the login, and for each acknowledgement.")
@common
@somebody("Send as NAME.")
def send(
    options: Options, name: str, password: str | None, text: tuple[str, ...], target: str,
    key: str | None, json_output: bool, wait: float | None, create: bool, multiline: bool,
    timeout: float,
) -> None:  # fmt: skip
    """Send TEXT, or each line of stdin as it comes, and return when all is acknowledged.

    A message to a user who is offline is kept for the next login. Whoever is named with --as has
    an account from then on, and can be answered: log in as NAME to read the answers. A room is
    entered for it, and left again unless you were in it; one that is not there is exit code 3.

    Works while you are logged in elsewhere. A retry with the same --id is the same message, on
    whatever gateway; each line of stdin has its own id: KEY.1, KEY.2 and so on.
    """
    from cli.sending import Request, send_text

    words = " ".join(text) if text else None
    request = Request(name, target, words, key, timeout, wait, json_output, multiline, create)
    send_text(options, request, password)
