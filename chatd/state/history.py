"""What was said before, and taking it back."""

from __future__ import annotations

from typing import Final

from chatd.state import events
from chatd.state.events import Event, stream_id
from chatd.state.local import Receiver, user_of
from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.store.streams import Last, Page, Talk
from chatd.wire.casemap import InvalidName, fold

Entry = tuple[int, int]
"""The id of a stream's entry: milliseconds since 1970, and a number within the millisecond."""

MOST: Final = 2**64 - 1
FIRST: Final[Entry] = (0, 0)
LAST: Final[Entry] = (MOST, MOST)
MOST_CLEARED: Final = 1000
"""Rooms and conversations that one account has cleared one by one."""
TAGS_ALONE: Final = events.MESSAGE.decode()
"""Stands for messages of tags alone; others are always there."""
IN_SEVERAL_ROOMS: Final = b"".join(
    (events.QUIT, events.NICK, events.AWAY, events.REALNAME, events.ACCOUNT, events.HOST,
     events.METADATA)
).decode()  # fmt: skip
"""Events of which a room's log has a copy under its own id: the msgid names another entry."""
_NO_ENTRY: Final[Entry] = (0, 1)
"""Of no message."""


class History:
    """Messages between two entries, both included. Rooms and names are folded.

    ``kinds``: letters of records that count beside what is said, see `chatd.commands.replay.kinds`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_room(
        self,
        session: Receiver,
        room: str,
        first: Entry,
        last: Entry,
        most: int,
        *,
        forwards: bool,
        kinds: str = "",
    ) -> Pending[Page]:
        """Messages in a room, counted from the first or from the last. Refused: noroom, notin."""
        asker, ends = user_of(session).key, (_text(first), _text(last))
        return self._store.room_history(room, asker, *ends, most, forwards=forwards, kinds=kinds)

    def of_user(
        self,
        session: Receiver,
        peer: str,
        first: Entry,
        last: Entry,
        most: int,
        *,
        forwards: bool,
        kinds: str = "",
    ) -> Pending[Page]:
        """Direct messages of the asker, with ``peer``, or '' = whomever; counted as above."""
        asker, ends = user_of(session).key, (_text(first), _text(last))
        return self._store.own_history(asker, peer, *ends, most, forwards=forwards, kinds=kinds)

    def in_rooms(self, session: Receiver, first: Entry, start: str) -> Pending[Rows[Last]]:
        """A page of the asker's rooms in which something was said from ``first`` on."""
        return self._store.last_said(user_of(session).key, _text(first), start)

    async def in_conversations(self, session: Receiver, first: Entry, last: Entry) -> Rows[Talk]:
        """With whom the asker has talked between two entries: a page, the newest first."""
        question = user_of(session).key, _text(first), _text(last)
        page = await self._store.talked(*question, [])
        unknown = [row.shown for row in page.rows if not row.peer]
        if unknown:
            page = await self._store.talked(*question, [(name, _folded(name)) for name in unknown])
        return page

    def clear(self, session: Receiver, targets: list[str]) -> Pending[list[str]]:
        """Of rooms and conversations, '*' = all, *playback plays only what comes from now on.

        Refused: guest, toomany.
        """
        return self._store.clear(user_of(session).key, MOST_CLEARED, targets)

    def cleared(self, session: Receiver) -> Pending[dict[str, int]]:
        """Until when, ms, what is not to be played any more: by target."""
        return self._store.cleared(user_of(session).key)

    async def redact(
        self, session: Receiver, kind: str, target: str, msgid: str, reason: str
    ) -> None:
        """Take back a message in a room ("r") or to a user ("u").

        Refused: offline, nowhere, unknown, forbidden.
        """
        entry = _text(await self._find(kind, target, msgid))
        message = (entry, msgid)
        await self._store.redact(session.sid, user_of(session).key, kind, target, message, reason)

    async def _find(self, kind: str, target: str, msgid: str) -> Entry:
        """The entry of a message in its stream, `_NO_ENTRY` when there is none."""
        entry = entry_of(msgid)
        if entry is None:
            return _NO_ENTRY
        keys = self._store.keys
        if kind == "r":
            found = await self._has(keys.room(target), entry, msgid)
        else:
            found = await self._has(keys.user(target), entry, msgid)
            if not found:  # what was said to an account is under the nicks that it has
                for nick in await self._store.nicks(target):
                    found = found or await self._has(keys.user(nick), entry, msgid)
        return entry if found else _NO_ENTRY

    async def _has(self, owner: str, entry: Entry, msgid: str) -> bool:
        """Whether a stream has a message."""
        at = _text(entry)
        record = await self._store.entry(f"{owner}:log", at)
        return bool(record) and Event(at.encode() + b"\0" + record).msgid.decode() == msgid


def entry_of(msgid: str) -> Entry | None:
    """The stream entry that a msgid from a client stands for; None when there can be none."""
    found = stream_id(msgid) if msgid.isascii() and len(msgid) < 100 else None
    if found is None:
        return None
    ms, _, seq = found.partition("-")
    entry = int(ms), int(seq)
    return entry if entry < LAST and entry[1] <= MOST else None


def next_to(entry: Entry) -> Entry:
    """The first entry that there can be behind another."""
    ms, number = entry
    return (ms, number + 1) if number < MOST else (min(ms + 1, MOST), 0)


def previous_to(entry: Entry) -> Entry:
    """The last entry that there can be in front of another."""
    ms, number = entry
    return (ms, number - 1) if number else (max(ms - 1, 0), MOST if ms else 0)


def _text(entry: Entry) -> str:
    return f"{entry[0]}-{entry[1]}"


def _folded(name: str) -> str:
    try:
        return fold(name)
    except InvalidName:
        return name
