"""What was said before."""

from __future__ import annotations

from typing import Final

from cli.client import events as ev
from cli.client.checks import number
from cli.client.errors import ChatError, Refused
from cli.client.past import Finding, Past
from cli.commands.talk import Talk, Usage

HISTORY: Final = 50
"""Messages that ``/history`` shows when it is not told how many."""

MAX_HISTORY: Final = 5000
"""Messages that it shows at most; ``chat history`` has them all."""

FOUND: Final = 50
"""Messages that ``/search`` shows; ``chat search -n`` has more."""


def history(talk: Talk, rest: str) -> list[str]:
    """Show the last messages of a room or a conversation again."""
    most = number(rest) if rest else HISTORY
    if not most or most > MAX_HISTORY:
        raise Usage(f"/history N, with a number up to {MAX_HISTORY}")
    if not talk.target:
        raise Refused("whose history? /to NAME or /join #ROOM first")
    if talk.surface.does("history", str(most)):
        return []
    past = Past(talk.target, most)

    def take(page: list[ev.Said] | ChatError) -> None:
        try:
            if isinstance(page, ChatError):
                raise page
            if not past.over:
                return talk.session.ask(past, take)
        except ChatError as error:
            return talk.tell(ev.Problem(str(error)))
        return talk.tell(ev.PastIs(past.target, tuple(page)))

    talk.session.ask(past, take)
    return []


def search(talk: Talk, rest: str) -> list[str]:
    """Find where words were said, in all rooms and conversations."""
    if talk.surface.does("search", *([rest] if rest else [])):
        return []
    if not rest:
        raise Usage("/search WORDS")
    finding = Finding(rest, FOUND)

    def take(found: list[ev.Said] | ChatError) -> None:
        if isinstance(found, ChatError):
            return talk.tell(ev.Problem(str(found)))
        return talk.tell(ev.FoundIs(rest, tuple(found)))

    talk.session.search(finding, take)
    return []
