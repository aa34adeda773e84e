"""What concerns an account and it has not read: direct messages, its names and words in rooms."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from chatd.state.events import Event, id_order
from chatd.state.local import Receiver, user_of
from chatd.state.words import Words
from chatd.store.inbox import NEWEST, Unread
from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.store import Store

MAX_KEYWORDS: Final = 50
"""Words that an account may want to hear of, besides its names."""
COUNTED: Final = 1000
"""How far unread messages are counted."""

Paid = Callable[[], None]
"""Called for each page behind the first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages, oldest first. ``more``: there are older ones."""

    events: list[Event]
    more: bool


class Inbox:
    """Questions about what is unread; may be Refused: offline, guest."""

    def __init__(self, store: Store, words: Words) -> None:
        self._store = store
        self.words = words
        self._filling = self._again = False
        self._waiters: list[Pending[None]] = []

    # -- filling -----------------------------------------------------------------------------

    def fill(self) -> None:
        """A message that concerns somebody is stored: enter it into the inboxes."""
        if self._filling:
            self._again = True
        else:
            self._filling = True
            self._go_on()

    def _go_on(self) -> None:
        self._again = False
        self._store.fill_inboxes().then(self._filled)

    def _filled(self, reply: Pending[int]) -> None:
        """What is left after an error is entered with the next message, on any gateway."""
        if reply.error is None and (reply.result() or self._again):
            # others' acts pass between two of these
            asyncio.get_running_loop().call_soon(self._go_on)
            return
        self._filling = False
        waiters, self._waiters = self._waiters, []
        for one in waiters:
            one.resolve(None)

    def _filled_up(self) -> Pending[None]:
        """Resolved when all that was stored before is in the inboxes, or cannot be now."""
        one: Pending[None] = Pending()
        self._waiters.append(one)
        self.fill()
        return one

    # -- keywords ----------------------------------------------------------------------------

    def keywords(self, session: Receiver) -> Pending[list[str]]:
        """The account's words."""
        return self._store.keywords(user_of(session).account_key)

    def add_keywords(self, session: Receiver, words: list[str]) -> Pending[list[str]]:
        """Hear of words, see `word_of`; those that are new. Refused: guest, toomany."""
        return self._store.change_keywords(user_of(session).key, words, MAX_KEYWORDS, add=True)

    def remove_keywords(self, session: Receiver, words: list[str]) -> Pending[list[str]]:
        """Undo `add_keywords`; those that were there. Refused: guest."""
        return self._store.change_keywords(user_of(session).key, words, MAX_KEYWORDS, add=False)

    # -- reading -----------------------------------------------------------------------------

    async def newest(self, session: Receiver, before: str, most: int, paid: Paid) -> Waiting:
        """The newest messages that concern the user, those before a message's id, '' = all."""
        await self._filled_up()
        name = user_of(session).key
        mentions = await _collected(
            lambda start, _: self._store.inbox(name, start, before), NEWEST, most + 1, paid
        )
        direct = await _collected(
            lambda start, left: self._store.direct(name, start, left),
            before or NEWEST, most + 1, paid,
        )  # fmt: skip
        events = sorted(mentions + direct, key=lambda event: id_order(event.id))
        cut = max(0, len(events) - most)
        while cut and events[cut - 1].id == events[cut].id:
            cut -= 1  # two logs have the same id: who asks for those before it must not miss one
        return Waiting(events[cut:], more=cut > 0)

    async def unread(self, session: Receiver, rooms: list[str], paid: Paid) -> list[Unread]:
        """How many messages of each room are unread, `COUNTED` at most."""
        name, found = user_of(session).key, list[Unread]()
        asked = [(room, "", 0) for room in rooms]
        while asked:
            page = await self._store.unread(name, asked, COUNTED)
            done = [one for one in page if not one.following]
            found += done
            rest = [
                (room, one.following, one.count)
                for (room, _, _), one in zip(asked, page, strict=False)
                if one.following
            ]
            asked = [*rest, *asked[len(page) :]]
            if asked:
                paid()
        return [one for one in found if one.target]

    async def unread_direct(self, session: Receiver, peer: str, paid: Paid) -> list[Unread]:
        """The same of each person who has written; ``peer``: one of them, '' = all."""
        name, people = user_of(session).key, dict[str, Unread]()
        start = NEWEST
        while start:
            page = await self._store.count_direct(name, start, peer)
            for row in page.rows:
                one = people.setdefault(row.who, replace(row, count=0))
                people[row.who] = replace(one, count=min(one.count + row.count, COUNTED))
            start = page.following
            if start:
                paid()
        return [one for one in people.values() if one.count]

    async def mentions(self, session: Receiver, paid: Paid) -> Counter[str]:
        """How many messages in each room, as shown, concern the account; a guest has none."""
        user, found, start = user_of(session), Counter[str](), NEWEST
        if not user.account_key:
            return found
        await self._filled_up()
        while start:
            page = await self._store.mentions(user.key, start)
            found.update(dict(page.rows))
            start = page.following
            if start:
                paid()
        return found


async def _collected(
    ask: Callable[[str, int], Pending[Rows[bytes]]], start: str, most: int, paid: Paid
) -> list[Event]:
    """The first messages, from the newest on; page by page."""
    found: dict[bytes, Event] = {}
    while True:
        page = await ask(start, most - len(found))
        for payload in page.rows:
            event = Event(payload)
            found.setdefault(event.msgid, event)
        if not page.following or len(found) >= most:
            return list(found.values())[:most]
        start = page.following
        paid()
