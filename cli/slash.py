"""What the user types: a text for the current target, or one of these commands.

One table holds them all; help and completion are made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.checks import check_target, clean, number, shortened
from cli.client.errors import ChatError, Refused
from cli.client.past import Finding, Past
from cli.client.session import Session
from cli.render import Renderer

HISTORY = 50
"""Messages that ``/history`` shows when it is not told how many."""

MAX_HISTORY = 5000
"""Messages that it shows at most; ``chat history`` has them all."""


FOUND = 50
"""Messages that ``/search`` shows; ``chat search -n`` has more."""


class Quit(Exception):
    """The user wants to leave; the text is the farewell."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is written, what it does, and the function that does it."""

    usage: str
    help: str
    run: Callable[[Talk, str], list[str]]


class Talk:
    """One user's side of the chat: knows whom they write to, and carries out what they type."""

    def __init__(
        self,
        session: Session,
        view: Renderer,
        tell: Callable[[ev.Event], None],
        there: Callable[[], None] | None = None,
    ) -> None:
        self.session = session
        self.view = view
        self.tell = tell
        self._there = there
        self.partners: list[str] = []

    @property
    def target(self) -> str:
        """The room or the person that a text without a command goes to."""
        return self.view.target

    def type(self, text: str) -> None:
        """Carry out what was typed or pasted; its user is there. Raises Quit."""
        if self._there is not None:
            self._there()
        try:
            told = self._line(clean(text))
        except ChatError as error:
            told = [str(error)]
        for line in told:
            self.tell(ev.Answer(line))

    def talk_to(self, target: str) -> None:
        """Make a room or a person the current target. Raises Refused for an impossible name."""
        check_target(target)
        self.view.target = target
        if not is_room(target) and target not in self.partners:
            self.partners.append(target)

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
        command = COMMANDS.get(name.lower())
        if command is None:
            hint = "/help lists them; // writes a text that begins with /"
            return [f"/{shortened(name)} is no command: {hint}"]
        return command.run(self, rest.strip())


def _room(talk: Talk, name: str) -> str:
    room = name or talk.target
    if not is_room(room):
        raise Refused("which room? Room names begin with #")
    check_target(room)
    return room


def _to(talk: Talk, rest: str) -> list[str]:
    if not rest:
        return [f"you write to {talk.target}"]
    target = rest.split()[0]
    talk.talk_to(target)
    if is_room(target) and target not in talk.rooms():
        talk.session.join(target)
    return []


def _msg(talk: Talk, rest: str) -> list[str]:
    target, _, text = rest.partition(" ")
    if not text.strip():
        return ["usage: /msg NAME TEXT"]
    check_target(target)
    if not is_room(target) and target not in talk.partners:
        talk.partners.append(target)
    talk.session.say(target, text)
    return []


def _me(talk: Talk, rest: str) -> list[str]:
    if not rest:
        return ["usage: /me TEXT"]
    talk.session.say(talk.target, rest, action=True)
    return []


def _join(talk: Talk, rest: str) -> list[str]:
    room = _room(talk, rest)
    talk.session.join(room)
    talk.talk_to(room)
    return []


def _part(talk: Talk, rest: str) -> list[str]:
    room = _room(talk, rest)
    talk.session.part(room)
    if room == talk.target:
        others = [name for name in talk.rooms() if name != room]
        talk.view.target = others[0] if others else room
    return []


def _who(talk: Talk, rest: str) -> list[str]:
    if not rest and not is_room(talk.target):
        return _whois(talk, talk.target)
    mask = rest or talk.target
    if mask != "*" and not is_room(mask):
        return _whois(talk, mask)
    if mask != "*":
        check_target(mask)
    talk.session.command("WHO", mask)
    return []


def _whois(talk: Talk, rest: str) -> list[str]:
    if not rest:
        return ["usage: /whois NAME"]
    check_target(rest)
    talk.session.command("WHOIS", rest)
    return []


def _topic(talk: Talk, rest: str) -> list[str]:
    room = _room(talk, "")
    talk.session.command("TOPIC", room, *([rest] if rest else []))
    return []


def _history(talk: Talk, rest: str) -> list[str]:
    most = number(rest) if rest else HISTORY
    if not most or most > MAX_HISTORY:
        return [f"usage: /history N, with a number up to {MAX_HISTORY}"]
    past = Past(talk.target, most)

    def take(page: list[ev.Said] | ChatError) -> None:
        try:
            if isinstance(page, ChatError):
                raise page
            if not past.over:
                return talk.session.ask(past, take)
        except ChatError as error:
            return talk.tell(ev.Answer(str(error)))
        return talk.tell(ev.PastIs(past.target, tuple(page)))

    talk.session.ask(past, take)
    return []


def _search(talk: Talk, rest: str) -> list[str]:
    if not rest:
        return ["usage: /search WORDS"]
    finding = Finding(rest, FOUND)

    def take(found: list[ev.Said] | ChatError) -> None:
        if isinstance(found, ChatError):
            return talk.tell(ev.Answer(str(found)))
        return talk.tell(ev.FoundIs(rest, tuple(found)))

    talk.session.search(finding, take)
    return []


def _away(talk: Talk, rest: str) -> list[str]:
    talk.session.away(rest or None)
    return []


def _help(talk: Talk, rest: str) -> list[str]:
    width = max(len(command.usage) for command in COMMANDS.values())
    table = [f"{command.usage:{width}}  {command.help}" for command in COMMANDS.values()]
    return [*table, "Anything else is said to the one whose name stands in the prompt."]


def _quit(talk: Talk, rest: str) -> list[str]:
    raise Quit(rest)


COMMANDS = {
    "to": Command("/to NAME|#ROOM", "write to this person or room from now on", _to),
    "msg": Command("/msg NAME TEXT", "write to somebody once", _msg),
    "who": Command("/who [#ROOM|*]", "who is in this room, or online at all (*)", _who),
    "whois": Command("/whois NAME", "what is known of somebody", _whois),
    "join": Command("/join #ROOM", "enter a room", _join),
    "part": Command("/part [#ROOM]", "leave a room", _part),
    "me": Command("/me TEXT", "say what you do: * anna waves", _me),
    "topic": Command("/topic [TEXT]", "show or set what the room is about", _topic),
    "history": Command("/history [N]", "what was said here before: the last N", _history),
    "search": Command("/search WORDS", "where these words were said: the last", _search),
    "away": Command("/away [TEXT]", "say that you are away; without a text: back", _away),
    "help": Command("/help", "this list", _help),
    "quit": Command("/quit [TEXT]", "leave the chat", _quit),
}
