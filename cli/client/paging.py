"""Older and newer pages of what was said, and jumps to a place: from the server into a buffer.

https://ircv3.net/specs/extensions/chathistory . No I/O. One request is under way for a buffer; a
request for another place takes over from the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.errors import ChatError
from cli.client.past import Page, Question, Taker, reference_to
from cli.client.recovery import reference
from cli.client.shelf import Buffer

PAGE: Final = 100
"""Messages asked for at once: two screens of the largest terminals."""

THIN: Final = 20
"""Messages that a page brings at least; where it is mostly coming and going, more is asked for."""

MOST_PAGES: Final = 10
"""Asked for in a row for that."""

Done = Callable[[str | None], None]
"""Told when it is there, or why it cannot be had."""


class Asks(Protocol):
    """What a session does for this."""

    def ask(self, past: Question, taker: Taker) -> None:
        """Ask for one page. Raises Refused when it cannot be had."""

    def look_at(self, room: str) -> None:
        """Take note that the user looks at a room."""


@dataclass(slots=True)
class _Turn:
    """What is under way for a buffer."""

    verb: str
    msgid: str
    waiting: list[Done] = field(default_factory=list)
    pages: int = 0
    got: int = 0


class Pager:
    """Fetches pages for buffers."""

    def __init__(self, session: Asks, buffers: Buffers) -> None:
        self._session = session
        self._buffers = buffers
        self._turns: dict[Buffer, _Turn] = {}

    def opened(self, name: str, done: Done | None = None) -> None:
        """Fetch the last page of a buffer in which the past was not looked at yet."""
        buffer = self._buffers.open(name)
        if buffer.joined:
            self._session.look_at(name)
        if buffer.paged or buffer.complete or buffer is self._buffers.status:
            _tell([done] if done else [], None)
            return
        self.older(name, done)

    def older(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes before the first message that is there."""
        buffer = self._buffers.open(name)
        if buffer.complete:
            return _tell([done] if done else [], None)
        return self._begin(buffer, "BEFORE", "", done)

    def newer(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes after the last message of a buffer that shows an old place."""
        buffer = self._buffers.open(name)
        if not buffer.detached:
            return _tell([done] if done else [], None)
        return self._begin(buffer, "AFTER", "", done)

    def around(self, name: str, msgid: str, done: Done | None = None) -> None:
        """Show the place of a message."""
        buffer = self._buffers.open(name)
        if buffer.find(msgid) is not None:
            return _tell([done] if done else [], None)
        if not reference(msgid):
            return _tell([done] if done else [], "the server cannot be asked for this message")
        return self._begin(buffer, "AROUND", msgid, done)

    def latest(self, name: str, done: Done | None = None) -> None:
        """Show the end again."""
        buffer = self._buffers.open(name)
        if not buffer.detached:
            return _tell([done] if done else [], None)
        return self._begin(buffer, "LATEST", "", done)

    # -- helpers -----------------------------------------------------------------------------

    def _begin(self, buffer: Buffer, verb: str, msgid: str, done: Done | None) -> None:
        turn = self._turns.get(buffer)
        if turn is None or (turn.verb, turn.msgid) != (verb, msgid):
            if turn is not None:
                self._end(buffer, turn, None)
            turn = self._turns[buffer] = _Turn(verb, msgid)
            turn.waiting += [done] if done else []
            self._ask(buffer, turn)
        elif done:
            turn.waiting.append(done)

    def _ask(self, buffer: Buffer, turn: _Turn) -> None:
        turn.pages += 1
        place = _place(buffer, turn)
        page = Page(buffer.name, *place, PAGE)

        def take(got: list[ev.Said] | ChatError) -> None:
            if self._turns.get(buffer) is not turn:
                return  # another one has taken over
            if isinstance(got, ChatError):
                self._end(buffer, turn, str(got))
            elif self._buffers.get(buffer.name) is not buffer:
                self._end(buffer, turn, None)  # it was closed meanwhile
            elif place[0] == turn.verb == "BEFORE" and place != _place(buffer, turn):
                self._go_on(buffer, turn)  # it does not begin there any more
            else:
                self._take(buffer, turn, page, got)

        try:
            self._session.ask(page, take)
        except ChatError as error:
            self._end(buffer, turn, str(error))

    def _take(self, buffer: Buffer, turn: _Turn, page: Page, got: list[ev.Said]) -> None:
        if turn.verb == "BEFORE":
            over = self._older(buffer, turn, page, got)
        elif turn.verb == "AFTER":
            over = self._newer(buffer, turn, page, got)
        else:
            return self._end(buffer, turn, self._place_is(buffer, turn, page, got))
        if over or turn.got >= THIN:
            return self._end(buffer, turn, None)
        return self._go_on(buffer, turn)

    def _go_on(self, buffer: Buffer, turn: _Turn) -> None:
        if turn.pages >= MOST_PAGES:
            return self._end(buffer, turn, None)
        return self._ask(buffer, turn)

    def _older(self, buffer: Buffer, turn: _Turn, page: Page, got: list[ev.Said]) -> bool:
        turn.got += self._buffers.prepend(buffer.name, got, page.reacted)
        buffer.paged = True
        buffer.complete = page.first in ("", buffer.before)
        buffer.before = page.first or buffer.before
        return buffer.complete

    def _newer(self, buffer: Buffer, turn: _Turn, page: Page, got: list[ev.Said]) -> bool:
        turn.got += self._buffers.append(buffer.name, got, page.reacted)
        over = page.last in ("", buffer.behind)
        buffer.behind = page.last or buffer.behind
        if over:
            self._buffers.attach(buffer.name)
        return over

    def _place_is(self, buffer: Buffer, turn: _Turn, page: Page, got: list[ev.Said]) -> str | None:
        """Show another place; what the buffer has of it already stays where it is."""
        is_end = turn.verb == "LATEST"
        if not is_end and turn.msgid not in [said.msgid for said in got]:
            return "this message cannot be shown: it is gone, or was taken back"
        meets = any(buffer.find(said.msgid) is not None for said in got)
        if meets and not is_end and not buffer.detached:
            self._buffers.prepend(buffer.name, got, page.reacted)
        else:
            self._buffers.replace(buffer.name, got, page.reacted, detached=not is_end)
            buffer.behind = "" if is_end else page.last
        buffer.paged, buffer.before = True, page.first
        return None

    def _end(self, buffer: Buffer, turn: _Turn, problem: str | None) -> None:
        if self._turns.get(buffer) is turn:
            del self._turns[buffer]
        waiting, turn.waiting = turn.waiting, []
        _tell(waiting, problem)


def _tell(waiting: list[Done], problem: str | None) -> None:
    for done in waiting:
        done(problem)


def _place(buffer: Buffer, turn: _Turn) -> tuple[str, str]:
    """Return what to ask the server, and from which message on."""
    if turn.verb == "AROUND":
        return turn.verb, reference(turn.msgid)
    if turn.verb == "LATEST":
        return turn.verb, "*"
    known, edge = buffer.before, buffer.oldest()
    if turn.verb == "AFTER":
        known, edge = buffer.behind, buffer.newest()
    if not known and edge is not None:
        known = reference_to(edge.msgid, edge.at)
    return (turn.verb, known) if known else ("LATEST", "*")
