"""Events as lines for people. Nothing that this returns can steer a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client import events as ev
from cli.client.conversation import folded

MAX_LISTED: Final = 30
"""Names of a room that are listed unasked; the rest is counted."""


DAY: Final = "%A, %d %B %Y"
"""How a date is written on a line of its own."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``clock`` (``12:03``), who (may be empty), text. ``quiet``: not somebody's words.

    ``error`` lines tell that something did not work; ``local`` ones are about this client and its
    connection, not part of the chat. Behind the ``new`` one is what was not seen yet.
    """

    clock: str
    who: str
    text: str
    quiet: bool = False
    error: bool = False
    local: bool = False
    new: bool = False

    def __str__(self) -> str:
        return f"{self.clock} {self.who}{self.text}"


class Renderer:
    """Turns events into lines, seen from one target that the user writes to at the moment."""

    def __init__(self, target: str, clock: Callable[[], float] = time.time) -> None:
        self.target = target
        self._clock = clock
        self._day: str | None = None
        self._writers: dict[type, Callable[[Any], list[Line]]] = {
            ev.Said: self._said,
            ev.Joined: self._joined,
            ev.Left: self._left,
            ev.Quit: self._quit,
            ev.Renamed: self._renamed,
            ev.AwayChanged: self._away,
            ev.TopicIs: self._topic,
            ev.Members: self._members,
            ev.Gap: self._gap,
            ev.NewSince: self._new_since,
            ev.PastIs: self._past,
            ev.FoundIs: self._found,
            ev.Connected: self._connected,
            ev.Disconnected: self._disconnected,
            ev.Unreachable: self._unreachable,
            ev.Sending: lambda event: [],
            ev.SentAs: lambda event: [],
            ev.Typing: lambda event: [],
            ev.MarkerIs: lambda event: [],
            ev.Reacted: self._reacted,
            ev.Redacted: self._redacted,
            ev.ModesAre: self._modes,
            ev.Invited: self._invited,
            ev.RoomRenamed: self._room_renamed,
            ev.Waiting: self._waiting,
            ev.NotSent: self._not_sent,
            ev.MayArriveTwice: self._twice,
            ev.Note: self._note,
            ev.Problem: self._problem,
            ev.Answer: self._answer,
            ev.Online: self._online,
            ev.People: self._people,
            ev.About: self._about,
        }

    def lines(self, event: ev.Event) -> list[Line]:
        """Return the lines that tell an event, with the date before them when the day changes."""
        lines = self._writers[type(event)](event)
        if isinstance(event, ev.NewSince | ev.PastIs | ev.FoundIs):
            return lines  # of whatever days
        at = getattr(event, "at", None) or self._clock()
        day = datetime.fromtimestamp(at).strftime(DAY)
        if lines and day != self._day:
            before, self._day = self._day, day
            if before is not None:
                lines.insert(0, self._status(at, day))
        return lines

    def _status(self, at: float, text: str, *, error: bool = False, local: bool = False) -> Line:
        clock = datetime.fromtimestamp(at).strftime("%H:%M")
        return Line(clock, "", f"-- {printable(text)}", quiet=True, error=error, local=local)

    def _here(self, room: str) -> bool:
        return folded(room) == folded(self.target)

    def _in(self, room: str, word: str) -> str:
        return "" if self._here(room) else f" {word} {room}"

    def _said(self, event: ev.Said) -> list[Line]:
        where = ""
        if not is_room(event.target):
            where = f"-> {event.target} "
        elif not self._here(event.target):
            where = f"{event.target} "
        who = {
            "text": f"{where}{event.source}: ",
            "notice": f"{where}-{event.source}- ",
            "action": f"{where}* {event.source} ",
        }[event.kind]
        clock = datetime.fromtimestamp(event.at).strftime("%H:%M")
        return [Line(clock, printable(who), printable(event.text))]

    def _joined(self, event: ev.Joined) -> list[Line]:
        if event.own:
            return [self._status(event.at, f"you are in {event.room}")]
        return [self._status(event.at, f"{event.nick} came{self._in(event.room, 'to')}")]

    def _left(self, event: ev.Left) -> list[Line]:
        why = f": {event.reason}" if event.reason else ""
        who = "you" if event.own else event.nick
        if event.by:
            was = "were put out" if event.own else "was put out"
            return [self._status(event.at, f"{who} {was} of {event.room} by {event.by}{why}")]
        if event.own:
            # The server can do it, too: then the reason is all that tells why.
            return [self._status(event.at, f"you are no longer in {event.room}{why}")]
        room = "" if self._here(event.room) else f" {event.room}"
        return [self._status(event.at, f"{who} left{room}{why}")]

    def _quit(self, event: ev.Quit) -> list[Line]:
        why = f" ({event.reason})" if event.reason else ""
        return [self._status(event.at, f"{event.nick} went offline{why}")]

    def _renamed(self, event: ev.Renamed) -> list[Line]:
        if event.own:
            return [self._status(event.at, f"your name is {event.new} now, not {event.old}")]
        return [self._status(event.at, f"{event.old} is called {event.new} now")]

    def _away(self, event: ev.AwayChanged) -> list[Line]:
        who, verb = ("you", "are") if event.own else (event.nick, "is")
        if event.text is None:
            return [self._status(event.at, f"{who} {verb} back")]
        text = f": {event.text}" if event.text else ""
        return [self._status(event.at, f"{who} {verb} away{text}")]

    def _topic(self, event: ev.TopicIs) -> list[Line]:
        where = self._in(event.room, "of")
        by = f" (set by {event.nick})" if event.nick else ""
        text = f"topic{where}{by}: {event.topic}" if event.topic else f"topic{where} removed{by}"
        return [self._status(event.at, text)]

    def _reacted(self, event: ev.Reacted) -> list[Line]:
        verb = "takes back" if event.taken_back else "reacts with"
        return [self._status(event.at, f"{event.nick} {verb} {event.reaction}")]

    def _redacted(self, event: ev.Redacted) -> list[Line]:
        why = f": {event.reason}" if event.reason else ""
        return [self._status(event.at, f"{event.nick} took a message back{why}")]

    def _modes(self, event: ev.ModesAre) -> list[Line]:
        where = self._in(event.room, "of")
        return [self._status(event.at, f"{event.nick} set modes{where}: {event.modes}")]

    def _invited(self, event: ev.Invited) -> list[Line]:
        who = "you" if event.own else event.nick
        return [self._status(event.at, f"{event.by} asks {who} into {event.room}")]

    def _room_renamed(self, event: ev.RoomRenamed) -> list[Line]:
        return [self._status(event.at, f"{event.old} is called {event.new} now")]

    def _members(self, event: ev.Members) -> list[Line]:
        now = self._clock()
        if not event.again:
            return [self._status(now, f"{len(event.names)} in {event.room}: {_names(event.names)}")]
        lines = []
        if event.came:
            lines.append(f"came to {event.room} meanwhile: {_names(event.came)}")
        if event.left:
            lines.append(f"left {event.room} meanwhile: {_names(event.left)}")
        return [self._status(now, text) for text in lines]

    def _gap(self, event: ev.Gap) -> list[Line]:
        place = f"in {event.target}" if is_room(event.target) else "to you"
        if event.count is None:
            why = f" ({event.reason})" if event.reason else ""
            text = f"what was said {place} meanwhile cannot be shown{why}"
        else:
            messages = "message" if event.count == 1 else "messages"
            text = f"{event.count} {messages} {place} could not be recovered"
        return [self._status(self._clock(), text)]

    def _new_since(self, event: ev.NewSince) -> list[Line]:
        places = event.places
        if not places:
            return []
        count = sum(place.count for place in places)
        more = "more than " if any(place.at_least for place in places) else ""
        text = f"{more}{count} new since you were here"
        if len(places) > 1 or not self._here(places[0].target) or places[0].hidden:
            listed = sorted(places, key=lambda place: -place.count)
            text += f": {', '.join(_new_in(place) for place in listed[:MAX_LISTED])}"
            if len(listed) > MAX_LISTED:
                text += f" and in {len(listed) - MAX_LISTED} more places"
        return [Line("-----", "", f"-- {printable(text)}", new=True, local=True)]

    def _past(self, event: ev.PastIs) -> list[Line]:
        place = f"in {event.target}" if is_room(event.target) else f"with {event.target}"
        if not event.said:
            return [self._status(self._clock(), f"nothing was said {place}")]
        lines = self._days(event.said)
        first, last = f"what was said {place}:", f"this was {place} before"
        return [self._frame(first), *lines, self._frame(last)]

    def _found(self, event: ev.FoundIs) -> list[Line]:
        if not event.said:
            return [self._status(self._clock(), f"nothing is found: {event.words}")]
        lines = self._days(event.said)
        first, last = f"what was said with {event.words}:", "this was found"
        return [self._frame(first), *lines, self._frame(last)]

    def _days(self, past: Sequence[ev.Said]) -> list[Line]:
        """Of whatever days, with the date before each."""
        lines: list[Line] = []
        day = ""
        for said in past:
            its_day = datetime.fromtimestamp(said.at).strftime(DAY)
            if its_day != day:
                lines.append(self._frame(its_day))
            lines += self._said(said)
            day = its_day
        return lines

    def _frame(self, text: str) -> Line:
        return Line("-----", "", f"-- {printable(text)}", quiet=True)

    def _connected(self, event: ev.Connected) -> list[Line]:
        text = f"connected to {event.server} as {event.nick}"
        if event.again:
            text = f"connected again, to {event.server}"
        if event.moved:
            text = f"moved to {event.server}: the other gateway is being restarted"
        return [self._status(self._clock(), text, local=True)]

    def _disconnected(self, event: ev.Disconnected) -> list[Line]:
        text = f"connection to {event.server} lost ({event.reason}): connecting again"
        return [self._status(self._clock(), text, error=True, local=True)]

    def _unreachable(self, event: ev.Unreachable) -> list[Line]:
        text = (
            f"{event.reason}: next try in {max(event.retry_in, 0.1):.1f} s, "
            "further ones after longer pauses"
        )
        return [self._status(self._clock(), text, error=True, local=True)]

    def _waiting(self, event: ev.Waiting) -> list[Line]:
        text = f"to {event.target}, as soon as the connection is back: {event.text}"
        return [self._status(self._clock(), text, local=True)]

    def _not_sent(self, event: ev.NotSent) -> list[Line]:
        text = f"not sent, {event.reason}: {event.text}"
        return [self._status(self._clock(), text, error=True, local=True)]

    def _twice(self, event: ev.MayArriveTwice) -> list[Line]:
        text = f"{twice(event)}: {event.text}"
        return [self._status(self._clock(), text, error=True, local=True)]

    def _note(self, event: ev.Note) -> list[Line]:
        return [self._status(self._clock(), event.text)]

    def _problem(self, event: ev.Problem) -> list[Line]:
        return [self._status(self._clock(), event.text, error=True, local=True)]

    def _online(self, event: ev.Online) -> list[Line]:
        return [self._status(self._clock(), f"{', '.join(event.nicks)}: online")]

    def _answer(self, event: ev.Answer) -> list[Line]:
        return [self._status(self._clock(), event.text, local=True)]

    def _people(self, event: ev.People) -> list[Line]:
        names = tuple(row.nick + (" (away)" if row.away else "") for row in event.rows)
        place = "online" if event.mask == "*" else f"in {event.mask}"
        text = f"{len(names)} {place}: {', '.join(names)}" if names else f"nobody {place}"
        return [self._status(self._clock(), text)]

    def _about(self, event: ev.About) -> list[Line]:
        facts = []
        if event.account:
            facts.append(f"account {event.account}")
        if event.away is not None:
            facts.append(f"away: {event.away}" if event.away else "away")
        if event.since:
            facts.append(f"online since {datetime.fromtimestamp(event.since):%d %b %H:%M}")
            facts.append(f"idle {event.idle // 60} min")
        if event.rooms:
            facts.append(f"in {', '.join(event.rooms)}")
        return [self._status(self._clock(), f"{event.nick}: {'; '.join(facts) or 'online'}")]


def _new_in(place: ev.NewIn) -> str:
    word = "in" if is_room(place.target) else "from"
    more = "more than " if place.at_least else ""
    hidden = f" (the last {place.count - place.hidden} shown)" if place.hidden else ""
    return f"{more}{place.count} {word} {place.target}{hidden}"


def twice(event: ev.MayArriveTwice) -> str:
    """Say that a message is in doubt, and why."""
    return (
        f"without an account the server cannot tell a retry from a new message: what was on its "
        f"way to {event.target} when the connection broke may arrive twice"
    )


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:MAX_LISTED])
    return shown if len(names) <= MAX_LISTED else f"{shown} and {len(names) - MAX_LISTED} more"
