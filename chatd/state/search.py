"""Searching what was said: the logs are read in pages, and the gateway looks at each message.

There is no index: it would make each message dearer and take more memory than the messages do, and
Redis gives away a page five times faster than it can look at it (bench/README.md). All searches of
a gateway together read one page at a time, each in its turn, and between the pages others have
theirs. What was found is shown as CHATHISTORY would show it, at the moment of the answer.
"""

from __future__ import annotations

import asyncio
import time
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from chatd.state.events import Event, id_order
from chatd.state.history import MOST, Entry, next_to, previous_to
from chatd.state.limiter import Limiter
from chatd.state.local import Receiver, user_of
from chatd.state.matching import Wanted
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.store.streams import FEWEST, Raw, entries_for

MOST_S: Final = 10.0
"""Seconds of one search; then it answers with what was found until then."""
MOST_SEARCHES: Final = 100
"""Under way at one time on a gateway."""
_BUSY_S: Final = 0.002
"""For which the gateway looks at messages without a break."""
_BREAK_S: Final = 0.001
_SHOWN: Final = 50
"""Messages of which is asked at one time whether they are to be seen: 0.7 ms of Redis."""

Paid = Callable[[], None]
"""Called for each page."""


@dataclass(frozen=True, slots=True)
class Question:
    """``room`` or ``peer``: where to look, folded; neither: everywhere. ``most``: messages.

    ``forwards``: those first in time, not those last.
    """

    wanted: Wanted
    most: int
    room: str = ""
    peer: str = ""
    forwards: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Messages, oldest first. ``reached_ms``: up to where was looked, None = everywhere."""

    events: list[Event]
    reached_ms: int | None


@dataclass(slots=True)
class _Log:
    """A room's log, or with ``room`` '' that of who asks. ``at``: the entry to begin with.

    ``entries``: how many make the next page.
    """

    room: str
    at: Entry
    entries: int


class _Turns:
    """One page of all searches at a time, and after a while a break for everybody else."""

    def __init__(self) -> None:
        self._pages = Limiter(1)
        self._since = 0.0

    def next(self) -> Pending[None]:
        """Resolved when a page may be read; `over` has to follow."""
        return self._pages.enter()

    def over(self) -> None:
        """The page has been looked at."""
        self._pages.leave()

    @property
    def long(self) -> bool:
        """Whether it is time for a break."""
        return time.perf_counter() - self._since > _BUSY_S

    async def rest(self) -> None:
        """Let others have their turn."""
        pause: Pending[None] = Pending()
        asyncio.get_running_loop().call_later(_BREAK_S, pause.resolve, None)
        await pause
        self._since = time.perf_counter()


class Search:
    """One search of each session at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns = _Turns()
        self._under_way: dict[Receiver, Pending[None]] = {}

    async def earlier(self, session: Receiver) -> None:
        """Wait for the end of the session's earlier search. Refused: offline."""
        under_way = self._under_way.get(session)
        if under_way is not None:
            await under_way
        if session.closed:
            raise Refused("offline")

    def begin(self, session: Receiver) -> None:
        """A search of the session begins; `end` has to follow. Refused: busy."""
        if len(self._under_way) >= MOST_SEARCHES:
            raise Refused("busy")
        self._under_way[session] = Pending()

    def end(self, session: Receiver) -> None:
        """The session's search is over."""
        self._under_way.pop(session).resolve(None)

    async def find(self, session: Receiver, question: Question, paid: Paid) -> Found:
        """Search. Raises Refused: offline, when the client has gone; and StoreError."""
        return await _Hunt(self._store, self._turns, session, question, paid).run()


class _Hunt:
    """A search under way: the log goes on that reaches nearest to where the search began."""

    def __init__(
        self, store: Store, turns: _Turns, session: Receiver, question: Question, paid: Paid
    ) -> None:
        self._store, self._turns, self._session, self._paid = store, turns, session, paid
        self._question = question
        wanted = question.wanted
        self._sign = 1 if question.forwards else -1
        self._ends: tuple[Entry, Entry] = (wanted.first_ms, 0), (wanted.last_ms + 1, MOST)
        self._hits: list[tuple[Entry, int, Entry]] = []
        """Place in the order of the search: of the entry, of the log; the entry."""
        self._logs: list[_Log] = []

    async def run(self) -> Found:
        """All of it."""
        self._logs = logs = self._where()
        left: list[tuple[Entry, int]] = []
        for number, log in enumerate(logs):
            heappush(left, (self._place(log.at), number))
        deadline = time.monotonic() + MOST_S
        reached = None
        while left:
            place, number = heappop(left)
            if self._has_all_before(place):
                break
            if time.monotonic() > deadline:
                reached = min(logs[number].at[0], int(time.time() * 1000))
                break
            if await self._in_turn(number):
                heappush(left, (self._place(logs[number].at), number))
        return Found(await self._events(), reached)

    def _where(self) -> list[_Log]:
        user, question = user_of(self._session), self._question
        begin = self._ends[0 if question.forwards else 1]
        if question.peer:
            rooms: list[str] = []
        else:
            rooms = [question.room] if question.room else list(user.rooms)
        logs = [_Log(room, begin, FEWEST) for room in sorted(rooms)]  # one order of what has one id
        if not question.room:
            logs.append(_Log("", begin, FEWEST))
        return logs

    def _place(self, entry: Entry) -> Entry:
        return self._sign * entry[0], self._sign * entry[1]

    def _has_all_before(self, place: Entry) -> bool:
        most = self._question.most
        return len(self._hits) >= most and self._hits[most - 1][0] < place

    async def _in_turn(self, number: int) -> bool:
        """Look at a page of a log; whether there is more of it."""
        await self._turns.next()
        try:
            more = await self._page(number)
            if self._turns.long:
                await self._turns.rest()
        finally:
            self._turns.over()
        if self._session.closed:
            raise Refused("offline")
        return more

    async def _page(self, number: int) -> bool:
        log, forwards = self._logs[number], self._question.forwards
        self._paid()
        first, last = self._ends
        ends = (log.at, last) if forwards else (first, log.at)
        stream = self._stream(log)
        page = await self._store.entries(stream, *ends, log.entries, forwards=forwards)
        if stream != self._stream(log):
            return True  # the name is somebody else's by now: the page is asked for again
        candidates = await self._candidates(page)
        more = len(page) == log.entries
        if page:
            edge = id_order(page[-1][0])
            log.at = next_to(edge) if forwards else previous_to(edge)
            log.entries = entries_for(page)
        await self._take(number, candidates)
        return more

    async def _candidates(self, page: list[Raw]) -> list[bytes]:
        """The entries with what is wanted, whoever may see it."""
        wanted, found = self._question.wanted, list[bytes]()
        if not wanted.may_be_among([record for _, record in page]):
            return found
        for entry, record in page:
            if wanted.has(entry, record):
                found.append(entry)
            if self._turns.long:
                await self._turns.rest()
        return found

    async def _take(self, number: int, candidates: list[bytes]) -> None:
        """Add those that may be seen, the nearest first, until none of them counts any more."""
        log = self._logs[number]
        for start in range(0, len(candidates), _SHOWN):
            some = candidates[start : start + _SHOWN]
            if self._has_all_before(self._place(id_order(some[0]))):
                return
            for payload in await self._shown(log, some):
                entry = id_order(payload.partition(b"\0")[0])
                insort(self._hits, (self._place(entry), self._sign * number, entry))
            del self._hits[self._question.most :]

    async def _shown(self, log: _Log, entries: list[bytes]) -> list[bytes]:
        """The payloads of those that may be seen now."""
        peer = self._question.peer
        while not self._session.closed:
            self._paid()
            stream, name = self._stream(log), user_of(self._session).key
            try:
                shown = await self._store.shown(stream, log.room, name, peer, entries)
            except Refused:
                return []  # the asker has left the room meanwhile
            if name == user_of(self._session).key:  # else it was somebody else's answer, perhaps
                return shown
        raise Refused("offline")

    def _stream(self, log: _Log) -> str:
        """The key of a log now: a user may have another name than when the search began."""
        if log.room:
            return f"{self._store.keys.room(log.room)}:log"
        return user_of(self._session).stream

    async def _events(self) -> list[Event]:
        """What was found, as it is now: meanwhile something may have been taken back."""
        by_log: dict[int, list[bytes]] = {}
        for _, number, (ms, count) in self._hits:
            by_log.setdefault(self._sign * number, []).append(b"%d-%d" % (ms, count))
        events: list[Event] = []
        for number in sorted(by_log):
            entries = by_log[number]
            for start in range(0, len(entries), _SHOWN):
                some = entries[start : start + _SHOWN]
                events += map(Event, await self._shown(self._logs[number], some))
        return sorted(events, key=lambda event: id_order(event.id))
