"""The commands: one table of which help, completion, the palette and the documentation are made."""

from __future__ import annotations

from typing import Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.checks import check_target, number
from cli.client.errors import ChatError
from cli.client.past import Finding, Past
from cli.commands.talk import Command, Quit, Talk

HISTORY: Final = 50
"""Messages that ``/history`` shows when it is not told how many."""

MAX_HISTORY: Final = 5000
"""Messages that it shows at most; ``chat history`` has them all."""

FOUND: Final = 50
"""Messages that ``/search`` shows; ``chat search -n`` has more."""


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
    room = talk.here(rest)
    talk.session.join(room)
    talk.talk_to(room)
    return []


def _part(talk: Talk, rest: str) -> list[str]:
    room = talk.here(rest)
    talk.session.part(room)
    if room == talk.target:
        others = [name for name in talk.rooms() if name != room]
        talk.surface.target = others[0] if others else room
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
    room = talk.here()
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


COMMANDS: Final = {
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
