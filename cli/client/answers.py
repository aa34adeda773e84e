"""What a session tells when it was asked: a part of `cli.client.events`, where all are named."""

from __future__ import annotations

from dataclasses import field

from cli.client.dataclass import dataclass


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
