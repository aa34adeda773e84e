"""What a session tells the screen: plain facts, in the order in which they hold.

Times are Unix seconds by the server's clock. Names and texts are as they arrived: whoever
writes them to a terminal makes them safe (`chatd.wire.text.printable`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "notice", "action"]
"""How something was said: PRIVMSG, NOTICE, or CTCP ACTION (``/me``)."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The session is logged in. ``again`` tells a reconnection from the first time.

    ``moved``: from a gateway that has asked for it, without a break.
    """

    server: str
    nick: str
    again: bool
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection broke; the session reconnects by itself."""

    server: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No server let us in, or none kept us; all are tried again in ``retry_in`` seconds.

    Told once for each reason, not once for each try.
    """

    reason: str
    retry_in: float


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something in a room or to one person.

    ``own`` when it was this user (in whichever session); ``missed`` when it comes from the
    server's history after a reconnection. ``account`` is whose it is, empty for a guest.
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


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody changed their name."""

    at: float
    old: str
    new: str
    own: bool = False


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


@dataclass(frozen=True, slots=True)
class MayArriveTwice:
    """A message is sent again that the server may have taken before, and cannot tell."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something the server, or the client itself, wants to be read."""

    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was asked for does not work."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The client's own answer to what the user typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """One row of a list of people."""

    nick: str
    away: bool


@dataclass(frozen=True, slots=True)
class Online:
    """Somebody who is watched for is online."""

    nicks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """The answer to ``/who``; ``mask`` is the room, or ``*`` for everybody."""

    mask: str
    rows: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class About:
    """The answer to ``/whois``; ``since`` in Unix seconds, 0 when not told."""

    nick: str
    account: str = ""
    away: str | None = None
    since: int = 0
    idle: int = 0
    rooms: tuple[str, ...] = field(default=())


Event = (
    Connected
    | Disconnected
    | Unreachable
    | Said
    | Joined
    | Left
    | Quit
    | Renamed
    | AwayChanged
    | TopicIs
    | Members
    | Gap
    | NewSince
    | PastIs
    | FoundIs
    | Waiting
    | NotSent
    | MayArriveTwice
    | Note
    | Problem
    | Answer
    | Online
    | People
    | About
)
