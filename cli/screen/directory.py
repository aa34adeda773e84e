"""Who is online and which rooms there are, as the server told it lately."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from chatd.wire.message import Message
from cli.client.errors import ChatError
from cli.client.lists import ListedRoom, people_in, rooms_in
from cli.client.session import Session

FRESH_S: Final = 30.0
"""After which it is asked for again when somebody wants to know."""


class Directory:
    """Asks when it is asked. What it knows may be some seconds old."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        """Who is to be told when a question is answered."""
        self.people: dict[str, bool] = {}
        """Who is online, and whether they are away."""
        self.rooms: list[ListedRoom] = []
        """The rooms that can be seen, those with most people first."""
        self.problem = ""
        """Why the last question was not answered."""

    def ask_people(self, then: Callable[[], None]) -> None:
        """Ask who is online; ``then`` is called when that is known."""
        self._ask("WHO", self._took_people, then, "*")

    def ask_rooms(self, then: Callable[[], None]) -> None:
        """Ask which rooms there are; ``then`` is called when that is known."""
        self._ask("LIST", self._took_rooms, then)

    def _ask(
        self,
        name: str,
        take: Callable[[Sequence[Message]], None],
        then: Callable[[], None],
        *params: str,
    ) -> None:
        if name in self._waiting:
            return self._waiting[name].append(then)
        now = self._clock()
        if now - self._asked.get(name, -FRESH_S) < FRESH_S:
            return None

        def answered(answer: list[Message] | ChatError) -> None:
            if isinstance(answer, ChatError):
                self._asked.pop(name, None)
                self.problem = str(answer)
            else:
                self.problem = ""
                take(answer)
            for tell in self._waiting.pop(name):
                tell()

        try:
            self._session.request(answered, name, *params)
        except ChatError as error:
            self.problem = str(error)
        else:
            self._asked[name], self._waiting[name] = now, [then]
        return None

    def _took_people(self, lines: Sequence[Message]) -> None:
        self.people = {one.nick: one.away for one in people_in(lines)}

    def _took_rooms(self, lines: Sequence[Message]) -> None:
        self.rooms = rooms_in(lines)
