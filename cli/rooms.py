"""``chat rooms`` and ``chat who '#room'``: which rooms there are, and who is in one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from chatd.wire.message import Message, format_line
from chatd.wire.text import printable
from cli.asked import ask_with
from cli.client.asking import Asking
from cli.client.errors import NotConnected, Refused
from cli.client.lists import ListedRoom, rooms_in
from cli.client.spelling import folded
from cli.entering import must_be_there
from cli.options import Options
from cli.watching import members_of
from cli.who import Online, as_names, as_table, online_in, table
from cli.who import as_json as people_as_json

DEVICE = "~rooms"
"""What the session is called that asks; it is not listed."""


def print_rooms(
    options: Options, name: str, password: str | None, seconds: float, *, json_output: bool
) -> None:
    """Print them, those with most members first. Raises ChatError."""

    async def work(asking: Asking) -> None:
        rooms = read_rooms(await asking.ask(format_line("LIST")))
        if json_output:
            rows = [{"name": one.name, "members": one.people, "topic": one.topic} for one in rooms]
            click.echo(json.dumps(rows, indent=2))
        elif sys.stdout.isatty():
            click.echo(_as_table(rooms))
        elif rooms:
            click.echo("\n".join(printable(one.name) for one in rooms))

    ask_with(options, name, password, seconds, work, device=DEVICE)


def read_rooms(answer: Sequence[Message]) -> list[ListedRoom]:
    """Read the answer to LIST. Raises Refused, NotConnected."""
    for message in answer:
        params = message.params
        if message.command in ("400", "421", "FAIL") and "LIST" in params[:2]:
            kind = Refused if message.command == "421" else NotConnected
            raise kind(f"the server does not list its rooms: {params[-1]}")
    return rooms_in(answer)


def _as_table(rooms: Sequence[ListedRoom]) -> str:
    rows = [(printable(one.name), str(one.people), printable(one.topic)) for one in rooms]
    return "\n".join([*table([("NAME", "MEMBERS", "TOPIC"), *rows]), f"{len(rooms)} rooms"])


def print_members(
    options: Options, name: str, password: str | None, room: str, seconds: float, *,
    json_output: bool,
) -> None:  # fmt: skip
    """Print who is in a room, as `chat who` prints who is online. Raises ChatError."""

    async def work(asking: Asking) -> None:
        await must_be_there(asking, room)
        answer = await asking.ask(format_line("WHO", room))
        people = members_of(answer)
        if not people:
            raise Refused(f"who is in {room} is told to its members only")
        people = _known(people, online_in(await asking.ask(format_line("ROSTER"))))
        if json_output:
            click.echo(people_as_json(people))
        else:
            click.echo(as_table(people) if sys.stdout.isatty() else as_names(people))

    ask_with(options, name, password, seconds, work, device=DEVICE)


def _known(members: Sequence[Online], everybody: Sequence[Online]) -> list[Online]:
    """Add what the roster tells of them: since when, and the text of who is away."""
    more = {folded(one.name): one for one in everybody}
    found = {folded(one.name): more.get(folded(one.name), one) for one in members}
    return [found[key] for key in sorted(found)]
