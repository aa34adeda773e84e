"""A user's commands, with the server played line by line in the same process.

played = Played()
played.types("/kick bob", "@label=<l> KICK #dev bob")
played.gets("@label=<l> :server 482 anna #dev :You're not channel operator")
assert played.told() == ["only an operator of #dev can do this"]
"""

from __future__ import annotations

import re
from types import SimpleNamespace

from chatd.wire.message import parse
from cli import words
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Talk
from cli.settings import Preferences

CAPS = frozenset(
    {
        "batch",
        "draft/chathistory",
        "draft/message-redaction",
        "echo-message",
        "labeled-response",
        "message-tags",
        "server-time",
    }
)


class Line:
    """Stands for a connection: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.dropped = False
        self.server = Server("127.0.0.1")
        self.watch = SimpleNamespace(lag=None)

    def send(self, *lines: bytes) -> None:
        self.sent += [one for line in lines for one in line.decode().splitlines()]

    def attend(self) -> float:
        return 0.0

    def drop(self) -> None:
        self.dropped = True


class Surface:
    """Shows nothing; ``can`` are those things that it does."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self.events: list[ev.Event] = []
        self.can: set[str] = set()
        self.did: list[tuple[str, ...]] = []

    @property
    def target(self) -> str:
        return self._buffers.current

    @target.setter
    def target(self, name: str) -> None:
        self._buffers.current = self._buffers.open(name).name

    def tell(self, event: ev.Event) -> None:
        self.events.append(event)

    def does(self, what: str, *words: str) -> bool:
        if what in self.can:
            self.did.append((what, *words))
        return what in self.can


class Played:
    """anna, who is in #dev with bob and carl and is its operator."""

    def __init__(
        self, *, caps: frozenset[str] = CAPS, preferences: Preferences | None = None
    ) -> None:
        self.line = Line()
        self.session = Session(Login("anna"), [Server("127.0.0.1")], self._happens)
        self.buffers = Buffers(self.session.chat)
        self.surface = Surface(self.buffers)
        self.talk = Talk(
            self.session, self.surface, self.buffers, COMMANDS, preferences=preferences
        )
        self.words: dict[str, str] = {}
        self.session._connection = self.line  # type: ignore[assignment]
        self.session._caps = set(caps)
        self.session.ready.set()
        self.session.delivery.connected(self.line.send, set(caps), retry_is_safe=True)
        self.gets(
            ":anna!u@h JOIN #dev", ":s 353 anna = #dev :@anna bob +carl", ":s 366 anna #dev :"
        )
        self.surface.target = "#dev"
        self.told()

    def _happens(self, event: ev.Event) -> None:
        self.buffers.take(event)
        self.surface.events.append(event)

    def types(self, text: str, *lines: str) -> bool:
        """Type a text; exactly these lines must be sent. Return what `Talk.type` does."""
        self.line.sent.clear()
        done = self.talk.type(text)
        assert len(self.line.sent) == len(lines), self.line.sent
        for got, wanted in zip(self.line.sent, lines, strict=True):
            pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^ ;]+)", re.escape(wanted))
            match = re.fullmatch(pattern, got)
            assert match is not None, f"{got} is not {wanted}"
            self.words |= match.groupdict()
        return done

    def gets(self, *lines: str) -> None:
        """Let the server say something."""
        for line in lines:
            text = re.sub(r"<(\w+)>", lambda match: self.words[match[1]], line)
            self.session._handle(parse(text.encode()))

    def told(self) -> list[str]:
        """Return what was told since this was asked last, in words."""
        here, events = self.surface.target, list(self.surface.events)
        self.surface.events.clear()
        return [text for event in events for text in words.sentences(event, here)]
