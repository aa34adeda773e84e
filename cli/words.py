"""What happens, in words: one sentence each, for whatever shows it.

Names and texts stand in them as they arrived: whoever writes them to a terminal makes them safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from chatd.wire.casemap import is_room
from chatd.wire.modes import BY_LETTER, Kind, changes_of
from cli.client import events as ev
from cli.client.conversation import folded

MAX_LISTED: Final = 30
"""Names of a room that are listed unasked; the rest is counted."""

DAY: Final = "%A, %d %B %Y"
"""How a date is written on a line of its own."""

SILENT: Final = (
    ev.Said,
    ev.PastIs,
    ev.FoundIs,
    ev.Sending,
    ev.SentAs,
    ev.Typing,
    ev.MarkerIs,
    ev.Discarded,
    ev.PresenceIs,
    ev.PlaceIs,
    ev.Passing,
)
"""What people said themselves, and what is shown in other ways than in words."""

_SHORT: Final = {"k": "key", "l": "limit of members", "f": "room for those who cannot enter"}
"""Modes with a parameter that the table of modes describes too long for a sentence."""

_TROUBLE: Final = (
    ev.Disconnected, ev.Unreachable, ev.Stopped, ev.NotSent, ev.MayArriveTwice, ev.Problem
)  # fmt: skip
_LOCAL: Final = (ev.Connected, ev.Waiting, ev.Answer, ev.NewSince, *_TROUBLE)


def is_trouble(event: ev.Event) -> bool:
    """Tell whether something did not work."""
    return isinstance(event, _TROUBLE)


def is_local(event: ev.Event) -> bool:
    """Tell whether it is about this client and its connection, not part of the chat."""
    return isinstance(event, _LOCAL)


def sentences(event: ev.Event, here: str = "") -> list[str]:
    """Say what happened, seen from the room or the person ``here``; nothing for what is silent."""
    if isinstance(event, SILENT):
        return []
    told = _WRITERS[type(event)](event, here)
    return [told] if isinstance(told, str) else told


def heading(event: ev.PastIs | ev.FoundIs) -> str:
    """Say what the messages are that follow."""
    if isinstance(event, ev.FoundIs):
        what = "what was said with" if event.said else "nothing is found:"
        return f"{what} {event.words}"
    place = f"in {event.target}" if is_room(event.target) else f"with {event.target}"
    return f"{'what' if event.said else 'nothing'} was said {place}"


def day(at: float) -> str:
    """Write the date of a time."""
    return datetime.fromtimestamp(at).strftime(DAY)


def names(listed: Sequence[str]) -> str:
    """List names; of many the first, and how many more there are."""
    shown = ", ".join(listed[:MAX_LISTED])
    return shown if len(listed) <= MAX_LISTED else f"{shown} and {len(listed) - MAX_LISTED} more"


def twice(event: ev.MayArriveTwice) -> str:
    """Say that a message is in doubt, and why."""
    return (
        f"without an account the server cannot tell a retry from a new message: what was on its "
        f"way to {event.target} when the connection broke may arrive twice"
    )


def modes(changes: str) -> list[str]:
    """Say what a MODE line changes: ``+o bob`` is ``bob is operator now``."""
    return [_mode(*change) for change in changes_of(changes)]


def _mode(sign: str, letter: str, param: str) -> str:
    mode = BY_LETTER.get(letter)
    what = _SHORT.get(letter) or (mode.what.partition(":")[0] if mode is not None else "")
    is_set = sign == "+"
    if mode is not None and mode.kind is Kind.PREFIX and param:
        verb = "has" if letter == "v" else "is"
        return f"{param} {verb} {what} now" if is_set else f"{param} {verb} no longer {what}"
    if mode is not None and mode.kind is Kind.FLAG:
        return what if is_set else f'no longer: "{what}"'
    if mode is not None and (param or not is_set):
        return f"{what}: {param}" if is_set else f"no {what} any more: {param}".removesuffix(": ")
    return f"{sign}{letter} {param}".strip()


def _in(room: str, word: str, here: str) -> str:
    return "" if folded(room) == folded(here) else f" {word} {room}"


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""


def _joined(event: ev.Joined, here: str) -> str:
    if event.own:
        return f"you are in {event.room}"
    return f"{event.nick} came{_in(event.room, 'to', here)}"


def _left(event: ev.Left, here: str) -> str:
    why = _why(event.reason)
    if event.by:
        who = "you were" if event.own else f"{event.nick} was"
        return f"{who} put out of {event.room} by {event.by}{why}"
    if event.own:
        # The server can do it, too: then the reason is all that tells why.
        return f"you are no longer in {event.room}{why}"
    room = "" if folded(event.room) == folded(here) else f" {event.room}"
    return f"{event.nick} left{room}{why}"


def _quit(event: ev.Quit, here: str) -> str:
    why = f" ({event.reason})" if event.reason else ""
    return f"{event.nick} went offline{why}"


def _renamed(event: ev.Renamed, here: str) -> str:
    if event.own:
        return f"your name is {event.new} now, not {event.old}"
    return f"{event.old} is called {event.new} now"


def _away(event: ev.AwayChanged, here: str) -> str:
    who = "you are" if event.own else f"{event.nick} is"
    return f"{who} back" if event.text is None else f"{who} away{_why(event.text)}"


def _topic(event: ev.TopicIs, here: str) -> str:
    where = _in(event.room, "of", here)
    by = f" (set by {event.nick})" if event.nick else ""
    return f"topic{where}{by}: {event.topic}" if event.topic else f"topic{where} removed{by}"


def _reacted(event: ev.Reacted, here: str) -> str:
    verb = "takes back" if event.taken_back else "reacts with"
    return f"{event.nick} {verb} {event.reaction}"


def _redacted(event: ev.Redacted, here: str) -> str:
    return f"{event.nick} took a message back{_why(event.reason)}"


def _modes(event: ev.ModesAre, here: str) -> str:
    changed = "; ".join(modes(event.modes))
    by = f" (set by {event.nick})" if event.nick else ""
    where = "" if folded(event.room) == folded(here) else f"{event.room}: "
    return f"{where}{changed}{by}"


def _invited(event: ev.Invited, here: str) -> str:
    if event.own:
        return f"{event.by} asks you into {event.room}: /join {event.room}"
    return f"{event.by} asks {event.nick} into {event.room}"


def _room_renamed(event: ev.RoomRenamed, here: str) -> str:
    return f"{event.old} is called {event.new} now{_why(event.reason)}"


def _members(event: ev.Members, here: str) -> list[str]:
    if not event.again:
        return [f"{len(event.names)} in {event.room}: {names(event.names)}"]
    told = []
    if event.came:
        told.append(f"came to {event.room} meanwhile: {names(event.came)}")
    if event.left:
        told.append(f"left {event.room} meanwhile: {names(event.left)}")
    return told


def _gap(event: ev.Gap, here: str) -> str:
    place = f"in {event.target}" if is_room(event.target) else "to you"
    if event.count is None:
        why = f" ({event.reason})" if event.reason else ""
        return f"what was said {place} meanwhile cannot be shown{why}"
    messages = "message" if event.count == 1 else "messages"
    return f"{event.count} {messages} {place} could not be recovered"


def _new_since(event: ev.NewSince, here: str) -> list[str]:
    places = event.places
    if not places:
        return []
    count = sum(place.count for place in places)
    more = "more than " if any(place.at_least for place in places) else ""
    text = f"{more}{count} new since you were here"
    if len(places) > 1 or folded(places[0].target) != folded(here) or places[0].hidden:
        listed = sorted(places, key=lambda place: -place.count)
        text += f": {', '.join(_new_in(place) for place in listed[:MAX_LISTED])}"
        if len(listed) > MAX_LISTED:
            text += f" and in {len(listed) - MAX_LISTED} more places"
    return [text]


def _new_in(place: ev.NewIn) -> str:
    word = "in" if is_room(place.target) else "from"
    more = "more than " if place.at_least else ""
    hidden = f" (the last {place.count - place.hidden} shown)" if place.hidden else ""
    return f"{more}{place.count} {word} {place.target}{hidden}"


def _connected(event: ev.Connected, here: str) -> str:
    if event.moved:
        return f"moved to {event.server}: the other gateway is being restarted"
    if event.again:
        return f"connected again, to {event.server}"
    return f"connected to {event.server} as {event.nick}"


def _disconnected(event: ev.Disconnected, here: str) -> str:
    return f"connection to {event.server} lost ({event.reason}): connecting again"


def _stopped(event: ev.Stopped, here: str) -> str:
    how = "/password asks you for it" if event.password else "/reconnect tries it again"
    return f"{event.reason}: {how}, and what you write waits"


def _unreachable(event: ev.Unreachable, here: str) -> str:
    pause = f"next try in {max(event.retry_in, 0.1):.1f} s"
    return f"{event.reason}: {pause}, further ones after longer pauses"


def _waiting(event: ev.Waiting, here: str) -> str:
    return f"to {event.target}, as soon as the connection is back: {event.text}"


def _people(event: ev.People, here: str) -> str:
    rows = [row.nick + (" (away)" if row.away else "") for row in event.rows]
    place = "online" if event.mask == "*" else f"in {event.mask}"
    return f"{len(rows)} {place}: {', '.join(rows)}" if rows else f"nobody {place}"


def _about(event: ev.About, here: str) -> str:
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
    return f"{event.nick}: {'; '.join(facts) or 'online'}"


def _text(event: ev.Note | ev.Problem | ev.Answer, here: str) -> str:
    return event.text


_WRITERS: Final[dict[type, Callable[[Any, str], str | list[str]]]] = {
    ev.Joined: _joined,
    ev.Left: _left,
    ev.Quit: _quit,
    ev.Renamed: _renamed,
    ev.AwayChanged: _away,
    ev.TopicIs: _topic,
    ev.Reacted: _reacted,
    ev.Redacted: _redacted,
    ev.ModesAre: _modes,
    ev.Invited: _invited,
    ev.RoomRenamed: _room_renamed,
    ev.Members: _members,
    ev.Gap: _gap,
    ev.NewSince: _new_since,
    ev.Connected: _connected,
    ev.Disconnected: _disconnected,
    ev.Unreachable: _unreachable,
    ev.Stopped: _stopped,
    ev.Waiting: _waiting,
    ev.NotSent: lambda event, here: f"not sent, {event.reason}: {event.text}",
    ev.MayArriveTwice: lambda event, here: f"{twice(event)}: {event.text}",
    ev.Note: _text,
    ev.Problem: _text,
    ev.Answer: _text,
    ev.Online: lambda event, here: f"{', '.join(event.nicks)}: online",
    ev.People: _people,
    ev.About: _about,
}
