"""Questions about what was said: what a gateway has missed, and pages of history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from chatd.store.caller import Caller, checked
from chatd.store.pages import ENTRIES, LOGS, PARTNERS, TAIL, Rows
from chatd.store.pending import Pending

FEWEST: Final = 50
"""Entries of a log that a search looks at first."""
_PAGE_BYTES: Final = 2**18
"""What a page of a search has, about: Redis takes 0.3 ms for it."""

Raw = tuple[bytes, bytes]
"""An entry of a stream as it is: id, record."""


def entries_for(page: list[Raw]) -> int:
    """How many entries the next page of a search has, when they are as long as on the last."""
    size = sum(len(record) for _, record in page) // len(page) + 1
    return max(FEWEST, min(_PAGE_BYTES // size, ENTRIES))


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages of a stream, as payloads of events, oldest first.

    ``following``: the entry up to which the stream was looked at, when there may be more behind it,
    else ''. ``name``: the room or the other side as shown, '' = nobody is called so now. ``lost``:
    what came before the oldest message kept is gone, and it was asked for.
    """

    name: str
    lost: bool
    following: str
    payloads: list[bytes]


@dataclass(frozen=True, slots=True)
class Last:
    """When something was last said in a room: ``said``, '' = further back than was looked.

    ``room``: folded; ``looked``: the entry up to which all was looked at.
    """

    room: str
    shown: str
    said: str
    looked: str

    @property
    def name(self) -> str:
        """The room."""
        return self.room


@dataclass(frozen=True, slots=True)
class Talk:
    """Direct messages with one person, on one page of a log, the ids of the ends.

    ``peer``: a name, folded, by which the conversation is found; '' = ``shown`` has to be folded.
    """

    uid: str
    peer: str
    shown: str
    newest: str
    oldest: str


class StreamActs(Caller):
    """What the streams of rooms, users and of the whole server hold."""

    def gap(self, stream: str, after: bytes, most: int, uid: str = "") -> Pending[list[Any]]:
        """Entries of a stream after an id: how many were ever added, are kept; what they follow.

        Then id, record, ... What they follow is ``after``, unless that is not there: see
        ``gap.lua``. ``uid``: the person whose log it is, '' = a room's or everybody's. -1 were ever
        added: the log is somebody else's now.
        """
        return self._ask("gap", stream, list, after=after, most=most, uid=uid)

    def room_history(
        self, room: str, asker: str, first: str, last: str, most: int, *, forwards: bool,
        kinds: str = "",
    ) -> Pending[Page]:  # fmt: skip
        """Messages in a room between two ids, both included, counted from the first or the last.

        ``kinds``: letters of other events that count too, with M also messages of tags alone. A
        page looks at no more than `ENTRIES` entries. Refused: noroom, notin.
        """
        owner = self.keys.room(room)
        return self._history(
            owner, first, last, most, forwards, room=room, asker=asker, kinds=kinds
        )

    def own_history(
        self, name: str, peer: str, first: str, last: str, most: int, *, forwards: bool,
        kinds: str = "",
    ) -> Pending[Page]:  # fmt: skip
        """The same of a user's direct messages, with ``peer``, or '' = whomever.

        What was sent to another name outside ASCII is among them.
        """
        owner = self.keys.user(name)
        return self._history(owner, first, last, most, forwards, asker=name, peer=peer, kinds=kinds)

    def _history(
        self, owner: str, first: str, last: str, most: int, forwards: bool, *,
        room: str = "", asker: str, peer: str = "", kinds: str,
    ) -> Pending[Page]:  # fmt: skip
        direction = "forwards" if forwards else "backwards"
        return self._ask(
            "history", f"{owner}:log", _page, direction=direction, first=first, last=last,
            left=most, kinds=kinds, scan=ENTRIES, room=room, asker=asker, peer=peer,
        )  # fmt: skip

    def entries(
        self, stream: str, first: tuple[int, int], last: tuple[int, int], most: int, *,
        forwards: bool,
    ) -> Pending[list[Raw]]:  # fmt: skip
        """Entries between two ids, both included, as they are: from the first, or from the last."""
        low, high = f"{first[0]}-{first[1]}", f"{last[0]}-{last[1]}"
        question = ("XRANGE", stream, low, high) if forwards else ("XREVRANGE", stream, high, low)
        return self.relay.call(*question, "COUNT", most, convert=_raw)

    def shown(
        self, stream: str, room: str, asker: str, peer: str, ids: list[bytes]
    ) -> Pending[list[bytes]]:
        """Of some messages those that the asker may see now, as payloads.

        ``room``: whose stream it is, '' = the asker's own; there ``peer`` is with whom. Refused:
        noroom, notin.
        """
        return self._ask("shown", stream, _payloads, room=room, asker=asker, peer=peer, ids=ids)

    def last_said(self, name: str, first: str, start: str) -> Pending[Rows[Last]]:
        """A page of the rooms of a user in which something was said from ``first`` on."""
        return self._ask(
            "last_said", self.keys.user(name), _lasts, asker=name, first=first, most=LOGS,
            scan=TAIL, start=start,
        )  # fmt: skip

    def talked(
        self, name: str, first: str, last: str, folds: list[tuple[str, str]]
    ) -> Pending[Rows[Talk]]:
        """With whom a user has talked between two ids, both included: a page, the newest first.

        ``following`` is the entry up to which the log was looked at. ``folds``: (as written,
        folded), of names outside ASCII for which the page was asked before.
        """
        return self._ask(
            "talked", self.keys.user(name), _talks, name=name, first=first, last=last,
            scan=ENTRIES, people=PARTNERS, folds=folds,
        )  # fmt: skip

    def clear(self, name: str, most: int, targets: list[str]) -> Pending[list[str]]:
        """Play no more what was said until now, '*' = everywhere. Refused: guest, toomany."""
        return self._act("clear", self.keys.user(name), name=name, most=most, targets=targets)

    def cleared(self, name: str) -> Pending[dict[str, int]]:
        """Until when, ms, what is not to be played any more: by room or name, '*' = everything."""
        return self._ask("cleared", self.keys.user(name), _until, name=name)

    def fence(self) -> Pending[Any]:
        """Resolved after everything published before now has been delivered."""
        return self.relay.fence()


def _page(reply: list[Any]) -> Page:
    if reply[0] != b"ok":
        checked(reply)
    _, name, lost, following, *found = reply
    return Page(name.decode(), bool(lost), following.decode(), _joined(found))


def _raw(reply: list[Any]) -> list[Raw]:
    return [(entry[0], entry[1][1]) for entry in reply]


def _payloads(reply: list[Any]) -> list[bytes]:
    if reply[0] != b"ok":
        checked(reply)
    return _joined(reply[1:])


def _joined(found: list[bytes]) -> list[bytes]:
    entries = zip(found[::2], found[1::2], strict=True)
    return [entry + b"\0" + record for entry, record in entries]


def _lasts(reply: list[Any]) -> Rows[Last]:
    following, *words = [word.decode() for word in reply]
    rows = zip(*(words[part::4] for part in range(4)), strict=True)
    return Rows(following, [Last(*row) for row in rows])


def _talks(reply: list[Any]) -> Rows[Talk]:
    following, *words = [word.decode() for word in reply]
    rows = zip(*(words[part::5] for part in range(5)), strict=True)
    return Rows(following, [Talk(*row) for row in rows])


def _until(reply: list[Any]) -> dict[str, int]:
    words = [word.decode() for word in reply]
    return {target: int(ms) for target, ms in zip(words[::2], words[1::2], strict=True)}
