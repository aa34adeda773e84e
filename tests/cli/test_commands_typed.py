"""What the user types."""

from __future__ import annotations

import pytest

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit
from tests.cli.talks import talk_of


class Typed:
    """A talk without a connection: what is said waits, and is told so."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        session = Session(Login("anna"), [Server("127.0.0.1")], self.events.append)
        self.talk = talk_of(session, self.events.append)

    def __call__(self, text: str) -> list[ev.Event]:
        self.events.clear()
        self.talk.type(text)
        return [event for event in self.events if not isinstance(event, ev.Sending)]


@pytest.fixture
def typed() -> Typed:
    return Typed()


def test_a_text_is_said_to_the_current_target(typed: Typed) -> None:
    assert typed("hello") == [ev.Waiting("#global", "hello")]
    assert typed("/to bob") == []
    assert typed("hello") == [ev.Waiting("bob", "hello")]
    assert typed("  ") == []


def test_two_slashes_write_one(typed: Typed) -> None:
    assert typed("//etc/hosts") == [ev.Waiting("#global", "/etc/hosts")]


def test_msg_writes_once_and_me_says_what_you_do(typed: Typed) -> None:
    assert typed("/msg bob hi there") == [ev.Waiting("bob", "hi there")]
    assert typed("/ME waves") == [ev.Waiting("#global", "waves")]
    assert typed.talk.target == "#global"
    assert typed.talk.partners == ["bob"]


def test_leaving_has_a_farewell(typed: Typed) -> None:
    with pytest.raises(Quit, match="see you"):
        typed("/quit see you")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/nosuch", "/nosuch is no command: /help lists them"),
        ("/to b@b", "A nick cannot contain spaces"),
        ("/join dev", "Room names begin with #"),
        ("/msg bob", "usage: /msg NAME TEXT"),
        ("/me", "usage: /me TEXT"),
        ("/whois", "usage: /whois NAME"),
        ("/who *", "not connected at the moment"),
        ("/to", "you write to #global"),
    ],
)
def test_what_does_not_work_is_told_in_a_sentence(typed: Typed, text: str, answer: str) -> None:
    (told,) = typed(text)
    assert isinstance(told, ev.Answer)
    assert answer in told.text


def test_help_is_the_table_of_commands(typed: Typed) -> None:
    lines = [event.text for event in typed("/help") if isinstance(event, ev.Answer)]
    for name, command in COMMANDS.items():
        assert any(line.strip().startswith(f"/{name}") and command.help in line for line in lines)
