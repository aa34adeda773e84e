"""Where something was said lately, and how much of it is unread: asked after a login. No I/O.

``UNREAD`` is the server's own (docs/extensions.md), ``CHATHISTORY TARGETS`` is in
https://ircv3.net/specs/extensions/chathistory . A server that knows neither is not asked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.checks import is_target, number
from cli.client.errors import ChatError
from cli.client.spelling import folded, read_time, server_time

MOST: Final = 100
"""Places that are asked for: those where something was said last."""

MAX_PLACES: Final = 1000
"""That are taken from an answer; what a server sends beyond them is left out."""

SINCE_S: Final = 30 * 86_400.0
"""How long ago that may be."""

AHEAD_S: Final = 86_400.0
"""By how much the server's clock may be ahead of ours."""


class Places:
    """Puts two answers together: when it was that something was said, and how much is unread."""

    def __init__(self, emit: Callable[[ev.Event], None], hides: Callable[[str], bool]) -> None:
        self._emit = emit
        self._hides = hides

    def questions(self, now: float, *, history: bool) -> list[tuple[str, ...]]:
        """Return the commands to ask, each of which is answered to `take`."""
        asked: list[tuple[str, ...]] = [("UNREAD",)]
        if history:
            first, last = server_time(now + AHEAD_S), server_time(max(0.0, now - SINCE_S))
            bounds = f"timestamp={first}", f"timestamp={last}"
            asked.append(("CHATHISTORY", "TARGETS", *bounds, str(MOST)))
        return asked

    def take(self, answer: list[Message] | ChatError) -> None:
        """Tell what an answer says of each place; of one that is no answer, nothing."""
        if isinstance(answer, ChatError):
            return
        for event in self._read(answer):
            if is_target(event.target) and not self._hides(event.target):
                self._emit(event)

    def _read(self, answer: Iterable[Message]) -> list[ev.PlaceIs]:
        places: dict[str, ev.PlaceIs] = {}
        for message in answer:
            params = message.params
            if message.command == "CHATHISTORY" and params[:1] == ["TARGETS"] and len(params) > 2:
                place = ev.PlaceIs(params[1], last=read_time(params[2]) or 0.0)
            elif message.command == "UNREAD" and len(params) > 3:
                unread, mentions = number(params[1]) or 0, number(params[2]) or 0
                marker = read_time(params[3].removeprefix("timestamp="))
                place = ev.PlaceIs(params[0], 0.0, unread, mentions, marker)
            else:
                continue
            if len(places) < MAX_PLACES:
                places[folded(place.target)] = place
        return list(places.values())
