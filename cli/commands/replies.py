"""What the server's answers to commands mean, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.errors import ChatError
from cli.client.spelling import standard_reply
from cli.commands.talk import Talk

Words = Callable[[list[Message]], list[str]]
"""Says what an answer means; nothing when what happened is told by itself."""

_ERRORS: Final = {
    "401": "there is nobody called {0}",
    "403": "there is no room {0}",
    "406": "nobody was called {0}",
    "431": "which name?",
    "432": "{0} cannot be a name",
    "433": "somebody is called {0} already",
    "441": "{0} is not in {1}",
    "442": "you are not in {0}",
    "443": "{0} is in {1} already",
    "464": "that is not the password",
    "471": "{0} is full",
    "472": "there is no mode {0}",
    "473": "{0} lets in only who is invited",
    "474": "you are banned from {0}",
    "475": "{0} has another key: /join {0} KEY",
    "477": "{0} lets in only who has an account",
    "481": "only an operator of the server can do this",
    "482": "only an operator of {0} can do this",
}
"""By numeric, with the parameters behind the user's own name."""


def problem(message: Message) -> str:
    """Return why something does not work; empty when this says nothing of the kind."""
    params = message.params
    if message.command == "FAIL":
        return standard_reply(params) if params else ""
    if not (message.command.isdigit() and "400" <= message.command < "600"):
        return ""
    try:
        return _ERRORS[message.command].format(*params[1:])
    except (KeyError, IndexError):
        return " ".join(params[1:])


def ask(talk: Talk, words: Words, name: str, *params: str) -> None:
    """Ask something of the server, and tell what comes of it. Raises Refused."""
    if not talk.session.asks:
        return talk.session.command(name, *params)  # its lines are shown as they come
    return talk.session.request(lambda answer: tell(talk, words, answer), name, *params)


def tell(talk: Talk, words: Words, answer: list[Message] | ChatError) -> None:
    """Tell what an answer means."""
    if isinstance(answer, ChatError):
        return talk.tell(ev.Problem(str(answer)))
    wrong = [text for message in answer if (text := problem(message))]
    for text in dict.fromkeys(wrong):
        talk.tell(ev.Problem(text))
    for text in words(answer):
        talk.tell(ev.Answer(text))
    return None


def nothing(lines: list[Message]) -> list[str]:
    """Say nothing: what came of it is an event that everybody hears."""
    return []


def notes(lines: list[Message]) -> list[str]:
    """Say what the server says itself, in NOTE, WARN or NOTICE."""
    told = ("NOTE", "WARN", "NOTICE")
    return [line.params[-1] for line in lines if line.command in told and line.params]


def of(numeric: str, lines: list[Message]) -> list[list[str]]:
    """Return the parameters of all replies with a numeric, without the user's own name.

    One that has no others means nothing.
    """
    return [line.params[1:] for line in lines if line.command == numeric and line.params[1:]]
