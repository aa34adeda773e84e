"""What a session tells of its connection: a part of `cli.client.events`."""

from __future__ import annotations

from cli.client.dataclass import dataclass


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
class Stopped:
    """The server does not let this user in again: nothing is tried until they say so.

    ``password``: another one is wanted.
    """

    reason: str
    password: bool = False
