"""Questions about what was said: what a gateway has missed, and pages of history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pages import ENTRIES
from chatd.store.pending import Pending


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
        self, room: str, asker: str, first: str, last: str, most: int, *, forwards: bool
    ) -> Pending[Page]:
        """Messages in a room between two ids, both included, counted from the first or the last.

        A page looks at no more than `ENTRIES` entries. Refused: noroom, notin.
        """
        owner = self.keys.room(room)
        return self._history(owner, first, last, most, forwards, room=room, asker=asker)

    def own_history(
        self, name: str, peer: str, first: str, last: str, most: int, *, forwards: bool
    ) -> Pending[Page]:
        """The same of a user's direct messages, with ``peer``, or '' = whomever.

        What was sent to another name outside ASCII is among them.
        """
        owner = self.keys.user(name)
        return self._history(owner, first, last, most, forwards, asker=name, peer=peer)

    def _history(
        self, owner: str, first: str, last: str, most: int, forwards: bool, *,
        room: str = "", asker: str, peer: str = "",
    ) -> Pending[Page]:  # fmt: skip
        direction = "forwards" if forwards else "backwards"
        return self._ask(
            "history", f"{owner}:log", _page, direction=direction, first=first, last=last,
            left=most, scan=ENTRIES, room=room, asker=asker, peer=peer,
        )  # fmt: skip

    def fence(self) -> Pending[Any]:
        """Resolved after everything published before now has been delivered."""
        return self.relay.fence()


def _page(reply: list[Any]) -> Page:
    if reply[0] != b"ok":
        checked(reply)
    _, name, lost, following, *found = reply
    entries = zip(found[::2], found[1::2], strict=True)
    payloads = [entry + b"\0" + record for entry, record in entries]
    return Page(name.decode(), bool(lost), following.decode(), payloads)
