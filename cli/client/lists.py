"""Answers about people that come in several lines: WHO, WHOIS, and who of those watched is online.

No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.checks import number
from cli.client.dataclass import dataclass
from cli.client.modes import Modes
from cli.client.spelling import folded, is_time

MAX_ROWS: Final = 20_000
"""Of one list; what a server sends beyond them is left out."""

MAX_ROOMS: Final = 500
"""Of one person."""


class Lists:
    """Collects the lines of answers that nobody has asked for by a label."""

    def __init__(self, modes: Modes) -> None:
        self._modes = modes
        self._people: list[ev.Person] = []
        self._about: ev.About | None = None
        self.handlers: dict[str, Callable[[Message], list[ev.Event]]] = {
            "352": self._who,
            "315": self._who_end,
            "730": self._online,
            **dict.fromkeys(("311", "317", "319", "330", "318"), self._whois),
        }

    def clear(self) -> None:
        """Forget what was not answered to its end."""
        self._people.clear()
        self._about = None

    def is_away(self, nick: str, text: str) -> bool:
        """Take 301; return whether it is part of the answer about somebody."""
        if self._about is None or folded(self._about.nick) != folded(nick):
            return False
        self._about = replace(self._about, away=text)
        return True

    def _online(self, message: Message) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/monitor#rpl_mononline"""
        nicks = [mask.partition("!")[0] for mask in message.params[1].split(",")]
        return [ev.Online(tuple(nicks))]

    def _who(self, message: Message) -> list[ev.Event]:
        if len(self._people) < MAX_ROWS:
            self._people.append(person_of(message))
        return []

    def _who_end(self, message: Message) -> list[ev.Event]:
        people = {folded(person.nick): person for person in self._people}
        self._people = []
        rows = tuple(people[key] for key in sorted(people))
        return [ev.People(message.params[1], rows)]

    def _whois(self, message: Message) -> list[ev.Event]:
        about = self._about
        if message.command == "311" or about is None:
            about = ev.About(message.params[1])
        params = message.params
        match message.command:
            case "317":
                signon = params[3] if len(params) > 4 else "0"
                since = number(signon) or 0
                since = since if is_time(since) else 0
                about = replace(about, idle=number(params[2]) or 0, since=since)
            case "319":
                rooms = tuple(self._modes.split(name)[1] for name in params[2].split())
                about = replace(about, rooms=(about.rooms + rooms)[:MAX_ROOMS])
            case "330":
                about = replace(about, account=params[2])
            case "318":
                known = self._about
                self._about = None
                return [known] if known is not None else []
        self._about = about
        return []


def person_of(message: Message) -> ev.Person:
    """Read RPL_WHOREPLY, https://modern.ircdocs.horse/#rplwhoreply-352 ."""
    return ev.Person(message.params[5], message.params[6].startswith("G"))


def people_in(answer: Iterable[Message]) -> list[ev.Person]:
    """Return who is in an answer to WHO."""
    rows = (line for line in answer if line.command == "352" and len(line.params) > 6)
    return [person_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """A room of the server's list."""

    name: str
    people: int
    topic: str


def rooms_in(answer: Iterable[Message]) -> list[ListedRoom]:
    """Return the rooms of an answer to LIST, those with most people first.

    https://modern.ircdocs.horse/#rpllist-322
    """
    rows = [line.params for line in answer if line.command == "322" and len(line.params) > 2]
    found = [ListedRoom(row[1], number(row[2]) or 0, "".join(row[3:4])) for row in rows]
    return sorted(found, key=lambda room: (-room.people, folded(room.name)))
