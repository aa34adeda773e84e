"""Rooms and conversations, each with what was said there: what screens ask and say. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cli.client import events as ev
from cli.client.conversation import Conversation
from cli.client.entries import Message, State
from cli.client.reactions import Early
from cli.client.spelling import folded
from cli.client.stock import CAPACITY as CAPACITY
from cli.client.stock import STATUS as STATUS
from cli.client.stock import Buffer as Buffer
from cli.client.stock import Stock


class _Mentions:
    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self._folded = [word.casefold() for word in words if word]
        wanted = "|".join(map(re.escape, self._folded))
        self._pattern = re.compile(rf"(?<!\w)(?:{wanted})(?!\w)")

    def are_in(self, text: str) -> bool:
        text = text.casefold()
        # Most texts have none: that is found out much faster without the pattern.
        found = any(word in text for word in self._folded)
        return found and self._pattern.search(text) is not None


class Shelf(Stock):
    """All buffers; `cli.client.buffers` fills them. ``words`` besides the nick are mentions."""

    def __init__(self, chat: Conversation, *, words: Sequence[str] = (), **more: Any) -> None:
        super().__init__(chat, **more)
        self.words = tuple(words)
        self.last_private = ""
        """Who wrote to this user alone last: whom ``/r`` answers."""
        self._early = Early()
        self._mentions = _Mentions(())

    # -- what screens ask --------------------------------------------------------------------

    def order(self) -> list[Buffer]:
        """Return all but the status one, that with the latest message first."""
        others = [buffer for buffer in self._all.values() if buffer is not self.status]
        return sorted(others, key=lambda buffer: (-buffer.last, folded(buffer.name)))

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
        words = (self.chat.nick, *self.words)
        if self._mentions.words != words:
            self._mentions = _Mentions(words)
        return self._mentions.are_in(text)

    # -- pages of the past -------------------------------------------------------------------

    def prepend(
        self, name: str, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted] = ()
    ) -> int:
        """Put older messages before those that are here; return how many were new.

        ``reacted``: what was played back with them.
        """
        buffer = self.open(name)
        fresh = self._fresh(buffer, page, reacted)
        self._add(buffer, 0, fresh)
        if fresh:
            buffer.last = max(buffer.last, fresh[-1].at)
        if buffer.weight > 3 * self._capacity:
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
        self._take_out(buffer, 0, len(buffer.entries))
        buffer.waiting = 0
        buffer.detached, buffer.complete = True, False
        buffer.before = buffer.behind = ""
        self.prepend(name, page, reacted)
        if not detached:
            self.attach(name)

    def append(self, name: str, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted] = ()) -> int:
        """Put newer messages behind those of a detached buffer; return how many were new."""
        buffer = self.open(name)
        fresh = self._fresh(buffer, page, reacted)
        self._add(buffer, len(buffer.entries), fresh)
        self._trim(buffer, 3 * self._capacity)
        self._note(buffer)
        return len(fresh)

    def attach(self, name: str) -> None:
        """Take note that a detached buffer has all up to the end, but for what came just now."""
        buffer = self.open(name)
        known = [at for at, one in enumerate(buffer.late) if one.msgid in buffer.by_id]
        late = list(buffer.late)[known[-1] + 1 if known else 0 :]
        buffer.late.clear()
        buffer.detached, buffer.below, buffer.behind = False, 0, ""
        self._add(buffer, len(buffer.entries), late)
        self._wait(buffer)
        self._note(buffer)

    def _fresh(
        self, buffer: Buffer, page: Sequence[ev.Said], reacted: Sequence[ev.Reacted]
    ) -> list[Message]:
        """Return those that are not here yet, each once, with what people reacted."""
        fresh: dict[str, Message] = {}
        for at, said in enumerate(page):
            if not said.msgid or said.msgid not in buffer.by_id:
                fresh.setdefault(said.msgid or f" {at}", self._message(said))
        for event in reversed(reacted):
            self._early.keep(event, older=True)
        self._early.apply(fresh.values())
        return list(fresh.values())

    def forget_failed(self, key: str) -> Message | None:
        """Take a message that was not sent out, to send it again or not at all."""
        message = self._pending.get(key)
        if message is None or message.state is not State.FAILED:
            return None
        del self._pending[key]
        self._drop(message)
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
