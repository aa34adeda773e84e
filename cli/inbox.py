"""``chat inbox`` and ``chat keywords``: what concerns one, asked for and printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click

from chatd.wire.casemap import is_room
from chatd.wire.message import Message, format_line
from chatd.wire.text import printable
from cli.asked import Work, ask_with
from cli.client import events as ev
from cli.client.asking import Asking, said_in
from cli.client.checks import command_line
from cli.client.conversation import server_time
from cli.client.errors import ChatError, NotConnected, Refused
from cli.ending import warn
from cli.options import Options
from cli.transcript import as_json, as_line

PAGE: Final = 500
"""Messages asked for at once."""
DEVICE: Final = "~inbox"
"""What the session is called: what one of such a name has heard is not remembered."""
LINES_OF_WORDS: Final = 20
"""Words in one line of KEYWORDS."""
_BATCH: Final = "chatd/inbox"


def place(said: ev.Said) -> str:
    """Where it is read: the room, or who has written, by the account, whatever the nick."""
    return said.target if is_room(said.target) else said.account or said.source


# -- the inbox -----------------------------------------------------------------------------------


def print_inbox(
    options: Options, name: str, password: str | None, most: int, seconds: float, *,
    json: bool, mark_read: bool,
) -> None:  # fmt: skip
    """Print what is unread, the newest ``most``, oldest first. Raises ChatError."""

    async def work(asking: Asking) -> None:
        items, older = await read_inbox(asking, most)
        for said in items:
            click.echo(as_json(said) if json else as_line(said, place=True))
        if older:
            warn("there is more that is older: ask with -n for it")
        elif not items and sys.stdout.isatty():
            click.echo("Nothing new.", err=True)
        if mark_read:
            await _mark_read(asking, items)

    _run(options, name, password, seconds, work)


async def read_inbox(asking: Asking, most: int) -> tuple[list[ev.Said], bool]:
    """The newest messages, oldest first, and whether there are older ones. Raises Refused."""
    items: list[ev.Said] = []
    before: list[str] = []
    while True:
        limit = str(min(PAGE, most - len(items)))
        answer = await asking.ask(command_line("INBOX", limit, *before))
        page, end = _page(answer)
        items = page + items
        if end[:1] != ["MORE"]:
            return items, False
        if len(items) >= most or not page or len(end) < 3:
            return items, True
        before = [f"msgid={end[2]}"]


def _page(answer: list[Message]) -> tuple[list[ev.Said], list[str]]:
    """The messages of one answer, and the parameters of its last line."""
    for message in answer:
        _raise_refusal(message, "INBOX")
        if message.command == "INBOX":
            return said_in(_BATCH, answer), message.params
    raise Refused("the server has no inbox")


async def _mark_read(asking: Asking, items: list[ev.Said]) -> None:
    """Say of each room and person that all that was shown is read."""
    newest: dict[str, float] = {}
    for said in items:
        newest[place(said)] = max(said.at, newest.get(place(said), 0.0))
    for where, at in newest.items():
        line = command_line("MARKREAD", where, f"timestamp={server_time(at)}")
        for message in await asking.ask(line):
            if message.command == "FAIL" and message.params[:1] == ["MARKREAD"]:
                why = message.params[-1]
                warn(f"{where} cannot be marked as read: {why}")


# -- keywords ------------------------------------------------------------------------------------


def print_keywords(options: Options, name: str, password: str | None, seconds: float) -> None:
    """Print one on each line. Raises ChatError."""

    async def work(asking: Asking) -> None:
        for message in await asking.ask(format_line("KEYWORDS", "LIST")):
            _raise_refusal(message, "KEYWORDS")
            if message.command == "KEYWORDS" and message.params[:1] == ["LIST"]:
                for word in message.params[-1].split():
                    click.echo(printable(word))

    _run(options, name, password, seconds, work)


def change_keywords(
    options: Options, name: str, password: str | None, action: str, words: Sequence[str],
    seconds: float,
) -> None:  # fmt: skip
    """Add or remove some. Raises ChatError."""
    given = " ".join(words).split()

    async def work(asking: Asking) -> None:
        for start in range(0, len(given), LINES_OF_WORDS):
            some = given[start : start + LINES_OF_WORDS]
            line = command_line("KEYWORDS", action.upper(), " ".join(some))
            for message in await asking.ask(line):
                _raise_refusal(message, "KEYWORDS")

    _run(options, name, password, seconds, work)


# -- asking --------------------------------------------------------------------------------------


def _raise_refusal(message: Message, command: str) -> None:
    params = message.params
    if message.command == "421" and command in params:
        raise Refused("the server has no inbox")
    if message.command == "FAIL" and params[:1] == [command]:
        about = [f"{word}: " for word in params[2:-1]]
        text = f"{''.join(about)}{params[-1]}"
        kind = NotConnected if params[1:2] == ["TEMPORARILY_UNAVAILABLE"] else Refused
        raise kind(text)


def _run(options: Options, name: str, password: str | None, seconds: float, work: Work) -> None:
    async def of_an_account(asking: Asking) -> None:
        if not asking.authenticated:
            why = asking.claim_problem or "the server offers none"
            raise ChatError(f"{name} has no account here: {why}")
        await work(asking)

    ask_with(options, name, password, seconds, of_an_account, device=DEVICE)
