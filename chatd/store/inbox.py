"""What concerns an account and what it has not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.keys import escape
from chatd.store.pages import ENTRIES, Rows
from chatd.store.pending import Pending
from chatd.store.schema.keys import Owner

NEWEST = "+"
"""In place of an id: from the newest on."""
INBOX_ENTRIES = 200
"""Entries of an inbox that a question looks at: 1 to 2 ms of Redis."""
UNREAD_ENTRIES = 1000
"""Entries of logs that a count of unread messages looks at: 2 ms."""
FILL = 150
"""Accounts that an act looks at which may be concerned by a message: 1 to 2 ms."""
WORDS = 1000
"""Words of one page of all that concern somebody."""


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages of a room or a person are not read.

    ``target``: as shown, '' = the asker is not in the room; ``read_ms``: see `Marker`.
    ``following``: the entry up to which it was counted, '' = to the end.
    """

    target: str
    read_ms: int
    count: int
    following: str = ""
    who: str = ""
    """What a person is called in the store, whatever its nick."""


class InboxActs(Caller):
    """Names and rooms are folded. All may be Refused: offline."""

    def watched(self, cursor: str) -> Pending[Rows[bytes]]:
        """A page of the words that concern somebody. ``cursor``: `Rows.following`, '' = start."""
        return self.relay.call(
            "SSCAN", self.keys.of(Owner.SERVER, "words"), cursor or "0", "COUNT", WORDS,
            convert=_words,
        )  # fmt: skip

    def keywords(self, account: str) -> Pending[list[str]]:
        """The words that an account wants to hear of."""
        key = self.keys.of(Owner.ACCOUNT, "keywords", escape(account))
        return self.relay.call(
            "SMEMBERS", key, convert=lambda found: sorted(word.decode() for word in found)
        )

    def change_keywords(
        self, name: str, words: list[str], most: int, *, add: bool
    ) -> Pending[list[str]]:
        """Add or remove some; those for which that was a change. Refused: guest, toomany."""
        return self._act(
            "keywords", self.keys.presence, lambda reply: checked(reply)[1:],
            name=name, add=add, most=most, words=words,
        )  # fmt: skip

    def fill_inboxes(self) -> Pending[int]:
        """Enter messages with such words into inboxes, for some accounts; how many are left."""
        return self._act(
            "inbox_fill", self.keys.presence, lambda reply: int(checked(reply)[1]), most=FILL
        )

    def inbox(self, name: str, start: str, before: str) -> Pending[Rows[bytes]]:
        """Messages in rooms that concern an account, as payloads of events, the newest first.

        ``start``: `Rows.following`, or `NEWEST`. ``before``: an id, '' = all. Refused: guest.
        """
        return self._inbox(_payloads, name, start, before, count=False)

    def mentions(self, name: str, start: str) -> Pending[Rows[tuple[str, int]]]:
        """The same: the rooms, as shown, and how many in each."""
        return self._inbox(_pairs, name, start, "", count=True)

    def _inbox(self, read: Any, name: str, start: str, before: str, *, count: bool) -> Pending[Any]:
        return self._ask(
            "inbox", self.keys.presence, read,
            name=name, start=start, before=before, scan=INBOX_ENTRIES, count=count,
        )  # fmt: skip

    def direct(self, name: str, before: str, most: int) -> Pending[Rows[bytes]]:
        """Direct messages to a user that it has not read, as payloads, the newest first.

        ``before``: an id, or `NEWEST`.
        """
        return self._direct(_payloads, name, before, most, "")

    def count_direct(self, name: str, before: str, peer: str) -> Pending[Rows[Unread]]:
        """A page of who wrote them, and how many; ``peer``: one of them, '' = all."""
        return self._direct(_people, name, before, 0, peer)

    def _direct(self, read: Any, name: str, before: str, most: int, peer: str) -> Pending[Any]:
        return self._ask(
            "direct", self.keys.presence, read,
            name=name, before=before, scan=ENTRIES, left=most, peer=peer,
        )  # fmt: skip

    def unread(
        self, name: str, asked: list[tuple[str, str, int]], most: int
    ) -> Pending[list[Unread]]:
        """How many messages are unread of the first of some rooms, at least of one.

        ``asked``: room, the entry up to which it was counted ('' = from the start), how many there
        were by then; ``most``: how far to count.
        """
        return self._ask(
            "unread", self.keys.presence, _rooms,
            name=name, scan=UNREAD_ENTRIES, most=most, asked=asked,
        )  # fmt: skip


def _words(reply: list[Any]) -> Rows[bytes]:
    cursor = int(reply[0])
    return Rows(str(cursor) if cursor else "", reply[1])


def _answer(reply: list[Any]) -> tuple[str, list[Any]]:
    """Where the next page starts, and what this one has."""
    if reply[0] != b"ok":
        checked(reply)
    return reply[1].decode(), reply[2:]


def _payloads(reply: list[Any]) -> Rows[bytes]:
    following, found = _answer(reply)
    entries = zip(found[::2], found[1::2], strict=True)
    return Rows(following, [entry + b"\0" + record for entry, record in entries])


def _pairs(reply: list[Any]) -> Rows[tuple[str, int]]:
    following, found = _answer(reply)
    pairs = zip(found[::2], found[1::2], strict=True)
    return Rows(following, [(room.decode(), int(count)) for room, count in pairs])


def _people(reply: list[Any]) -> Rows[Unread]:
    following, found = _answer(reply)
    rows = zip(found[::4], found[1::4], found[2::4], found[3::4], strict=True)
    people = [
        Unread(nick.decode(), int(read), int(count), who=who.decode())
        for who, nick, read, count in rows
    ]
    return Rows(following, people)


def _rooms(reply: list[Any]) -> list[Unread]:
    _, *words = checked(reply)
    rows = zip(words[::4], words[1::4], words[2::4], words[3::4], strict=True)
    return [Unread(target, int(read), int(count), at) for target, read, count, at in rows]
