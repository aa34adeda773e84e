"""What a session tells the screen: plain facts, in the order in which they hold.

Times are Unix seconds by the server's clock. Names and texts are as they arrived: whoever
writes them to a terminal makes them safe (`chatd.wire.text.printable`).
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from cli.client.answers import About as About
from cli.client.answers import Answer as Answer
from cli.client.answers import Note as Note
from cli.client.answers import Online as Online
from cli.client.answers import People as People
from cli.client.answers import Person as Person
from cli.client.answers import Problem as Problem
from cli.client.dataclass import dataclass
from cli.client.linkage import Connected as Connected
from cli.client.linkage import Disconnected as Disconnected
from cli.client.linkage import Stopped as Stopped
from cli.client.linkage import Unreachable as Unreachable

Kind = Literal["text", "notice", "action"]
"""How something was said: PRIVMSG, NOTICE, or CTCP ACTION (``/me``)."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something in a room or to one person.

    ``own``: it was this user, in whichever session; ``missed``: it comes from the server's history.
    ``account`` is whose it is, empty for a guest.
    """

    at: float
    source: str
    target: str
    text: str
    kind: Kind = "text"
    msgid: str = ""
    own: bool = False
    missed: bool = False
    account: str = ""
    reply_to: str = ""
    """The msgid of what it answers."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came into a room."""

    at: float
    room: str
    nick: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody left a room and is still online; ``by`` is who put them out, if anybody."""

    at: float
    room: str
    nick: str
    reason: str = ""
    by: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Quit:
    """Somebody went offline."""

    at: float
    nick: str
    reason: str = ""
    rooms: tuple[str, ...] = field(default=(), compare=False)
    """Those of this user's rooms that they were in."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody changed their name."""

    at: float
    old: str
    new: str
    own: bool = False
    rooms: tuple[str, ...] = field(default=(), compare=False)
    """Those of this user's rooms that they are in."""


@dataclass(frozen=True, slots=True)
class AwayChanged:
    """Somebody went away (with a text) or came back (None)."""

    at: float
    nick: str
    text: str | None
    own: bool = False


@dataclass(frozen=True, slots=True)
class TopicIs:
    """The topic of a room; ``nick`` is who has just changed it, empty when it was so."""

    at: float
    room: str
    topic: str
    nick: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a room. ``came`` and ``left`` happened while the connection was away."""

    room: str
    names: tuple[str, ...]
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages that cannot be had any more; ``count`` None when nobody knows how many."""

    target: str
    count: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewIn:
    """How much is new in a room, or from somebody.

    ``hidden`` of it is too long ago to be shown; ``at_least`` tells that ``count`` may be more.
    """

    target: str
    count: int
    hidden: int = 0
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class NewSince:
    """Here begins what was said since this user was here; after a login, even if it is nothing.

    ``login`` is when the session began, by the server's clock.
    """

    login: float
    places: tuple[NewIn, ...] = ()


@dataclass(frozen=True, slots=True)
class PastIs:
    """The answer to ``/history``: what was said in a room, or with somebody."""

    target: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class FoundIs:
    """The answer to ``/search``: what was said with these words, wherever."""

    words: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """This user has said something; what becomes of it is told under the same ``key``."""

    at: float
    key: str
    target: str
    text: str
    kind: Kind = "text"
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class SentAs:
    """The server has it, under this msgid ("" when it has none); ``waits`` for the receiver."""

    key: str
    target: str
    msgid: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Redacted:
    """A message was taken back, https://ircv3.net/specs/extensions/message-redaction ."""

    at: float
    target: str
    msgid: str
    nick: str
    reason: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody reacted to a message, https://ircv3.net/specs/client-tags/react .

    ``taken_back``: the reaction is no more.
    """

    at: float
    target: str
    msgid: str
    nick: str
    reaction: str
    taken_back: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is typing, or no longer; ``paused``: there is a text, and they think."""

    at: float
    target: str
    nick: str
    active: bool
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """Another session of this user leaves a room that it had entered for one command.

    It is for `cli.client.arrival`, and told to nobody else.
    """

    room: str


@dataclass(frozen=True, slots=True)
class MarkerIs:
    """Up to when this user has read something, on whatever device."""

    target: str
    at: float


@dataclass(frozen=True, slots=True)
class PlaceIs:
    """Something was said in a room, or with somebody, last at ``last`` (0.0: nobody knows).

    ``unread`` of it by the server's count, None when that is not told, of which ``mentions`` are
    for this user; read up to ``marker``, None when nothing was ever read.
    """

    target: str
    last: float = 0.0
    unread: int | None = None
    mentions: int = 0
    marker: float | None = None


@dataclass(frozen=True, slots=True)
class ModesAre:
    """Somebody changed modes of a room; ``modes`` as in the MODE line: ``+o bob``."""

    at: float
    room: str
    nick: str
    modes: str


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody was asked into a room; ``nick`` by ``by``."""

    at: float
    room: str
    nick: str
    by: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class RoomRenamed:
    """A room has another name, https://ircv3.net/specs/extensions/channel-rename ."""

    at: float
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message is kept until the connection is back."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """A message that will not be sent."""

    target: str
    text: str
    reason: str
    key: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Discarded:
    """A message that was not sent, and that its user does not want to send any more."""

    key: str
    target: str


@dataclass(frozen=True, slots=True)
class PresenceIs:
    """Who of a room is away is known now: its members have it."""

    room: str


@dataclass(frozen=True, slots=True)
class MayArriveTwice:
    """A message is sent again that the server may have taken before, and cannot tell."""

    target: str
    text: str


_Session = Connected | Disconnected | Unreachable | Stopped | NewSince | MarkerIs | PlaceIs | Gap
_Own = Sending | SentAs | Waiting | NotSent | Discarded | MayArriveTwice
_Words = Said | Redacted | Reacted | Typing | Passing
_People = Joined | Left | Quit | Renamed | AwayChanged | Members | PresenceIs | Online | Invited
_Rooms = TopicIs | ModesAre | RoomRenamed
_Answers = PastIs | FoundIs | Note | Problem | Answer | People | About

Event = _Session | _Own | _Words | _People | _Rooms | _Answers
