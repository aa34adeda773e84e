"""``chat search``: what was said, found by the server.

https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import click

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli.asked import ask_with
from cli.client.asking import Asking, said_in
from cli.client.checks import command_line
from cli.client.conversation import folded, server_time
from cli.client.errors import NotConnected, NothingFound, Refused
from cli.client.handshake import SEARCH
from cli.client.past import search_line
from cli.client.spelling import reason_of
from cli.client.tagged import farewell
from cli.ending import warn
from cli.entering import first_room, must_be_there, not_entered
from cli.options import Options
from cli.transcript import as_json, as_line

DEVICE: Final = "~search"
"""What the session is called: what one of such a name has heard is not remembered."""
_REFUSALS: Final = frozenset(("400", "421", "461", "FAIL"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words, '' = any; ``target``, ``sender``: '' = wherever, whoever; times in Unix seconds."""

    words: str
    target: str
    sender: str
    since: float | None
    before: float | None
    most: int

    @property
    def line(self) -> bytes:
        """The question. Raises Refused when it does not fit a line."""
        given = {
            "text": self.words, "in": self.target, "from": self.sender,
            "after": "" if self.since is None else server_time(self.since),
            "before": "" if self.before is None else server_time(self.before),
            "limit": str(self.most),
        }  # fmt: skip
        return search_line(given)


def print_found(
    options: Options, name: str, password: str | None, wanted: Wanted, seconds: float, *,
    json: bool,
) -> None:  # fmt: skip
    """Print what is found, oldest first. Raises ChatError, of which NothingFound."""

    async def work(asking: Asking) -> None:
        if SEARCH not in asking.caps or "batch" not in asking.caps:
            raise Refused("the server cannot search")
        answer = await _answer(asking, wanted)
        found = said_in(SEARCH, answer, asking.nick)
        for said in found:
            click.echo(as_json(said) if json else as_line(said, place=True))
        for message in answer:
            if message.command == "NOTE" and message.params[:2] == ["SEARCH", "INCOMPLETE"]:
                warn(": ".join(message.params[2:]))
        if not found:
            raise NothingFound("nothing is found")

    ask_with(options, name, password, seconds, work, device=DEVICE)


async def _answer(asking: Asking, wanted: Wanted) -> list[Message]:
    """Ask, in the room if it is one. Raises Refused, NotConnected."""
    line, to_be_in = wanted.line, is_room(wanted.target) or not wanted.target
    entered = await _enter(asking, wanted.target) if to_be_in else ""
    try:
        answer = await asking.ask_until(_Ends(), line)
        for message in answer:
            _raise_refusal(message)
        return answer + await asking.ask()
    finally:
        if entered:
            if "message-tags" in asking.caps:
                asking.tell(farewell(asking.nick, entered))
            asking.tell(command_line("PART", entered))


async def _enter(asking: Asking, target: str) -> str:
    """Be in a room, '' = the first one; return it if the user was not in it before.

    Raises Refused and NoSuchTarget of one that is named.
    """

    def told(messages: list[Message]) -> bool:
        mine, here = folded(asking.nick), folded(room)
        return any(
            message.command == "JOIN"
            and folded((message.source or "").partition("!")[0]) == mine
            and [folded(room) for room in message.params[:1]] == [here]
            for message in messages
        )

    before = await asking.ask()
    room = target or first_room(asking)
    if told(before):
        return ""
    if target:
        await must_be_there(asking, room)
    answer = await asking.ask(command_line("JOIN", room))
    if told(answer):
        return room
    problems = [reason_of(one) for one in answer if one.command[:1] in "45F"]
    if target:
        raise not_entered(room, problems[:1])
    return ""


class _Ends:
    """Tells which line ends the answer to SEARCH: the end of its batch, or a refusal."""

    def __init__(self) -> None:
        self._reference = ""

    def __call__(self, message: Message) -> bool:
        params = message.params
        if message.command != "BATCH" or not params:
            return _is_refusal(message)
        if params[1:2] == [SEARCH]:
            self._reference = params[0][1:]
        return self._reference != "" and params[0] == f"-{self._reference}"


def _is_refusal(message: Message) -> bool:
    return message.command in _REFUSALS and "SEARCH" in message.params[:2]


def _raise_refusal(message: Message) -> None:
    if _is_refusal(message):
        for_now = message.command == "400" or "TEMPORARILY_UNAVAILABLE" in message.params
        why = f"the server cannot search: {message.params[-1]}"
        raise NotConnected(why) if for_now else Refused(why)
