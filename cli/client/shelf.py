"""Rooms and conversations, each with what was said there: what screens ask and say. No I/O.

A buffer is bounded: what falls out at its beginning can be had again from the server.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.conversation import Conversation, Member, folded
from cli.client.entries import Entry, Message, State
from cli.client.reactions import Early

CAPACITY: Final = 3000
"""Entries of a buffer whose end is looked at; three times as many when its past is."""

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
    before: str = ""
    """What older ones are asked for with, if that is not the first message."""
    behind: str = ""
    """What newer ones are asked for with, while it is detached."""
    late: deque[Message] = field(default_factory=lambda: deque(maxlen=LATE))
    """The last that came while it is detached: they may miss in the page that ends at the end."""
    last: float = 0.0
    """When somebody last said something."""
    by_id: dict[str, Message] = field(default_factory=dict)
    early: Early = field(default_factory=Early)

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


class Shelf:
    """All buffers; `cli.client.buffers` fills them."""

    def __init__(
        self,
        chat: Conversation,
        *,
        words: Sequence[str] = (),
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.chat = chat
        self.words = tuple(words)
        self.current = STATUS
        """The one that is shown: answers to the user stand there."""
        self.last_private = ""
        """Who wrote to this user alone last: whom ``/r`` answers."""
        self.closed: dict[str, float] = {}
        """When something was said last in what the user has closed, by the folded name."""
        self._capacity = capacity
        self._clock = clock
        self._all: dict[str, Buffer] = {}
        self._changed: set[str] = set()
        self._pending: dict[str, Message] = {}
        self.status = self.open(STATUS)

    # -- what screens ask --------------------------------------------------------------------

    def get(self, name: str) -> Buffer | None:
        """Return the buffer of this name, if there is one."""
        return self._all.get(folded(name))

    def open(self, name: str) -> Buffer:
        """Return the buffer of this name; it is made when there is none."""
        buffer = self._all.get(folded(name))
        if buffer is None:
            buffer = self._all[folded(name)] = Buffer(name, self.chat)
            self.closed.pop(folded(name), None)
            self._note(buffer)
        return buffer

    def close(self, name: str) -> None:
        """Forget a buffer; what is said there opens it again."""
        buffer = self._all.pop(folded(name), None) if name != STATUS else None
        if buffer is not None:
            self.closed[folded(name)] = buffer.last
            self._changed.add(folded(name))

    def order(self) -> list[Buffer]:
        """Return all but the status one, that with the latest message first."""
        others = [buffer for buffer in self._all.values() if buffer is not self.status]
        return sorted(others, key=lambda buffer: (-buffer.last, folded(buffer.name)))

    def drain(self) -> set[str]:
        """Return the folded names of those that changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def unread(self) -> tuple[int, int]:
        """Return how much is unread in all, and how many mentions and private messages of it."""
        rooms = self._all.values()
        private = sum(one.unread for one in rooms if not one.is_room and one is not self.status)
        mentions = sum(one.mentions for one in rooms if one.is_room)
        return sum(one.unread for one in rooms), private + mentions

    def read(self, name: str, at: float | None = None) -> float:
        """Take note that a buffer is read, up to a time; return up to when it is read now."""
        buffer = self.get(name)
        if buffer is None:
            return 0.0
        at = buffer.last if at is None else at
        if at > buffer.marker:
            buffer.marker = at
        if buffer.unread and at >= buffer.marker:
            new = [one for one in buffer.messages() if one.at > buffer.marker and not one.own]
            buffer.unread = len(new)
            buffer.mentions = sum(one.mention for one in new)
            self._note(buffer)
        return buffer.marker

    def is_mention(self, text: str) -> bool:
        """Tell whether a text names this user or one of the words."""
        words = (word.casefold() for word in (self.chat.nick, *self.words) if word)
        wanted = "|".join(re.escape(word) for word in words)
        return bool(re.search(rf"(?<!\w)(?:{wanted})(?!\w)", text.casefold()))

    # -- pages of the past -------------------------------------------------------------------

    def prepend(
        self, name: str, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted] = ()
    ) -> int:
        """Put older messages before those that are here; return how many were new.

        ``reacted``: what was played back with them.
        """
        buffer = self.open(name)
        fresh = self._fresh(buffer, page, reacted)
        buffer.entries[:0] = fresh
        if fresh:
            buffer.last = max(buffer.last, fresh[-1].at)
        if len(buffer.entries) > 3 * self._capacity:
            self._cut(buffer, 3 * self._capacity)
        self._note(buffer)
        return len(fresh)

    def replace(
        self,
        name: str,
        page: Sequence[ev.Said],
        reacted: Sequence[ev.Reacted] = (),
        *,
        detached: bool,
    ) -> None:
        """Show another place of the past, or with ``detached`` false the end again."""
        buffer = self.open(name)
        buffer.entries, buffer.by_id, buffer.waiting = [], {}, 0
        buffer.detached, buffer.complete = True, False
        buffer.before = buffer.behind = ""
        self.prepend(name, page, reacted)
        if not detached:
            self.attach(name)

    def append(self, name: str, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted] = ()) -> int:
        """Put newer messages behind those of a detached buffer; return how many were new."""
        buffer = self.open(name)
        fresh = self._fresh(buffer, page, reacted)
        buffer.entries += fresh
        if len(buffer.entries) > 3 * self._capacity:
            self._trim(buffer, len(buffer.entries) - 3 * self._capacity)
        self._note(buffer)
        return len(fresh)

    def attach(self, name: str) -> None:
        """Take note that a detached buffer has all up to the end, but for what came just now."""
        buffer = self.open(name)
        known = [at for at, one in enumerate(buffer.late) if one.msgid in buffer.by_id]
        late = list(buffer.late)[known[-1] + 1 if known else 0 :]
        buffer.late.clear()
        buffer.detached, buffer.below, buffer.behind = False, 0, ""
        buffer.entries += late
        buffer.by_id.update((one.msgid, one) for one in late if one.msgid)
        waiting = [one for one in self._pending.values() if self._is_in(one, buffer)]
        buffer.entries += waiting
        buffer.waiting = len(waiting)
        self._note(buffer)

    def _fresh(
        self, buffer: Buffer, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted]
    ) -> list[Message]:
        """Return those that are not here yet, each once, with what people reacted."""
        fresh: list[Message] = []
        for said in page:
            if not said.msgid or said.msgid not in buffer.by_id:
                fresh.append(message := self._message(said))
                if said.msgid:
                    buffer.by_id[said.msgid] = message
        for event in reversed(reacted):
            buffer.early.keep(event, older=True)
        buffer.early.apply(fresh)
        return fresh

    def _cut(self, buffer: Buffer, most: int) -> None:
        """Let the newest go: somebody reads far up, and comes back by pages."""
        for entry in buffer.entries[most:]:
            if isinstance(entry, Message):
                buffer.by_id.pop(entry.msgid, None)
        del buffer.entries[most:]
        buffer.waiting = 0
        buffer.detached, buffer.behind = True, ""

    def forget_failed(self, key: str) -> Message | None:
        """Take a message that was not sent out, to send it again or not at all."""
        message = self._pending.get(key)
        if message is None or message.state is not State.FAILED:
            return None
        del self._pending[key]
        self._drop(self.open(message.target), message)
        return message

    # -- helpers -----------------------------------------------------------------------------

    def _message(self, event: ev.Said) -> Message:
        return Message(
            event.at,
            event.source,
            event.target,
            event.text,
            event.kind,
            event.msgid,
            event.own,
            event.account,
            event.reply_to,
            mention=not event.own and self.is_mention(event.text),
        )

    def _is_in(self, message: Message, buffer: Buffer) -> bool:
        return folded(message.target) == folded(buffer.name)

    def _put(self, buffer: Buffer, entry: Entry) -> None:
        """Append an entry; what is not acknowledged yet stays last."""
        entries = buffer.entries
        if isinstance(entry, Message) and entry.state is not State.SENT:
            entries.append(entry)
            buffer.waiting += 1
        else:
            entries.insert(len(entries) - buffer.waiting, entry)
        if isinstance(entry, Message) and entry.msgid:
            buffer.by_id[entry.msgid] = entry
        most = self._capacity * (3 if buffer.held else 1)
        if len(entries) > most + most // 10:
            self._trim(buffer, len(entries) - most)
        self._note(buffer)

    def _trim(self, buffer: Buffer, count: int) -> None:
        """Let the oldest go, but nothing that was not sent yet."""
        count = min(count, len(buffer.entries) - buffer.waiting)
        if count <= 0:
            return
        for entry in buffer.entries[:count]:
            if isinstance(entry, Message):
                buffer.by_id.pop(entry.msgid, None)
        del buffer.entries[:count]
        buffer.complete, buffer.before = False, ""

    def _drop(self, buffer: Buffer, message: Message) -> None:
        """Take out a message that was not acknowledged until now."""
        first = len(buffer.entries) - buffer.waiting
        for at in range(first, len(buffer.entries)):
            if buffer.entries[at] is message:
                del buffer.entries[at]
                buffer.waiting -= 1
                break
        self._note(buffer)

    def _note(self, buffer: Buffer) -> None:
        self._changed.add(folded(buffer.name))
