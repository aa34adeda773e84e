"""The connection to the server, and what is said to the server itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message, ParseError, parse
from cli.client.errors import Refused
from cli.commands.replies import ask, notes, of
from cli.commands.talk import Quit, Talk, Usage

_ALSO_ASKED: Final = frozenset({"CHATHISTORY", "SEARCH"})
"""What the chat asks by itself; without labels an answer is that to the first who waits."""


def reconnect(talk: Talk, rest: str) -> list[str]:
    """Leave the connection for another one; what is typed meanwhile is sent afterwards."""
    talk.session.reconnect()
    return ["connecting anew"]


def raw(talk: Talk, rest: str) -> list[str]:
    """Send a line to the server as it is, and show all lines of its answer."""
    try:
        message = parse(rest.encode())
    except (ParseError, ValueError) as error:
        raise Refused(f"this is no line of IRC: {error}") from None
    if message.tags or message.source:
        raise Usage("/raw COMMAND [WORDS], without tags and source")
    if message.command.upper() in _ALSO_ASKED and not talk.session.asks:
        raise Refused(f"answers to {message.command} cannot be told apart: no labeled-response")
    ask(talk, lambda lines: [_line(one) for one in lines], message.command, *message.params)
    return []


def _line(message: Message) -> str:
    source = f":{message.source} " if message.source else ""
    return f"{source}{message.command} {' '.join(message.params)}".rstrip()


def oper(talk: Talk, rest: str) -> list[str]:
    """Become an operator of the server."""
    words = rest.split()
    if len(words) != 2:
        raise Usage("/oper NAME PASSWORD")
    told = "you are an operator of the server now"
    ask(talk, lambda lines: [told] if of("381", lines) else [], "OPER", *words)
    return []


def service(name: str) -> Callable[[Talk, str], list[str]]:
    """Make the command that talks to a service."""

    def command(talk: Talk, rest: str) -> list[str]:
        ask(talk, notes, name, *(rest.split() or ["HELP"]))
        return []

    return command


def leave(talk: Talk, rest: str) -> list[str]:
    """Leave the chat."""
    raise Quit(rest)


def password(talk: Talk, rest: str) -> list[str]:
    """Ask for the password that the server wants; it is typed where nobody can read it."""
    if rest:
        raise Refused("do not write it here, where it can be seen: /password alone asks you for it")
    if talk.session.stopped is None or not talk.session.stopped.password:
        raise Refused("no password is wanted at the moment")
    if not talk.surface.does("password"):
        raise Refused("it cannot be asked for here: leave, and log in on a terminal")
    return []
