"""What was said in one room or conversation, asked for page by page. No I/O.

https://ircv3.net/specs/extensions/chathistory : the last so many by ``LATEST`` and ``BEFORE``,
backwards; all of it, or all since a time, by ``AFTER``, forwards, so that it need not be kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from chatd.wire.message import format_line
from chatd.wire.tags import format_tags
from cli.client import events as ev
from cli.client.checks import clean, command_line
from cli.client.conversation import server_time
from cli.client.errors import ChatError, NoSuchTarget, NotConnected, Refused
from cli.client.recovery import PAGE, reference

Taker = Callable[["list[ev.Said] | ChatError"], None]
"""Takes the messages of one page, or why there are none."""


class Past:
    """One question: the last ``most`` messages, None for all, since a time and before a message."""

    def __init__(
        self,
        target: str,
        most: int | None = None,
        since: float | None = None,
        before: str = "",
    ) -> None:
        self.target = target
        self.over = False
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
        self._asked = min(page, PAGE) if page > 0 else PAGE
        verb = "AFTER"
        if self._most is not None:
            self._asked = min(self._asked, self._most - self._count)
            verb = "LATEST" if self._ref == "*" else "BEFORE"
        return format_line("CHATHISTORY", verb, self.target, self._ref, str(self._asked))

    def take(self, got: list[ev.Said]) -> list[ev.Said]:
        """Take a page; return what can be handed on now, in order.

        Backwards that is nothing until it is over. A page may be shorter than what was asked for:
        only an empty one is the end.
        """
        edge = (got[-1] if self._forwards else got[0]) if got else None
        ref = reference(edge.msgid) or f"timestamp={server_time(edge.at)}" if edge else ""
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


class Finding:
    """One search, in all rooms and conversations: the last ``most`` messages with some words.

    https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
    """

    def __init__(self, words: str, most: int) -> None:
        self.target = words
        self.over = False
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


@dataclass(slots=True)
class _Question:
    past: Past | Finding
    taker: Taker
    got: list[ev.Said]


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

    def ask(self, past: Past | Finding, taker: Taker) -> None:
        """Ask for the next page. Raises Refused when too much is waiting."""
        self._put(past.request(self.page))
        self._open.append(_Question(past, taker, []))

    def found(self, said: ev.Said) -> None:
        """Take one message of the batch."""
        if self._open:
            self._open[0].got.append(said)

    def page_over(self) -> None:
        """Take the end of the batch."""
        if not self._open:
            return
        question = self._open.popleft()
        question.taker(question.past.take(question.got))

    def failed(self, code: str, reason: str) -> None:
        """Take a refusal."""
        question = self._open.popleft()
        if code == "TEMPORARILY_UNAVAILABLE":
            question.taker(NotConnected(reason))
        elif code == "INVALID_TARGET":
            question.taker(NoSuchTarget(f"nothing of {question.past.target} can be shown"))
        else:
            what = "the server cannot search"
            if isinstance(question.past, Past):
                what = "what was said cannot be shown"
            question.taker(Refused(f"{what}: {reason}"))

    def connection_lost(self) -> None:
        """Answer what nobody will answer any more."""
        lost, self._open = self._open, deque()
        for question in lost:
            question.taker(NotConnected("the connection was lost"))
