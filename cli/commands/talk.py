"""One user's side of a chat: whom they write to, and what they type.

A text goes to the current target; what begins with ``/`` is a command of the table
(`cli.commands.table`), which keys, menus and the palette call as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.checks import check_target, clean, shortened
from cli.client.errors import ChatError, Refused
from cli.client.session import Session


class Quit(Exception):
    """The user wants to leave; the text is the farewell."""


class Surface(Protocol):
    """What the chat is shown on."""

    target: str
    """The room or the person that a text without a command goes to."""

    def tell(self, event: ev.Event) -> None:
        """Show an answer to the user, where they are looking."""

    def does(self, what: str, *words: str) -> bool:
        """Do something that only some surfaces can (``theme``, ``keys``, ``rooms`` ...).

        Return False when this one cannot.
        """


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is written, what it does, and the function that does it.

    ``completes`` says what its words are: ``people``, ``rooms``, ``targets`` (both), or nothing.
    ``group`` is the heading that it is listed under.
    """

    usage: str
    help: str
    run: Callable[[Talk, str], list[str]]
    completes: str = ""
    group: str = "Talking"


class Talk:
    """Knows whom the user writes to, and carries out what they type.

    ``there`` is called when the user does something.
    """

    def __init__(
        self,
        session: Session,
        surface: Surface,
        buffers: Buffers,
        commands: Mapping[str, Command],
        there: Callable[[], None] | None = None,
    ) -> None:
        self.session = session
        self.surface = surface
        self.buffers = buffers
        self.commands = commands
        self._there = there
        self.partners: list[str] = []

    @property
    def target(self) -> str:
        """The room or the person that a text without a command goes to."""
        return self.surface.target

    def tell(self, event: ev.Event) -> None:
        """Show an answer."""
        self.surface.tell(event)

    def type(self, text: str) -> None:
        """Carry out what was typed or pasted; its user is there. Raises Quit."""
        self.do(self._line, clean(text))

    def run(self, name: str, rest: str = "") -> None:
        """Carry out a command of the table. Raises Quit."""
        self.do(self.commands[name].run, self, clean(rest).strip())

    def do(self, act: Callable[..., list[str]], *args: object) -> None:
        """Do what the user wants, and tell what comes of it. Raises Quit."""
        if self._there is not None:
            self._there()
        try:
            told = act(*args)
        except ChatError as error:
            told = [str(error)]
        for line in told:
            self.tell(ev.Answer(line))

    def talk_to(self, target: str) -> None:
        """Make a room or a person the current target. Raises Refused for an impossible name."""
        check_target(target)
        self.surface.target = target
        if not is_room(target) and target not in self.partners:
            self.partners.append(target)

    def here(self, name: str = "") -> str:
        """Return the room of this name, or the current one. Raises Refused when it is none."""
        room = name or self.target
        if not is_room(room):
            raise Refused("which room? Room names begin with #")
        check_target(room)
        return room

    def names(self) -> list[str]:
        """Return the people that can be completed: in the rooms, or talked to."""
        known = self.session.chat.known_names()
        return known + [name for name in self.partners if name not in known]

    def rooms(self) -> list[str]:
        """Return the rooms that the user is in."""
        return [room.name for room in self.session.chat.rooms.values()]

    def _line(self, line: str) -> list[str]:
        if not line.strip():
            return []
        if not line.startswith("/") or line.startswith("//"):
            self.session.say(self.target, line[1:] if line.startswith("//") else line)
            return []
        name, _, rest = line[1:].partition(" ")
        command = self.commands.get(name.lower())
        if command is None:
            hint = "/help lists them; // writes a text that begins with /"
            return [f"/{shortened(name)} is no command: {hint}"]
        return command.run(self, rest.strip())
