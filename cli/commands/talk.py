"""One user's side of a chat: whom they write to, and what they type.

A text goes to the current target; what begins with ``/`` is a command of the table
(`cli.commands.table`), which keys, menus and the palette call as well.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.checks import check_target, clean, shortened
from cli.client.errors import ChatError, Refused
from cli.client.outgoing import CAPACITY
from cli.client.session import Session
from cli.settings import Preferences, Settings

_COMMAND: Final = re.compile(r"/(\w[\w-]*)(?:\s+|$)")
"""What a command begins with. ``/etc/hosts``, ``/* C */`` and ``/`` alone are texts."""


def is_command(text: str) -> bool:
    """Tell a command from a text that is said."""
    return _COMMAND.match(text) is not None


class Quit(Exception):
    """The user wants to leave; the text is the farewell."""


class Usage(ChatError):
    """A command needs other words; the text says which."""

    def __init__(self, usage: str) -> None:
        super().__init__(f"usage: {usage}")


class Surface(Protocol):
    """What the chat is shown on."""

    target: str
    """The room or the person that a text without a command goes to."""

    def tell(self, event: ev.Event) -> None:
        """Show an answer to the user, where they are looking."""

    def does(self, what: str, *words: str) -> bool:
        """Do something that only some surfaces can. Return False when this one cannot.

        ``keys``, ``theme NAME``; ``reply MSGID``: answer it with what is written next;
        ``rooms [WORD]``: choose from the server's list; ``history N``; ``search [WORDS]``.
        """


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is written, what it does, and the function that does it.

    ``completes`` says what its words are, one after the other, the last also of those behind it:
    ``people``, ``rooms``, ``targets`` (both), ``commands``, ``emoji``, ``text``, or something
    that `cli.commands.completion` has a list of.
    ``group`` is the heading that it is listed under. ``also`` are other names of it; ``long``
    tells that its text may have several lines.
    """

    usage: str
    help: str
    run: Callable[[Talk, str], list[str]]
    completes: str = ""
    group: str = "Talking"
    also: tuple[str, ...] = ()
    long: bool = False
    secret: bool = False
    """A password may stand in it: it is not kept among what was typed."""


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
        preferences: Preferences | None = None,
    ) -> None:
        self.session = session
        self.surface = surface
        self.buffers = buffers
        self.commands = commands
        self._there = there
        self.partners: list[str] = []
        self.preferences = preferences or Preferences()
        self.preferences.changed.append(self._heed)
        self._heed(self.preferences.now)
        self.chosen = ""
        """The msgid of the message that is selected, for what is done with one."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """What the user calls commands; ``$1``, ``$2`` are words, ``$*`` all of them."""
        return self.preferences.now.aliases

    @property
    def target(self) -> str:
        """The room or the person that a text without a command goes to."""
        return self.surface.target

    def tell(self, event: ev.Event) -> None:
        """Show an answer."""
        self.surface.tell(event)

    def type(self, text: str, *, reply_to: str = "") -> bool:
        """Carry out what was typed or pasted; its user is there. Raises Quit.

        ``reply_to`` is the msgid of what a text answers. Return False when nothing came of it:
        whoever typed it may want to mend it.
        """
        return self.do(self._line, clean(text), reply_to)

    def run(self, name: str, rest: str = "") -> bool:
        """Carry out a command of the table, as `type` does. Raises Quit."""
        return self.do(self.commands[name].run, self, clean(rest).strip())

    def do(self, act: Callable[..., list[str]], *args: object) -> bool:
        """Do what the user wants, and tell what comes of it. Raises Quit."""
        if self._there is not None:
            self._there()
        try:
            told, done = act(*args), True
        except ChatError as error:
            told, done = [str(error)], False
        for line in told:
            self.tell(ev.Answer(line))
        return done

    def say(self, text: str, *, target: str = "", action: bool = False, reply_to: str = "") -> None:
        """Say something to somebody, or to whom the user writes. Raises Refused."""
        target = target or self.target
        if not target:
            raise Refused("nobody reads this here: /join #ROOM or /to NAME, then write")
        say, lines = self.session.say, "\n" in text
        say(target, text, action=action, reply_to=reply_to, multiline=lines)

    def type_lines(self, text: str) -> bool:
        """Say each line of a text by itself, all of them or none. Raises Quit."""
        return self.do(self._lines, clean(text))

    def is_secret(self, text: str) -> bool:
        """Tell whether a password may stand in a command, also in one of the user's own."""
        begins = _COMMAND.match(text)
        command = self.command(begins[1]) if begins is not None else None
        if begins is not None and command is None:
            means = _COMMAND.match(_as_command(self.aliases.get(begins[1].lower(), "")))
            command = self.command(means[1]) if means is not None else None
        return command is not None and command.secret

    def command(self, name: str) -> Command | None:
        """Return the command of this name, or with this other name."""
        found = self.commands.get(name.lower())
        others = (one for one in self.commands.values() if name.lower() in one.also)
        return found or next(others, None)

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

    def rooms(self) -> list[str]:
        """Return the rooms that the user is in."""
        return [room.name for room in self.session.chat.rooms.values()]

    def _heed(self, settings: Settings) -> None:
        """Mark the words that the user wants, and ignore whom they want to ignore."""
        self.buffers.words = settings.keywords
        ignoring = self.session.ignoring
        for mask in ignoring.masks:
            if mask not in settings.ignore:
                ignoring.remove(mask)
        for mask in settings.ignore:
            with contextlib.suppress(Refused):  # the file may have what is no name
                ignoring.add(mask)

    def _line(self, text: str, reply_to: str) -> list[str]:
        if not text.strip():
            return []
        begins = _COMMAND.match(text)
        if begins is None:
            self.say(text[1:] if text.startswith("//") else text, reply_to=reply_to)
            return []
        name, rest = begins[1], text[begins.end() :]
        command = self.command(name)
        if command is None and name.lower() in self.aliases:
            return self._alias(name, self.aliases[name.lower()], rest)
        if command is None:
            raise Refused(self._unknown(name))
        if "\n" in rest.strip() and not command.long:
            raise Refused(f"/{name} takes one line; // writes a text that begins with /")
        return command.run(self, rest.strip())

    def _lines(self, text: str) -> list[str]:
        lines = [line for line in text.split("\n") if line.strip()]
        free = CAPACITY - self.session.delivery.pending
        if len(lines) > free:
            raise Refused(f"{len(lines)} lines are too many: {free} can wait to be sent now")
        for line in lines:
            self.say(line)
        return []

    def _alias(self, name: str, meaning: str, rest: str) -> list[str]:
        """Carry out what an alias means; one cannot mean another."""
        words = rest.split()

        def word(match: re.Match[str]) -> str:
            at = match[1]
            return rest.strip() if at == "*" else "".join(words[int(at) - 1 : int(at)])

        full = re.sub(r"\$([1-9*])", word, meaning) if "$" in meaning else f"{meaning} {rest}"
        full = _as_command(full)
        begins = _COMMAND.match(full)
        command = self.command(begins[1]) if begins is not None else None
        if command is None or begins is None:
            raise Refused(f"/{name} means {shortened(meaning)!r}, which is no command")
        return command.run(self, full[begins.end() :].strip())

    def _unknown(self, name: str) -> str:
        """Say what may have been meant."""
        known = [*self.commands, *self.aliases]
        known += [other for one in self.commands.values() for other in one.also]
        near = difflib.get_close_matches(name.lower(), known, 1)
        meant = f"did you mean /{near[0]}? " if near else ""
        return (
            f"/{shortened(name)} is no command: {meant}/help lists them; "
            "// writes a text that begins with /"
        )


def _as_command(meaning: str) -> str:
    """Return what an alias means as it is typed: the sign of a command need not stand there."""
    return f"/{meaning.strip().removeprefix('/')}"
