"""What was said in one room or conversation, asked for page by page. No I/O.

https://ircv3.net/specs/extensions/chathistory : the last so many by ``LATEST`` and ``BEFORE``,
backwards; all of it, or all since a time, by ``AFTER``, forwards, so that it need not be kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from chatd.wire.tags import format_tags
from cli.client import events as ev
from cli.client.checks import clean, command_line
from cli.client.conversation import server_time, timestamp
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError, NoSuchTarget, NotConnected, Refused
from cli.client.recovery import PAGE, reference

MAX_PAGE: Final = 5000
"""Messages and reactions taken of one page; servers give fewer."""

Taker = Callable[["list[ev.Said] | ChatError"], None]
"""Takes the messages of one page, or why there are none."""


class Question:
    """Something to ask; what the answer is about, and how far it reaches."""

    target = ""
    over = False
    """Nothing more is to be asked."""
    reacted: Sequence[ev.Reacted] = ()
    """What was played back with what was said, if the server does."""
    first = last = ""
    """What can be asked for before and after the answer, empty when that was empty."""

    def request(self, page: int) -> bytes:
        """Return the line that asks; ``page`` is what the server allows. Raises Refused."""
        raise NotImplementedError

    def saw(self, message: Message) -> None:
        """Take any line of the answer, also one that is no message."""
        self.last = reference_to(message.tags.get("msgid", ""), timestamp(message))
        self.first = self.first or self.last

    def take(self, got: list[ev.Said]) -> list[ev.Said]:
        """Take what was said; return what can be handed on now, in order."""
        return got


class Page(Question):
    """One page of a room or a conversation: ``BEFORE``, ``AFTER``, ``AROUND`` or ``LATEST``."""

    def __init__(self, target: str, verb: str, ref: str, most: int) -> None:
        self.target = target
        self.over = True
        self._verb, self._ref, self._most = verb, ref, most

    def request(self, page: int) -> bytes:
        """Return the line that asks; ``page`` is what the server allows."""
        count = min(page, self._most) if page > 0 else self._most
        return command_line("CHATHISTORY", self._verb, self.target, self._ref, str(count))


class Past(Question):
    """One question: the last ``most`` messages, None for all, since a time and before a message."""

    def __init__(
        self,
        target: str,
        most: int | None = None,
        since: float | None = None,
        before: str = "",
    ) -> None:
        self.target = target
        self._most = most
        self._since = since
        self._before = before
        self._forwards = most is None
        self._ref = f"timestamp={server_time(max(0.0, (since or 0.0) - 0.001))}"
        if not self._forwards:
            self._ref = reference(before) or "*"
        self._asked = 0
        self._pages: deque[list[ev.Said]] = deque()
        self._count = 0

    def request(self, page: int) -> bytes:
        """Return the line that asks for the next page; ``page`` is what the server allows."""
        self.first = self.last = ""
        self._asked = min(page, PAGE) if page > 0 else PAGE
        verb = "AFTER"
        if self._most is not None:
            self._asked = min(self._asked, self._most - self._count)
            verb = "LATEST" if self._ref == "*" else "BEFORE"
        return command_line("CHATHISTORY", verb, self.target, self._ref, str(self._asked))

    def take(self, got: list[ev.Said]) -> list[ev.Said]:
        """Take a page; return what can be handed on now, in order.

        Backwards that is nothing until it is over. A page may be shorter than what was asked for:
        only an empty one is the end.
        """
        ref = self.last if self._forwards else self.first
        self.over = ref in ("", self._ref)
        self._ref = ref or self._ref
        return self._on(got) if self._forwards else self._back(got)

    def _on(self, got: list[ev.Said]) -> list[ev.Said]:
        ids = [said.msgid for said in got]
        if self._before and self._before in ids:
            self.over = True
            return got[: ids.index(self._before)]
        return got

    def _back(self, got: list[ev.Said]) -> list[ev.Said]:
        kept = [said for said in got if self._since is None or said.at >= self._since]
        self._pages.appendleft(kept)
        self._count += len(kept)
        most = self._most or 0
        self.over = self.over or len(kept) < len(got) or self._count >= most
        if not self.over:
            return []
        return [said for page in self._pages for said in page][-most:]


class Finding(Question):
    """One search, in all rooms and conversations: the last ``most`` messages with some words.

    https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
    """

    def __init__(self, words: str, most: int) -> None:
        self.target = words
        self._line = search_line({"text": words, "limit": str(most)})

    def request(self, page: int) -> bytes:
        """Return the line that asks; the server says by itself how much it gives."""
        return self._line

    def take(self, got: list[ev.Said]) -> list[ev.Said]:
        """Take the answer."""
        self.over = True
        return got


def search_line(attributes: dict[str, str]) -> bytes:
    """Write SEARCH with those attributes that are not empty. Raises Refused when it cannot be."""
    given = {name: clean(value) for name, value in attributes.items() if value}
    try:
        return command_line("SEARCH", format_tags(given))
    except ValueError:
        raise Refused("what is looked for cannot have NUL in it") from None


def reference_to(msgid: str, at: float) -> str:
    """Return what a message is asked for by: its id, or its time if no line can carry that."""
    return reference(msgid) or f"timestamp={server_time(at)}"


@dataclass(slots=True)
class _Question:
    past: Question
    taker: Taker
    got: list[ev.Said] = field(default_factory=list)
    reacted: list[ev.Reacted] = field(default_factory=list)


class Questions:
    """Asks for pages, one after the other, on the connection that is there."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self.page = PAGE
        """Messages that the server allows at once (RPL_ISUPPORT CHATHISTORY), 0 for no limit."""
        self._put = put
        self._open: deque[_Question] = deque()

    @property
    def waiting(self) -> bool:
        """Tell whether a batch of history answers a question of these."""
        return bool(self._open)

    def ask(self, past: Question, taker: Taker) -> None:
        """Ask for the next page. Raises Refused when too much is waiting, or it cannot be asked."""
        self._put(past.request(self.page))
        self._open.append(_Question(past, taker))

    def found(self, message: Message, events: list[ev.Event]) -> None:
        """Take one line of the batch, and what it means."""
        question = self._open[0] if self._open else None
        if question is None or len(question.got) + len(question.reacted) >= MAX_PAGE:
            return
        question.past.saw(message)
        question.got += [event for event in events if isinstance(event, ev.Said)]
        question.reacted += [event for event in events if isinstance(event, ev.Reacted)]

    def page_over(self) -> None:
        """Take the end of the batch."""
        if not self._open:
            return
        question = self._open.popleft()
        question.past.reacted = question.reacted
        question.taker(question.past.take(question.got))

    def failed(self, code: str, reason: str) -> None:
        """Take a refusal."""
        question = self._open.popleft()
        if code == "TEMPORARILY_UNAVAILABLE":
            question.taker(NotConnected(reason))
        elif code == "INVALID_TARGET":
            target = question.past.target
            why = ": you are not in it" if is_room(target) else ""
            question.taker(NoSuchTarget(f"nothing of {target} can be shown{why}"))
        else:
            what = "the server cannot search"
            if not isinstance(question.past, Finding):
                what = "what was said cannot be shown"
            question.taker(Refused(f"{what}: {reason}"))

    def connection_lost(self) -> None:
        """Answer what nobody will answer any more."""
        lost, self._open = self._open, deque()
        for question in lost:
            question.taker(NotConnected("the connection was lost"))
