"""``chat sessions``."""

from __future__ import annotations

import click

from cli.names import WORD
from cli.options import Options, as_json, common, somebody, timeout


@click.command()
@click.argument("action", type=click.Choice(["list", "end", "forget"]), default="list")
@click.argument("which", type=WORD, nargs=-1, metavar="[DEVICE|ID]...")
@click.option("--others", is_flag=True, help="With `end`: all sessions.")
@as_json("With `list`: a JSON array.")
@timeout("Seconds for all of it.")
@common
@somebody("Whose sessions.")
def sessions(
    options: Options, name: str, password: str | None, action: str, which: tuple[str, ...],
    others: bool, json_output: bool, timeout: float,
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
    if action == "list":
        work.print_sessions(options, name, password, timeout, json_output=json_output)
    elif action == "forget":
        work.forget_devices(options, name, password, timeout, which)
    else:
        work.end_sessions(options, name, password, timeout, which or (work.ALL,))
