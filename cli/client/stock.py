"""Buffers, and what they keep: bounded, whatever a server sends. No I/O.

What falls out at the beginning of a buffer can be had again from the server.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from chatd.wire.casemap import is_room
from cli.client.conversation import Conversation, Member
from cli.client.entries import Entry, Message, State, weight_of
from cli.client.spelling import folded

CAPACITY: Final = 3000
"""Entries of a buffer whose end is looked at; three times as many when its past is."""

TOTAL: Final = 20_000
"""Entries of all buffers together; beyond them the largest ones lose their oldest."""

MAX_BUFFERS: Final = 1000
"""Rooms and conversations; beyond them those go that were quiet for longest."""

LATE: Final = 500
"""Messages remembered of a buffer that shows an old place; more than come during one request."""

STATUS: Final = ""
"""The name of the buffer for what belongs nowhere else."""


@dataclass(slots=True, eq=False)
class Buffer:
    """One room or conversation, or what belongs to none (`STATUS`)."""

    name: str
    chat: Conversation
    entries: list[Entry] = field(default_factory=list)
    """Oldest first."""
    topic: str = ""
    unread: int = 0
    mentions: int = 0
    marker: float = 0.0
    """Up to when it is read, by the server's clock."""
    since: float = 0.0
    """Behind this time is what is new since the user was here; 0 for nothing."""
    typing: dict[str, float] = field(default_factory=dict)
    """Who types, and until when that holds (monotonic seconds)."""
    complete: bool = False
    """Nothing older can be had."""
    detached: bool = False
    """It shows an old place: what comes is counted in ``below`` and not kept."""
    below: int = 0
    held: bool = False
    """Somebody reads its past: less falls out at its beginning."""
    waiting: int = 0
    """How many of its entries are messages that were not acknowledged: they are the last."""
    paged: bool = False
    """Something older was asked for since it is here."""
    left: bool = False
    """The user was in this room, and is no longer."""
    before: str = ""
    """What older ones are asked for with, if that is not the first message."""
    behind: str = ""
    """What newer ones are asked for with, while it is detached."""
    late: deque[Message] = field(default_factory=lambda: deque(maxlen=LATE))
    """The last that came while it is detached: they may miss in the page that ends at the end."""
    last: float = 0.0
    """When somebody last said something."""
    by_id: dict[str, Message] = field(default_factory=dict)
    weight: int = 0
    """Of its entries together; see `cli.client.entries.weight_of`."""

    @property
    def is_room(self) -> bool:
        """Tell a room from a conversation."""
        return is_room(self.name)

    @property
    def joined(self) -> bool:
        """Tell whether this user is in the room."""
        return folded(self.name) in self.chat.rooms

    @property
    def members(self) -> dict[str, Member]:
        """Who is in the room, by the folded form of the name."""
        room = self.chat.rooms.get(folded(self.name))
        return room.members if room is not None else {}

    def find(self, msgid: str) -> Message | None:
        """Return the message with this id, if it is here."""
        return self.by_id.get(msgid)

    def messages(self) -> Iterator[Message]:
        """Return what was said, oldest first."""
        return (entry for entry in self.entries if isinstance(entry, Message))

    def oldest(self) -> Message | None:
        """Return the first message that the server knows by its id."""
        return next((one for one in self.messages() if one.msgid), None)

    def newest(self) -> Message | None:
        """Return the last one."""
        kept = (one for one in reversed(self.entries) if isinstance(one, Message) and one.msgid)
        return next(kept, None)


class Stock:
    """All buffers by their names, and how much is in them."""

    def __init__(
        self,
        chat: Conversation,
        *,
        capacity: int = CAPACITY,
        total: int = TOTAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chat = chat
        self.current = STATUS
        """The one that is shown: answers to the user stand there."""
        self.closed: dict[str, float] = {}
        """When something was said last in what the user has closed, by the folded name."""
        self._capacity = capacity
        self._total = total
        self._clock = clock
        self._weight = 0
        self._all: dict[str, Buffer] = {}
        self._changed: set[str] = set()
        self._pending: dict[str, Message] = {}
        self.status = self.open(STATUS)

    def get(self, name: str) -> Buffer | None:
        """Return the buffer of this name, if there is one."""
        return self._all.get(folded(name))

    def open(self, name: str) -> Buffer:
        """Return the buffer of this name; it is made when there is none."""
        buffer = self._all.get(folded(name))
        if buffer is None:
            buffer = self._all[folded(name)] = Buffer(name, self.chat)
            self.closed.pop(folded(name), None)
            if len(self._all) > MAX_BUFFERS + MAX_BUFFERS // 10:
                self._forget(len(self._all) - MAX_BUFFERS, buffer)
            self._wait(buffer)
            self._note(buffer)
        return buffer

    def close(self, name: str) -> None:
        """Forget a buffer; what is said there opens it again."""
        buffer = self.get(name)
        if buffer is not None and buffer is not self.status:
            self.closed[folded(name)] = buffer.last
            self._remove(buffer)

    def drain(self) -> set[str]:
        """Return the folded names of those that changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    # -- helpers -----------------------------------------------------------------------------

    def _remove(self, buffer: Buffer) -> None:
        self._weight -= buffer.weight
        del self._all[folded(buffer.name)]
        self._note(buffer)

    def _forget(self, count: int, new: Buffer) -> None:
        """Let those go that were quiet for longest, but no room that the user is in."""
        kept = (self.status, new, self.get(self.current))
        others = [one for one in self._all.values() if one not in kept and not one.joined]
        for buffer in sorted(others, key=lambda one: one.last)[:count]:
            self._remove(buffer)

    def _wait(self, buffer: Buffer) -> None:
        """Put what was not acknowledged yet behind all that is in a buffer."""
        key = folded(buffer.name)
        waiting = [one for one in self._pending.values() if folded(one.target) == key]
        self._add(buffer, len(buffer.entries), waiting)
        buffer.waiting = len(waiting)

    def _put(self, buffer: Buffer, entry: Entry) -> None:
        """Append an entry; what is not acknowledged yet stays last."""
        if isinstance(entry, Message) and entry.state is not State.SENT:
            self._add(buffer, len(buffer.entries), (entry,))
            buffer.waiting += 1
        else:
            self._add(buffer, len(buffer.entries) - buffer.waiting, (entry,))
        most = self._capacity * (3 if buffer.held else 1)
        if buffer.weight > most + most // 10:
            self._trim(buffer, most)
        self._note(buffer)

    def _add(self, buffer: Buffer, at: int, entries: Iterable[Entry]) -> None:
        added = list(entries)
        buffer.entries[at:at] = added
        weight = 0
        for entry in added:
            entry.weight = weight_of(entry)
            weight += entry.weight
            if isinstance(entry, Message) and entry.msgid:
                buffer.by_id[entry.msgid] = entry
        buffer.weight += weight
        self._weight += weight
        if self._weight > self._total + self._total // 10:
            self._shrink()

    def _reweigh(self, buffer: Buffer, entry: Entry) -> None:
        """Take note that an entry has another size now."""
        change = weight_of(entry) - entry.weight
        entry.weight += change
        buffer.weight += change
        self._weight += change

    def _take_out(self, buffer: Buffer, first: int, last: int) -> None:
        for entry in buffer.entries[first:last]:
            buffer.weight -= entry.weight
            self._weight -= entry.weight
            if isinstance(entry, Message):
                buffer.by_id.pop(entry.msgid, None)
        del buffer.entries[first:last]

    def _trim(self, buffer: Buffer, most: int) -> None:
        """Let the oldest go, but nothing that was not sent yet."""
        over, count = buffer.weight - most, 0
        while over > 0 and count < len(buffer.entries) - buffer.waiting:
            over -= buffer.entries[count].weight
            count += 1
        if count:
            self._take_out(buffer, 0, count)
            buffer.complete, buffer.before = False, ""
            self._note(buffer)

    def _shrink(self) -> None:
        """Let the oldest of the largest buffers go, of the one that is shown at last."""
        current = self.get(self.current)
        by_size = sorted(self._all.values(), key=lambda one: (one is current, -one.weight))
        for buffer in by_size:
            if self._weight <= self._total:
                return
            self._trim(buffer, buffer.weight // 2)

    def _cut(self, buffer: Buffer, most: int) -> None:
        """Let the newest go: somebody reads far up, and comes back by pages."""
        count = len(buffer.entries) - buffer.waiting
        over = buffer.weight - most - sum(one.weight for one in buffer.entries[count:])
        while over > 0 and count > 0:
            count -= 1
            over -= buffer.entries[count].weight
        self._take_out(buffer, count, len(buffer.entries))
        buffer.waiting = 0
        buffer.detached, buffer.behind = True, ""

    def _drop(self, message: Message) -> None:
        """Take out a message that was not acknowledged until now."""
        buffer = self.get(message.target)
        if buffer is None:
            return
        for at in range(len(buffer.entries) - buffer.waiting, len(buffer.entries)):
            if buffer.entries[at] is message:
                self._take_out(buffer, at, at + 1)
                buffer.waiting -= 1
                break
        self._note(buffer)

    def _note(self, buffer: Buffer) -> None:
        self._changed.add(folded(buffer.name))
        if len(self._changed) > 10 * MAX_BUFFERS:  # nobody asks
            self._changed &= self._all.keys()
