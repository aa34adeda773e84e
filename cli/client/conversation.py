"""What the server's lines mean: each message becomes events, and the rooms are kept. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.checks import is_room_name, number
from cli.client.dataclass import dataclass
from cli.client.spelling import folded as folded
from cli.client.spelling import is_time
from cli.client.spelling import read_time as read_time
from cli.client.spelling import server_time as server_time
from cli.client.spelling import timestamp as timestamp

_STATUS: Final = "~&@%+"
"""Marks before a name in 353 and a room in 319, RPL_ISUPPORT PREFIX=(qaohv)~&@%+"""

_NO_PROBLEM: Final = ("422",)
"""Errors that nobody needs to know of: no message of the day."""

PLAYED: Final = frozenset({"PRIVMSG", "NOTICE"})
"""Of what is played back, what this client shows: what was said, and what became of it."""

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
        self.rooms: dict[str, Room] = {}
        self._people: list[ev.Person] = []
        self._about: ev.About | None = None
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
            "352": self._who,
            "315": self._who_end,
            "301": self._is_away,
            "305": self._own_away,
            "306": self._own_away,
            "372": self._note,
            "730": self._online,
            **dict.fromkeys(("311", "317", "319", "330", "318"), self._whois),
        }

    def connection_lost(self) -> None:
        """Keep the rooms, to tell afterwards who came and went meanwhile."""
        for room in self.rooms.values():
            if room.before is None:
                room.before = dict(room.members)
            room.listing.clear()
        self._people.clear()
        self._about = None

    def is_me(self, nick: str) -> bool:
        """Tell whether a name is this user's."""
        return folded(nick) == folded(self.nick)

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
        source = (message.source or "").partition("!")[0]
        try:
            if handler is not None:
                return handler(message, source)
        except IndexError:  # a line with too few parameters means nothing
            return []
        if message.command in _NO_PROBLEM:
            return []
        if message.command.isdigit() and "400" <= message.command < "600":
            return [ev.Problem(" ".join(message.params[1:]))]
        return []

    def played(self, message: Message) -> list[ev.Event]:
        """Take one message that the server plays back: it says nothing of how things are now."""
        return self.receive(message) if message.command in PLAYED else []

    def _said(self, message: Message, source: str) -> list[ev.Event]:
        target, text = message.params[0], message.params[1]
        kind: ev.Kind = "notice" if message.command == "NOTICE" else "text"
        if text.startswith(_ACTION) and kind == "text":
            kind, text = "action", text.removeprefix(_ACTION).removesuffix("\x01")
        if "!" not in (message.source or "") and kind == "notice":
            return [ev.Note(f"{target}: {text}" if is_room(target) else text)]
        msgid = message.tags.get("msgid", "")
        own = self.is_me(source)
        account = message.tags.get("account", "")
        at = timestamp(message)
        return [ev.Said(at, source, target, text, kind, msgid, own, account=account)]

    def _join(self, message: Message, source: str) -> list[ev.Event]:
        name = message.params[0]
        key, own = folded(name), self.is_me(source)
        if own and not is_room_name(name):
            return []  # we could not name it in a line to the server
        if own:
            again = key in self.rooms
            room = self.rooms.setdefault(key, Room(name))
            room.members[folded(source)] = Member(source)
            return [] if again else [ev.Joined(timestamp(message), name, source, own=True)]
        if key not in self.rooms or folded(source) in self.rooms[key].members:
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
        new, own = message.params[0], self.is_me(source)
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
        return [ev.AwayChanged(timestamp(message), source, text)]

    def _own_away(self, message: Message, source: str) -> list[ev.Event]:
        text = "" if message.command == "306" else None
        return [ev.AwayChanged(timestamp(message), self.nick, text, own=True)]

    def _is_away(self, message: Message, source: str) -> list[ev.Event]:
        nick, text = message.params[1], message.params[2]
        if self._about is not None and folded(self._about.nick) == folded(nick):
            self._about = replace(self._about, away=text)
            return []
        return [ev.AwayChanged(timestamp(message), nick, text)]

    def _topic(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.TopicIs(timestamp(message), message.params[0], message.params[1], source)]

    def _topic_is(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.TopicIs(timestamp(message), message.params[1], message.params[2])]

    def _names(self, message: Message, source: str) -> list[ev.Event]:
        room = self.rooms.get(folded(message.params[2]))
        if room is not None:
            for name in message.params[3].split():
                nick = name.lstrip(_STATUS)
                known = room.members.get(folded(nick))
                away = known is not None and known.away
                room.listing[folded(nick)] = Member(nick, name[: len(name) - len(nick)], away)
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

    def _online(self, message: Message, source: str) -> list[ev.Event]:
        """https://ircv3.net/specs/extensions/monitor#rpl_mononline"""
        nicks = [mask.partition("!")[0] for mask in message.params[1].split(",")]
        return [ev.Online(tuple(nicks))]

    def _who(self, message: Message, source: str) -> list[ev.Event]:
        self._people.append(ev.Person(message.params[5], message.params[6].startswith("G")))
        return []

    def _who_end(self, message: Message, source: str) -> list[ev.Event]:
        people = {folded(person.nick): person for person in self._people}
        self._people = []
        rows = tuple(people[key] for key in sorted(people))
        return [ev.People(message.params[1], rows)]

    def _whois(self, message: Message, source: str) -> list[ev.Event]:
        about = self._about
        if message.command == "311" or about is None:
            about = ev.About(message.params[1])
        params = message.params
        match message.command:
            case "317":
                signon = params[3] if len(params) > 4 else "0"
                since = number(signon) or 0
                since = since if is_time(since) else 0
                about = replace(about, idle=number(params[2]) or 0, since=since)
            case "319":
                rooms = tuple(name.lstrip(_STATUS) for name in params[2].split())
                about = replace(about, rooms=about.rooms + rooms)
            case "330":
                about = replace(about, account=params[2])
            case "318":
                known = self._about
                self._about = None
                return [known] if known is not None else []
        self._about = about
        return []

    def _fail(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Problem(_standard_reply(message.params))]

    def _note(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Note(message.params[-1])]

    def _standard_note(self, message: Message, source: str) -> list[ev.Event]:
        return [ev.Note(_standard_reply(message.params))]


def _named(rooms: Sequence[Room]) -> tuple[str, ...]:
    return tuple(room.name for room in rooms)


def _standard_reply(params: list[str]) -> str:
    """Return the text of FAIL, WARN or NOTE, with the room that it is about.

    ``<command> <code> [<context>...] :<text>``,
    https://ircv3.net/specs/extensions/standard-replies
    """
    text = params[-1]
    rooms = [word for word in params[2:-1] if is_room(word) and word not in text]
    return f"{', '.join(rooms)}: {text}" if rooms else text
