"""What was said before the login: the last lines, and how much of it is new. No I/O.

https://ircv3.net/specs/extensions/chathistory , ``CHATHISTORY LATEST``, for each room and for all
direct messages together (the target ``*`` is the server's extension). What is new is what came
after the read marker, https://ircv3.net/specs/extensions/read-marker ; where there is none, after
the time to which this client itself was here.

Of direct messages only conversations with something new are shown, and of these all that is new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.checks import is_target
from cli.client.conversation import folded, read_time, server_time
from cli.client.dataclass import dataclass
from cli.client.recovery import DIRECT, PAGE

MAX_LINES: Final = 200
"""Of one room: what a terminal has, and no more than anybody reads at a login."""

WINDOW: Final = 16
"""Requests that are under way at once: many rooms do not cost a round trip each."""

MAX_PARTNERS: Final = 50
"""People whose read marker is asked for; of others only what this client knows counts."""

MAX_MARKS: Final = 10_000
"""Read markers that are kept."""

MAX_REASONS: Final = 3
"""Different reasons that are told when something cannot be shown."""


@dataclass(slots=True)
class _Ask:
    """One request: the newest ``limit`` of a target. ``counts``: only how many there are."""

    target: str
    limit: int
    after: float | None = None
    counts: bool = False
    got: list[ev.Said] = field(default_factory=list)
    skipped: int = 0

    @property
    def full(self) -> bool:
        """Tell whether there may be more than was asked for."""
        return len(self.got) + self.skipped >= self.limit

    def line(self) -> bytes:
        since = "*" if self.after is None else f"timestamp={server_time(self.after)}"
        return format_line("CHATHISTORY", "LATEST", self.target, since, str(self.limit))


class Lookback:
    """Asks for the last ``lines`` of each room, and says what is new since ``here``.

    ``here`` is a time by the server's clock, None when this client was never here. With ``last``
    it is the last lines of all that is said to this user that count, whether they are new or not;
    of ``rooms`` only if that is not empty, and then nothing private.
    """

    def __init__(
        self,
        lines: int,
        here: float | None = None,
        *,
        last: bool = False,
        rooms: Sequence[str] = (),
    ) -> None:
        self._lines = min(lines, MAX_LINES)
        self._here = here
        self._last = last
        self._only = frozenset(folded(room) for room in rooms)
        self._marks: dict[str, float] = {}
        self._todo: deque[_Ask] = deque()
        self._under_way: deque[_Ask] = deque()
        self._partners: dict[str, str] = {}
        """Whose read marker is awaited: nicks by their folded form."""
        self._unasked: list[str] = []
        self._found: list[_Ask] = []
        self._counted: dict[str, tuple[int, bool]] = {}
        """How many are new where more are new than are shown, and whether there may be more."""
        self._reasons: dict[str, None] = {}
        self._markers = False
        self._page = PAGE

    @property
    def active(self) -> bool:
        """Tell whether answers are still awaited."""
        return bool(self._todo or self._under_way or self._partners)

    def begin(self, rooms: Iterable[str], page: int, *, markers: bool) -> None:
        """Start on a connection that is in these rooms; what another one brought is forgotten.

        ``page`` is what the server allows at once, 0 for no limit. ``markers``: it has read
        markers.
        """
        self._page = min(page, PAGE) if page > 0 else PAGE
        self._markers = markers
        self._under_way.clear()
        self._partners, self._unasked = {}, []
        self._found, self._counted, self._reasons = [], {}, {}
        most = min(self._lines, self._page)
        wanted = [room for room in rooms if not self._only or folded(room) in self._only]
        self._todo = deque(_Ask(room, most) for room in wanted)
        if not self._only:
            self._todo.append(_Ask(DIRECT, most if self._last else self._page))

    def mark(self, message: Message) -> None:
        """Take ``MARKREAD <target> timestamp=...|*`` of the server."""
        if len(message.params) < 2:
            return
        target, at = message.params[0], read_time(message.params[1].removeprefix("timestamp="))
        self._partners.pop(folded(target), None)
        if at is not None and len(self._marks) < MAX_MARKS:
            self._marks[folded(target)] = at

    def requests(self) -> list[bytes]:
        """Return the lines that may be sent now."""
        lines = [format_line("MARKREAD", name) for name in self._unasked]
        self._unasked = []
        while self._todo and len(self._under_way) < WINDOW:
            self._under_way.append(self._todo.popleft())
            lines.append(self._under_way[-1].line())
        return lines

    def found(self, said: ev.Said) -> None:
        """Take one message of a history batch."""
        if self._under_way and len(self._under_way[0].got) < 2 * self._under_way[0].limit:
            self._under_way[0].got.append(replace(said, missed=True))

    def skipped(self, message: Message) -> None:
        """Take a line of it that is nothing to be shown."""
        if self._under_way:
            self._under_way[0].skipped += 1

    def page_over(self) -> None:
        """Take the end of a batch: it answers the oldest request."""
        if not self._under_way:
            return
        ask = self._under_way.popleft()
        if ask.counts:
            others = sum(not said.own for said in ask.got)
            self._counted[folded(ask.target)] = others, ask.full
            return
        self._found.append(ask)
        if self._last:
            return
        if ask.target == DIRECT:
            self._ask_markers(ask.got)
            return
        since = self._since(ask.target)
        if (
            since is not None
            and ask.full
            and ask.got
            and ask.got[0].at > since
            and ask.limit < self._page
        ):
            self._todo.append(_Ask(ask.target, self._page, since, counts=True))

    def failed(self, code: str, reason: str) -> None:
        """Take a refusal of the oldest request; who is no longer in a room needs no reason."""
        if self._under_way:
            self._under_way.popleft()
        if code != "INVALID_TARGET" and len(self._reasons) < MAX_REASONS:
            self._reasons[reason] = None

    def marker_failed(self) -> None:
        """Take a refusal of a read marker: do without those that are not here."""
        self._partners.clear()

    def give_up(self, reason: str) -> None:
        """End it: show what is here."""
        self._todo.clear()
        self._under_way.clear()
        self._partners.clear()
        self._reasons[reason] = None

    def finish(self, now: float) -> list[ev.Event]:
        """Return what was said, oldest first, with what is new told where it begins."""
        shown: list[ev.Said] = []
        new: list[ev.Said] = []
        places = []
        for name, said in self._conversations():
            fresh = self._new(name, said)
            counted, more = self._counted.get(folded(name), (0, False))
            count = max(counted, len(fresh))
            if fresh:
                places.append(ev.NewIn(name, count, count - len(fresh), at_least=more))
            new += fresh
            shown += said
        shown.sort(key=lambda said: said.at)
        if self._last:
            shown = shown[-self._lines :]
        # By identity: the same words may have been said twice.
        first = {id(said) for said in new}
        at = next((at for at, said in enumerate(shown) if id(said) in first), len(shown))
        told = [ev.Problem(f"some of what was said before is missing: {r}") for r in self._reasons]
        return [*told, *shown[:at], ev.NewSince(now, tuple(places)), *shown[at:]]

    def heard(self) -> list[ev.Said]:
        """Return the last message of each request, whether it is shown or not."""
        return [ask.got[-1] for ask in self._found if ask.got]

    def _conversations(self) -> list[tuple[str, list[ev.Said]]]:
        """Return what there is to show, by room and by person."""
        talks: list[tuple[str, list[ev.Said]]] = []
        for ask in self._found:
            if ask.target != DIRECT or self._last:
                talks.append((ask.target, ask.got))
                continue
            people: dict[str, tuple[str, list[ev.Said]]] = {}
            for said in ask.got:
                name = partner(said)
                people.setdefault(folded(name), (name, []))[1].append(said)
            for name, said_there in people.values():
                fresh = self._new(name, said_there)
                if fresh:
                    before = said_there.index(fresh[0])
                    talks.append((name, said_there[max(0, before - self._lines) :]))
        return talks

    def _new(self, name: str, said: Sequence[ev.Said]) -> list[ev.Said]:
        since = self._since(name)
        if since is None:
            return []
        return [one for one in said if one.at > since and not one.own]

    def _since(self, name: str) -> float | None:
        """Return up to when a room or a conversation is read, None when nobody knows.

        A private message that nobody ever read is new; what a room said to others is not.
        """
        unread = None if is_room(name) else 0.0
        return self._marks.get(folded(name), unread if self._here is None else self._here)

    def _ask_markers(self, said: Iterable[ev.Said]) -> None:
        if not self._markers:
            return
        for name in (partner(one) for one in reversed(list(said))):
            known = folded(name) in self._marks or folded(name) in self._partners
            if not known and len(self._partners) < MAX_PARTNERS and is_target(name):
                self._partners[folded(name)] = name
                self._unasked.append(name)


def partner(said: ev.Said) -> str:
    """Return whom a direct message was exchanged with."""
    return said.target if said.own else said.source
