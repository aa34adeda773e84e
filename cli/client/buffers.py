"""What the user has before them: rooms and conversations, each with what was said there. No I/O.

A session's events are told to `Buffers.take`, in their order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.checks import is_target
from cli.client.conversation import Conversation, folded
from cli.client.entries import Happening, Message, State
from cli.client.lookback import partner
from cli.client.reactions import react
from cli.client.shelf import Buffer, Shelf

TYPING_S: Final = 6.0
"""After which somebody who does not say it again types no more,
https://ircv3.net/specs/client-tags/typing ."""

PAUSED_S: Final = 30.0
"""After which somebody who has stopped to think types no more."""

MAX_NAME: Final = 200
"""Characters of a name that a conversation can have; servers allow fewer."""

MAX_TYPING: Final = 50
"""People who are known to type in one room; the others are not shown."""

_ANSWERS = (ev.Answer, ev.Problem, ev.PastIs, ev.FoundIs, ev.About, ev.People)
"""What the user has asked for."""


class Buffers(Shelf):
    """A shelf that is told what happens. ``words`` besides the nick make a message a mention."""

    def __init__(self, chat: Conversation, *, words: Sequence[str] = (), **more: Any) -> None:
        super().__init__(chat, words=words, **more)
        self._takers: dict[type, Callable[[Any], None]] = {
            ev.Said: self._said,
            ev.Sending: self._sending,
            ev.SentAs: self._sent,
            ev.NotSent: self._not_sent,
            ev.Redacted: self._redacted,
            ev.Reacted: self._reacted,
            ev.Typing: self._types,
            ev.MarkerIs: self._marker,
            ev.PlaceIs: self._place,
            ev.NewSince: self._new_since,
            ev.Joined: self._in_room,
            ev.Left: self._in_room,
            ev.ModesAre: self._in_room,
            ev.TopicIs: self._topic,
            ev.Members: self._members,
            ev.Quit: self._of_somebody,
            ev.Renamed: self._renamed,
            ev.AwayChanged: self._away,
            ev.Gap: self._gap,
            ev.RoomRenamed: self._room_renamed,
            ev.Invited: self._invited,
            ev.Waiting: lambda event: None,
            ev.Discarded: self._discarded,
            ev.PresenceIs: self._presence,
        }

    # -- what the session tells --------------------------------------------------------------

    def take(self, event: ev.Event) -> None:
        """Take what happened."""
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)
        elif isinstance(event, _ANSWERS):
            self._happened(self.open(self.current), event)
        else:
            self._happened(self.status, event)

    def _said(self, event: ev.Said) -> None:
        name = event.target if is_room(event.target) else partner(event)
        if not name or len(name) > MAX_NAME:
            return self._happened(self.status, event)
        buffer = self.open(name)
        if event.msgid and event.msgid in buffer.by_id:
            return None
        message = self._message(event)
        buffer.last = max(buffer.last, event.at)
        if buffer.typing:
            self._types_no_more(buffer, event.source)
        if not buffer.is_room and not event.own:
            self.last_private = buffer.name
        if event.own:
            self.read(buffer.name, event.at)  # whoever answers has read it, on whatever device
        elif event.at > buffer.marker:
            buffer.unread += 1
            buffer.mentions += message.mention
            buffer.below += buffer.detached
        if buffer.detached:
            buffer.late.append(message)
            self._note(buffer)
        else:
            self._put(buffer, message)
        return None

    def _sending(self, event: ev.Sending) -> None:
        known = self._pending.get(event.key)
        if known is not None:
            known.state, known.reason = State.PENDING, ""
            known.changed()
            return self._note(self.open(known.target))
        message = Message(event.at, self.chat.nick, event.target, event.text, event.kind, own=True)
        message.key, message.reply_to, message.state = event.key, event.reply_to, State.PENDING
        buffer = self.open(event.target)
        self._pending[event.key] = message
        buffer.last = max(buffer.last, event.at)
        if not buffer.detached:
            self._put(buffer, message)
        return None

    def _sent(self, event: ev.SentAs) -> None:
        """The message itself is told, too, in its place among those of others."""
        message = self._pending.pop(event.key, None)
        if message is not None:
            self._drop(message)

    def _not_sent(self, event: ev.NotSent) -> None:
        message = self._pending.get(event.key)
        if message is None:
            return self._happened(self.open(event.target), event)
        message.state, message.reason = State.FAILED, event.reason
        message.changed()
        return self._note(self.open(message.target))

    def _discarded(self, event: ev.Discarded) -> None:
        self.forget_failed(event.key)

    def _redacted(self, event: ev.Redacted) -> None:
        found = self._find(event.target, event.nick, event.msgid, own=event.own)
        if found is not None:
            found[1].deleted_by, found[1].text = event.nick or "*", ""
            found[1].changed()
            self._reweigh(*found)
            self._note(found[0])

    def _reacted(self, event: ev.Reacted) -> None:
        found = self._find(event.target, event.nick, event.msgid, own=event.own)
        if found is not None:
            react(found[1], event)
            self._reweigh(*found)
            self._note(found[0])
        else:
            self._early.keep(event)

    def _types(self, event: ev.Typing) -> None:
        buffer = self.get(event.target if is_room(event.target) else event.nick)
        if buffer is None or self.chat.is_me(event.nick):
            return
        now = self._clock()
        self._types_no_more(buffer, event.nick)
        for nick in [nick for nick, until in buffer.typing.items() if until <= now]:
            del buffer.typing[nick]
        if event.active and len(buffer.typing) < MAX_TYPING:
            buffer.typing[event.nick] = now + (PAUSED_S if event.paused else TYPING_S)
        self._note(buffer)

    def _types_no_more(self, buffer: Buffer, nick: str) -> None:
        """Take note that somebody has said it, or is gone."""
        key = folded(nick)
        for known in [known for known in buffer.typing if folded(known) == key]:
            del buffer.typing[known]
            self._note(buffer)

    def _marker(self, event: ev.MarkerIs) -> None:
        self.read(event.target, event.at)

    def _place(self, event: ev.PlaceIs) -> None:
        """What the server counts and what is here may overlap: the larger number is right."""
        if self.get(event.target) is None and not self._opens(event):
            return
        buffer = self.open(event.target)
        buffer.last = max(buffer.last, event.last)
        self._note(buffer)
        if event.unread is None or (event.marker is None and buffer.is_room):
            return
        if buffer.entries and buffer.marker > (event.marker or 0.0):
            return  # it was read here, and the server has not heard of it yet
        buffer.marker = max(buffer.marker, event.marker or 0.0)
        new = [one for one in buffer.messages() if one.at > buffer.marker and not one.own]
        buffer.unread = max(event.unread, len(new))
        buffer.mentions = max(event.mentions, sum(one.mention for one in new))

    def _opens(self, event: ev.PlaceIs) -> bool:
        """Tell whether a conversation is shown: one that was closed waits for something new."""
        closed = self.closed.get(folded(event.target), -1.0)
        return bool(event.unread) or (event.unread is None and event.last > closed)

    def _new_since(self, event: ev.NewSince) -> None:
        """What came before this is read; what comes now is new."""
        for buffer in self._all.values():
            buffer.unread = buffer.mentions = 0
            buffer.marker = buffer.since = max(buffer.marker, buffer.last)
            self._note(buffer)
        for place in event.places:
            buffer = self.open(place.target)
            buffer.unread = place.hidden

    def _gap(self, event: ev.Gap) -> None:
        """What is missing of all direct messages is told where all is."""
        place = self.open(event.target) if is_target(event.target) else self.status
        self._happened(place, event)

    def _in_room(self, event: ev.Joined | ev.Left | ev.ModesAre) -> None:
        if isinstance(event, ev.Joined) and event.own:
            self._is_in(self.open(event.room))
        buffer = self.get(event.room)
        if buffer is not None:
            if isinstance(event, ev.Left):
                self._types_no_more(buffer, event.nick)
                buffer.left = buffer.left or event.own
            self._happened(buffer, event)

    def _is_in(self, buffer: Buffer) -> None:
        """Begin anew in a room that the user had left: what was said meanwhile is not here."""
        if buffer.left:
            self.replace(buffer.name, (), detached=False)
            buffer.left = buffer.paged = False

    def _invited(self, event: ev.Invited) -> None:
        """It is told where the user looks when it is for them, else in the room."""
        room = self.get(event.room)
        if event.own or room is None:
            room = self.open(self.current)
        self._happened(room, event)

    def _topic(self, event: ev.TopicIs) -> None:
        buffer = self.get(event.room)
        if buffer is None:
            return self._happened(self.open(self.current), event)
        known, buffer.topic = buffer.topic, event.topic
        if event.nick or (event.topic and event.topic != known):
            return self._happened(buffer, event)
        return self._note(buffer)

    def _members(self, event: ev.Members) -> None:
        buffer = self.open(event.room)
        if event.came or event.left:
            self._happened(buffer, event)
        self._note(buffer)

    def _presence(self, event: ev.PresenceIs) -> None:
        buffer = self.get(event.room)
        if buffer is not None:
            self._note(buffer)

    def _of_somebody(self, event: ev.Quit | ev.Renamed) -> None:
        nick = event.nick if isinstance(event, ev.Quit) else event.new
        for name in (*event.rooms, nick):
            buffer = self.get(name)
            if buffer is not None:
                self._types_no_more(buffer, nick if isinstance(event, ev.Quit) else event.old)
                self._happened(buffer, event)

    def _renamed(self, event: ev.Renamed) -> None:
        buffer = self.get(event.old)
        if folded(self.last_private) == folded(event.old):
            self.last_private = event.new
        if buffer is not None and not event.own:
            if self._all.get(folded(event.new), buffer) is buffer:
                self._move(buffer, event.new)
            else:  # what is written here reaches somebody else by now, or nobody
                self._happened(buffer, event)
        if event.own and not event.rooms:
            self._happened(self.status, event)
        self._of_somebody(event)

    def _room_renamed(self, event: ev.RoomRenamed) -> None:
        buffer = self.get(event.old)
        if buffer is not None:
            self._move(buffer, event.new)
            self._happened(buffer, event)

    def _move(self, buffer: Buffer, name: str) -> None:
        self._note(buffer)
        for message in self._pending.values():
            if folded(message.target) == folded(buffer.name):
                message.target = name
        if folded(self.current) == folded(buffer.name):
            self.current = name
        del self._all[folded(buffer.name)]
        if (other := self.get(name)) is not None:
            self._remove(other)
        buffer.name = name
        self._all[folded(name)] = buffer
        self._note(buffer)

    def _away(self, event: ev.AwayChanged) -> None:
        """Who is in a room is shown with it; it is told where one talks to them alone."""
        if event.own:
            return self._happened(self.open(self.current), event)
        for buffer in self._all.values():
            if folded(event.nick) in buffer.members:
                self._note(buffer)
        if (alone := self.get(event.nick)) is not None:
            self._happened(alone, event)
        return None

    # -- helpers -----------------------------------------------------------------------------

    def _find(
        self, target: str, nick: str, msgid: str, *, own: bool
    ) -> tuple[Buffer, Message] | None:
        buffer = self.get(target if is_room(target) or own else nick)
        message = buffer.find(msgid) if buffer is not None else None
        return (buffer, message) if buffer is not None and message is not None else None

    def _happened(self, buffer: Buffer, event: ev.Event) -> None:
        at = getattr(event, "at", 0.0) or time.time()
        if not buffer.detached:
            self._put(buffer, Happening(at, event))
