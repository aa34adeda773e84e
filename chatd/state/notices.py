"""What sessions are told that is no event: small records, which the session layer puts into words.

`Fanout.tell` takes them; each has its function in ``chatd/session/notices.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatd.state.events import Event
from chatd.state.local import LocalRoom
from chatd.store.rooms import Snapshot
from chatd.store.staff import Ban


class Notice:
    """One of these."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Attached(Notice):
    """The session is in a room from here on; ``known``: it has heard of the JOIN already.

    ``then`` is called when the room has been shown.
    """

    room: LocalRoom
    snapshot: Snapshot
    known: bool
    then: Callable[[], None] | None


@dataclass(frozen=True, slots=True)
class Lost(Notice):
    """``count`` events (-1: nobody knows how many) cannot be had any more.

    ``room``: where they happened; None: they were for the user.
    """

    room: LocalRoom | None
    count: int


@dataclass(frozen=True, slots=True)
class RolledBack(Notice):
    """Redis has lost the newest ``count`` events (-1: nobody knows how many) that were told.

    ``room``: where they happened; None: they were for the user.
    """

    room: LocalRoom | None
    count: int


@dataclass(frozen=True, slots=True)
class Emptied(Notice):
    """Redis has lost all that it held."""


@dataclass(frozen=True, slots=True)
class GatewaysChanged(Notice):
    """There are others, or under other addresses, than the session was told."""


@dataclass(frozen=True, slots=True)
class Renamed(Notice):
    """A room has another name, and some clients know no such event. ``known``: its name before."""

    room: LocalRoom
    known: str
    event: Event


@dataclass(frozen=True, slots=True)
class Monitored(Notice):
    """Somebody whom the session monitors has come online or has gone.

    ``target``: nick!user@host of who came, the nick of who is gone.
    """

    online: bool
    target: str


@dataclass(frozen=True, slots=True)
class Expelled(Notice):
    """The session can no longer be part of the server, and is closed."""

    why: str


@dataclass(frozen=True, slots=True)
class AccountChanged(Notice):
    """The account of the user has another name, or there is none any more: ''."""

    account: str


@dataclass(frozen=True, slots=True)
class ValueChanged(Notice):
    """A value of METADATA is another one, None = it is gone. ``target``: user or room, as shown."""

    target: str
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class TakenOver(Notice):
    """The session goes on with another connection: this one is closed."""


@dataclass(frozen=True, slots=True)
class Ended(Notice):
    """The account's owner or an operator has ended the session: it is closed."""

    why: str


@dataclass(frozen=True, slots=True)
class Asked(Notice):
    """Another connection has come that may be of the same program: how far have these heard?"""

    asker: str
    """Id of its session."""


@dataclass(frozen=True, slots=True)
class Killed(Notice):
    """An operator has removed the user; the session is closed."""

    event: Event


@dataclass(frozen=True, slots=True)
class Banned(Notice):
    """The user may not be on this server; the session is closed."""

    ban: Ban
