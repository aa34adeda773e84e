"""What the server's lines mean: each message becomes events, and the rooms are kept. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.checks import is_room_name
from cli.client.dataclass import dataclass
from cli.client.ignoring import Ignoring
from cli.client.lists import Lists
from cli.client.modes import Modes
from cli.client.spelling import folded as folded
from cli.client.spelling import read_time as read_time
from cli.client.spelling import server_time as server_time
from cli.client.spelling import standard_reply
from cli.client.spelling import timestamp as timestamp
from cli.client.tagged import answered, msgid_of, tagged

_NO_PROBLEM: Final = ("422",)
"""Errors that nobody needs to know of: no message of the day."""

PLAYED: Final = frozenset({"PRIVMSG", "NOTICE", "REDACT", "TAGMSG"})
"""Of what is played back, what this client shows: what was said, and what became of it."""

MAX_ROOMS: Final = 500
"""Rooms that a server can put this user into; chatd allows fewer."""

MAX_MEMBERS: Final = 300_000
"""Of all rooms together; who comes beyond them is not listed."""

MAX_NAME: Final = 200
"""Characters of a name that are looked at; servers allow fewer."""

MAX_TOPIC: Final = 4000
"""Characters of a topic that are kept."""

_ACTION: Final = "\x01ACTION "


@dataclass(slots=True)
class Member:
    """Somebody in a room; ``marks`` are what they may do there, the highest first: ``@+``."""

    nick: str
    marks: str = ""
    away: bool = False


@dataclass(slots=True)
class Room:
    """A room that this user is in; members by the folded form of their names."""

    name: str
    members: dict[str, Member] = field(default_factory=dict)
    listing: dict[str, Member] = field(default_factory=dict)
    before: dict[str, Member] | None = None
    """Who was there when the connection broke, until the new list has come."""


class Conversation:
    """One user's view of the chat, through all its connections."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.away = False
        """This session is marked as being away."""
        self.rooms: dict[str, Room] = {}
        self.modes = Modes()
        self.ignoring = Ignoring()
        self._lists = Lists(self.modes)
        self._handlers: dict[str, Callable[[Message, str], list[ev.Event]]] = {
            "PRIVMSG": self._said,
            "NOTICE": self._said,
            "JOIN": self._join,
            "PART": self._part,
            "KICK": self._kick,
            "QUIT": self._quit,
            "NICK": self._rename,
            "AWAY": self._away,
            "TOPIC": self._topic,
            "FAIL": self._fail,
            "WARN": self._standard_note,
            "NOTE": self._standard_note,
            "332": self._topic_is,
            "353": self._names,
            "366": self._names_end,
            "005": self._isupport,
            "301": self._is_away,
            "305": self._own_away,
            "306": self._own_away,
            "341": self._inviting,
            "372": self._note,
            "INVITE": self._invited,
            "MARKREAD": self._marker,
            "MODE": self._mode,
            "REDACT": self._redacted,
            "RENAME": self._room_renamed,
            "TAGMSG": self._tags,
        }

    def connection_lost(self) -> None:
        """Keep the rooms, to tell afterwards who came and went meanwhile."""
        self.away = False
        for room in self.rooms.values():
            if room.before is None:
                room.before = dict(room.members)
            room.listing.clear()
        self._lists.clear()

    def is_me(self, nick: str) -> bool:
        """Tell whether a name is this user's."""
        return folded(nick) == folded(self.nick)

    def _is_full(self) -> bool:
        return sum(len(room.members) for room in self.rooms.values()) >= MAX_MEMBERS

    def known_names(self) -> list[str]:
        """Return everybody in this user's rooms, without this user, each once."""
        names = {
            key: member.nick for room in self.rooms.values() for key, member in room.members.items()
        }
        names.pop(folded(self.nick), None)
        return sorted(names.values(), key=folded)

    def receive(self, message: Message) -> list[ev.Event]:
        """Take one message from the server; return what it means."""
        handler = self._handlers.get(message.command)
        source = (message.source or "").partition("!")[0][:MAX_NAME]
        if self.ignoring.hides(message) and not self.is_me(source):
            return []
        try:
            if handler is not None:
                return handler(message, source)
            if message.command in self._lists.handlers:
                return self._lists.handlers[message.command](message)
        except IndexError:  # a line with too few parameters means nothing
            return []
        if message.command in _NO_PROBLEM:
            return []
        if message.command.isdigit() and "400" <= message.command < "600":
            return [ev.Problem(" ".join(message.params[1:]))]
        return []

    def played(self, message: Message) -> list[ev.Event]:
        """Take one message that the server plays back: it says nothing of how things are now."""
        events = self.receive(message) if message.command in PLAYED else []
        return [event for event in events if not isinstance(event, ev.Typing | ev.Note)]

    def _said(self, message: Message, source: str) -> list[ev.Event]:
        target, text = message.params[0], message.params[1]
        kind: ev.Kind = "notice" if message.command == "NOTICE" else "text"
        if text.startswith(_ACTION) and kind == "text":
            kind, text = "action", text.removeprefix(_ACTION).removesuffix("\x01")
        if "!" not in (message.source or "") and kind == "notice":
            return [ev.Note(f"{target}: {text}" if is_room(target) else text)]
        tags, own = message.tags, self.is_me(source)
        account = tags.get("account", "")
        answers = answered(tags)
        at, msgid = timestamp(message), msgid_of(tags)
        said = ev.Said(at, source, target, text, kind, msgid, own, False, account, answers)
        return [said]

    def _tags(self, message: Message, source: str) -> list[ev.Event]:
        own = self.is_me(source)
        return tagged(message.tags, timestamp(message), source, message.params[0], own=own)

    def _redacted(self, message: Message, source: str) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/message-redaction"""
        target, msgid = message.params[0], message.params[1]
        reason = message.params[2] if len(message.params) > 2 else ""
        own = self.is_me(source)
        return [ev.Redacted(timestamp(message), target, msgid, source, reason, own)]

    def _marker(self, message: Message, source: str) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/read-marker"""
        at = read_time(message.params[1].removeprefix("timestamp="))
        return [] if at is None else [ev.MarkerIs(message.params[0], at)]

    def _join(self, message: Message, source: str) -> list[ev.Event]:
        name = message.params[0]
        key, own = folded(name), self.is_me(source)
        if own and not is_room_name(name):
            return []  # we could not name it in a line to the server
        if own:
            again = key in self.rooms
            if not again and len(self.rooms) >= MAX_ROOMS:
                return []
            room = self.rooms.setdefault(key, Room(name))
            room.members[folded(source)] = Member(source)
            return [] if again else [ev.Joined(timestamp(message), name, source, own=True)]
        if key not in self.rooms or folded(source) in self.rooms[key].members:
            return []
        if self._is_full():
            return []
        self.rooms[key].members[folded(source)] = Member(source)
        return [ev.Joined(timestamp(message), name, source)]

    def _part(self, message: Message, source: str) -> list[ev.Event]:
        reason = message.params[1] if len(message.params) > 1 else ""
        return self._left(message, source, reason)

    def _kick(self, message: Message, source: str) -> list[ev.Event]:
        reason = message.params[2] if len(message.params) > 2 else ""
        return self._left(message, message.params[1], reason, by=source)

    def _left(self, message: Message, nick: str, reason: str, by: str = "") -> list[ev.Event]:
        key, own = folded(message.params[0]), self.is_me(nick)
        room = self.rooms.get(key)
        if room is None:
            return []
        room.members.pop(folded(nick), None)
        if own:
            del self.rooms[key]
        return [ev.Left(timestamp(message), room.name, nick, reason, by, own)]

    def _quit(self, message: Message, source: str) -> list[ev.Event]:
        key = folded(source)
        rooms = [room for room in self.rooms.values() if room.members.pop(key, None) is not None]
        # Servers put this before the reason that the user gave, if any.
        reason = message.params[0].removeprefix("Quit: ") if message.params else ""
        return [ev.Quit(timestamp(message), source, reason, _named(rooms))]

    def _rename(self, message: Message, source: str) -> list[ev.Event]:
        new, own = message.params[0][:MAX_NAME], self.is_me(source)
        rooms = [room for room in self.rooms.values() if folded(source) in room.members]
        for room in rooms:
            member = room.members.pop(folded(source))
            member.nick = new
            room.members[folded(new)] = member
        if own:
            self.nick = new
        return [ev.Renamed(timestamp(message), source, new, own, _named(rooms))]

    def _away(self, message: Message, source: str) -> list[ev.Event]:
        text = message.params[0] if message.params and message.params[0] else None
        if self.is_me(source):
            return []
        return self.presence(source, text, timestamp(message))

    def presence(self, nick: str, text: str | None, at: float) -> list[ev.Event]:
        """Take note that somebody is away, with a text, or there (None)."""
        for member in self.members_called(nick):
            member.away = text is not None
        return [ev.AwayChanged(at, nick, text)]

    def members_called(self, nick: str) -> list[Member]:
        """Return somebody's places in the rooms."""
        key = folded(nick)
        return [room.members[key] for room in self.rooms.values() if key in room.members]

    def _own_away(self, message: Message, source: str) -> list[ev.Event]:
        text = "" if message.command == "306" else None
        self.away = text is not None
        for member in self.members_called(self.nick):
            member.away = text is not None
        return [ev.AwayChanged(timestamp(message), self.nick, text, own=True)]

    def _is_away(self, message: Message, source: str) -> list[ev.Event]:
        nick, text = message.params[1], message.params[2]
        if self._lists.is_away(nick, text):
            return []
        return self.presence(nick, text, timestamp(message))

    def _mode(self, message: Message, source: str) -> list[ev.Event]:
        name, changes = message.params[0], message.params[1:]
        room = self.rooms.get(folded(name))
        if not is_room(name) or not changes:
            return []
        for nick, mark, given in self.modes.of_members(changes):
            member = room.members.get(folded(nick)) if room is not None else None
            if member is not None:
                marks = member.marks + mark if given else member.marks.replace(mark, "")
                member.marks = self.modes.sorted(marks)
        shown = room.name if room is not None else name
        return [ev.ModesAre(timestamp(message), shown, source, " ".join(changes))]

    def _isupport(self, message: Message, source: str) -> list[ev.Event]:
        for token in message.params[1:-1]:
            self.modes.isupport(token)
        return []

    def _invited(self, message: Message, source: str) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/invite-notify"""
        nick, room = message.params[0], message.params[1]
        return [ev.Invited(timestamp(message), room, nick, source, self.is_me(nick))]

    def _inviting(self, message: Message, source: str) -> list[ev.Event]:
        nick, room = message.params[1], message.params[2]
        return [ev.Invited(timestamp(message), room, nick, self.nick)]

    def _room_renamed(self, message: Message, source: str) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/channel-rename"""
        old, new = message.params[0], message.params[1]
        reason = message.params[2] if len(message.params) > 2 else ""
        room = self.rooms.get(folded(old))
        if room is None or not is_room_name(new) or self.rooms.get(folded(new), room) is not room:
            return []
        del self.rooms[folded(old)]
        room.name = new
        self.rooms[folded(new)] = room
        return [ev.RoomRenamed(timestamp(message), old, new, reason)]

    def _topic(self, message: Message, source: str) -> list[ev.Event]:
        room, topic = message.params[0], message.params[1][:MAX_TOPIC]
        return [ev.TopicIs(timestamp(message), room, topic, source)]

    def _topic_is(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.TopicIs(timestamp(message), message.params[1], message.params[2][:MAX_TOPIC])]

    def _names(self, message: Message, source: str) -> list[ev.Event]:
        room = self.rooms.get(folded(message.params[2]))
        if room is not None:
            others = (one for one in self.rooms.values() if one is not room)
            most = MAX_MEMBERS - sum(max(len(one.members), len(one.listing)) for one in others)
            for name in message.params[3].split():
                marks, nick = self.modes.split(name.partition("!")[0])
                known = room.members.get(folded(nick))
                away = known is not None and known.away
                if nick and len(nick) <= MAX_NAME and len(room.listing) < most:
                    room.listing[folded(nick)] = Member(nick, marks, away)
        return []

    def _names_end(self, message: Message, source: str) -> list[ev.Event]:
        room = self.rooms.get(folded(message.params[1]))
        if room is None or not room.listing:
            return []
        now, before = room.listing, room.before
        room.members, room.listing, room.before = now, {}, None
        names = tuple(now[key].nick for key in sorted(now))
        if before is None:
            return [ev.Members(room.name, names)]
        came = tuple(now[key].nick for key in sorted(now.keys() - before.keys()))
        left = tuple(before[key].nick for key in sorted(before.keys() - now.keys()))
        return [ev.Members(room.name, names, came, left, again=True)]

    def _fail(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Problem(standard_reply(message.params))]

    def _note(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Note(message.params[-1])]

    def _standard_note(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Note(standard_reply(message.params))]


def _named(rooms: Sequence[Room]) -> tuple[str, ...]:
    return tuple(room.name for room in rooms)
