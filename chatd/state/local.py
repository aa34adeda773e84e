"""What one gateway remembers of rooms and users: only what concerns its own sessions."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Protocol

from chatd.state.events import Event, id_order
from chatd.state.heard import LeftOff
from chatd.store.errors import Refused
from chatd.store.login import Login

_NO_KEYS: dict[str, None] = {}
"""The empty dictionary that sessions share which subscribe to nothing. Nothing is added to it."""
MOST_SEEN = 1000
"""Rooms of which a session knows up to where it has heard them."""


LAGS_AFTER = 2
"""Looks (`chatd.session.lagging`) at which nothing more was taken."""


class Receiver(Protocol):
    """A session and the connection that it is attached to, as this layer sees them."""

    host: str
    secure: bool
    user: LocalUser | None
    account: tuple[str, str]
    away: str
    """What its client has said of being away, '' = it is there."""
    closed: bool
    """Nothing more can be written to it."""
    caps: int
    """Capabilities of its client, see `chatd.wire.caps`."""
    session: Session
    """What may go on with another connection."""

    @property
    def sid(self) -> str:
        """Id of the session."""

    @property
    def subscriptions(self) -> dict[str, None]:
        """Keys of METADATA that its client wants to hear of."""

    def subscribe(self, keys: dict[str, None]) -> None:
        """Hear of these from now on, and of no others."""

    @property
    def outlet(self) -> object:
        """What the layer above wants to find at hand beside each member of a room."""

    @property
    def members_as(self) -> str:
        """How the session wants to see members of a room: "nick" or "mask"."""

    @property
    def members_on_entry(self) -> str:
        """How the session wants to see who is in a room that it enters: see `RoomActs.snapshot`."""

    def is_back(self) -> None:
        """Its user is back: lines that waited for that are carried out."""


class Session:
    """Who has logged in, from which device, and what they asked to hear.

    ``sid``: its id, which names no gateway: any of them may hold its connection. ``came_as``: the
    id that it had before it was known with which session its connection goes on. ``account``:
    folded and as shown, empty for a guest; ``proved``: the person that it was when that was proved,
    for the login that follows. ``device``: what the login called itself
    (``NAME@DEVICE``), '' = nothing. ``subscriptions``: keys of METADATA. ``away``: what it has said
    of being away, '' = it is there.
    ``heard``: how far its client's kernel had taken what was told, when that was looked at last,
    see `chatd.state.heard`; ``behind``: at so many looks, at most `LAGS_AFTER`, it had not taken
    what was told before the first; ``catching_up``: what its device has missed was not taken by the
    kernel yet, and ``heard`` is how far it was before; ``entering``: rooms that are still to be
    shown to it. ``since``: how far the device had heard at login, '' = all;
    ``lines``: of what it has missed in a room are shown at most so many. ``left_off``: what other
    gateways tell of that, None = they are not asked.
    What depends on the client's program, its capabilities, belongs to the connection.

    | state    | where it is in Redis                  | what leads out of it                     |
    |----------|---------------------------------------|------------------------------------------|
    | attached | with a gateway, which has a lease     | its connection ends: detached; QUIT,     |
    |          |                                       | KILL, a ban: over; its gateway dies:     |
    |          |                                       | detached; its client comes again through |
    |          |                                       | another connection: attached there       |
    | detached | with the gateway `NOBODY`             | its account and device log in, or its    |
    |          |                                       | gateway wakes up: attached; its grace is |
    |          |                                       | over: over                               |
    | over     | nowhere; how far its device has heard | nothing: the next login is a new session |
    |          | stays with the account                |                                          |

    A guest's session is never detached. While one is, its user stays what it is: in its rooms, with
    prefix modes, user modes and away text. What is the session's own is kept in its record.
    """

    __slots__ = (
        "_seen", "account", "away", "behind", "came_as", "catching_up", "device", "entering",
        "heard", "left_off", "lines", "proved", "sid", "since", "subscriptions", "user",
    )  # fmt: skip

    def __init__(self, sid: str) -> None:
        self.sid = self.came_as = sid
        self.user: LocalUser | None = None
        self.account = ("", "")
        self.away = self.device = self.heard = self.proved = ""
        self.behind = 0
        self.catching_up = False
        self.entering: set[str] | None = None
        self.left_off: LeftOff | None = None
        self.since = ""
        self.lines = 0
        self._seen: dict[str, str] | None = None
        self.subscriptions = _NO_KEYS

    @property
    def lags(self) -> bool:
        """Whether its client takes nothing any more, for all that can be seen."""
        return self.behind >= LAGS_AFTER

    def missed_in(self, room: str) -> str:
        """Up to where the device has heard a room that it enters, folded; '' = all."""
        return self.since if self._seen is None else self._seen.get(room, self.since)

    def entered(self, room: str) -> None:
        """It hears the room from here on."""
        self.left(room, "")

    def left(self, room: str, heard: str) -> None:
        """It hears the room no more, and has heard so far."""
        if not self.account[0]:
            return
        if self._seen is None:
            self._seen = {}
        self._seen.pop(room, None)
        self._seen[room] = heard
        if len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]


class Feed:
    """How far a channel has been followed.

    ``last_id`` is the newest entry handed out, ``before`` the one before it, ``added`` how many
    entries the stream had had by then (None: not known). While gaps are being read, what comes
    meanwhile is ``held``; ``first_held`` is the first entry of that.
    """

    __slots__ = ("added", "before", "first_held", "held", "last_id")

    def __init__(self) -> None:
        self.last_id = self.before = b""
        self.added: int | None = None
        self.held = False
        self.first_held = b""


class LocalNetwork:
    """What concerns everybody, and how far it was followed. `chatd.state.network` has the rest."""

    def __init__(self, channel: str, stream: str) -> None:
        self.channel = channel
        self.stream = stream
        self.feed = Feed()

    def apply(self, event: Event) -> None:
        """One event, at its place in the order."""

    def missed(self) -> None:
        """Something was missed for ever."""

    def refresh(self) -> None:
        """Learn again what may have changed."""

    def forget(self, session: Receiver) -> None:
        """A session is gone."""

    def enforce(self, user: LocalUser) -> None:
        """Close those sessions of a user that may not be here."""


class LocalRoom:
    """A room with members on this gateway: who they are, and how far its events were followed."""

    __slots__ = (
        "absent", "channel", "feed", "key", "listings", "members", "modes", "prefixes", "shown",
        "told_until", "topic", "witnesses",
    )  # fmt: skip

    def __init__(self, key: str, channel: str) -> None:
        self.key = self.shown = key
        self.channel = channel
        self.members: dict[Receiver, object] = {}
        """The sessions, each with its `Receiver.outlet`."""
        self.absent: dict[LocalUser, None] = {}
        """Members whom Redis has lost and who may come back."""
        self.prefixes: dict[LocalUser, str] = {}
        """Prefix modes of users of this gateway: should Redis lose all, they are not lost.

        None = '', a ``?`` among them: what else there is is not known.
        """
        self.modes: dict[str, str] = {}
        """The same of the room's modes, but for lists: letter -> parameter, '' = it takes none."""
        self.topic = ("", "", 0)
        """The same of the topic: text, who set it, when, s since 1970."""
        self.listings: list[list[str]] = []
        """Names that members took while a list of members is read here: see `Rooms.rest`."""
        self.witnesses: frozenset[str] = frozenset()
        """Ids of the sessions that were told what its log has lost, when it has gone back."""
        self.told_until = b""
        """Id of the newest entry of which they were told."""
        self.feed = Feed()

    @property
    def stream(self) -> str:
        """The key of its log."""
        return self.channel + ":log"

    def bear_witness(self, last_id: bytes) -> None:
        """The log has lost what came last up to an entry; who is in the room was told of it."""
        self.told_until = last_id
        absent = [one.sid for user in self.absent for one in user.sessions]
        self.witnesses = frozenset((*(one.sid for one in self.members), *absent))

    def strangers(self, entry: bytes) -> list[Receiver]:
        """The members who were not told of an entry that is lost: they came later, or missed it.

        ``entry``: empty = it is not known.
        """
        told = self.witnesses
        if entry and id_order(entry) > id_order(self.told_until):
            told = frozenset()
        return [one for one in self.members if one.sid not in told]

    def believers(self) -> list[Receiver]:
        """The members, and those who are members for all that they and others were told."""
        forgotten = [user for user in self.absent if user.absence and user.absence.anew]
        return [*self.members, *(one for user in forgotten for one in user.sessions)]


ABSENCE_BYTES = 2**18
"""Bytes of events kept for one user who is absent; what is older is counted and said."""


class Absence:
    """What happens in the rooms of a user whom Redis has lost, until it is back.

    ``heard``: the room and the payload of each event, in order. ``dropped``: how many of them
    were too many to be kept. ``own``: payloads of its own channel. ``ended``: it has really been
    away, and has its name again. ``replaced``: somebody else has had the name, and the others here
    were told that the user has gone. ``anew``: see `chatd.store.login.Returning`.
    """

    __slots__ = ("_size", "anew", "dropped", "ended", "heard", "own", "replaced")

    def __init__(self) -> None:
        self.heard: deque[tuple[LocalRoom, bytes]] = deque()
        self.dropped: Counter[LocalRoom] = Counter()
        self.own: list[bytes] = []
        self.ended = self.replaced = False
        self.anew = ""
        self._size = 0

    def keep(self, room: LocalRoom, payload: bytes) -> None:
        """One more event."""
        self.heard.append((room, payload))
        self._size += len(payload)
        while self._size > ABSENCE_BYTES:
            old, gone = self.heard.popleft()
            self._size -= len(gone)
            self.dropped[old] += 1


class LocalUser:
    """A user with sessions on this gateway, as Redis last described it.

    ``uid`` is the person behind the name: see docs/redis.md. ``absence`` is set while Redis does
    not know the user.
    """

    __slots__ = (
        "absence", "account", "account_key", "away", "channel", "feed", "host", "key", "modes",
        "nick", "realname", "renamed_id", "rooms", "sessions", "since_ms", "source", "uid", "user",
    )  # fmt: skip

    def __init__(self, key: str, channel: str, uid: str = "") -> None:
        self.key = key
        self.uid = uid
        self.absence: Absence | None = None
        self.channel = channel
        self.feed = Feed()
        self.sessions: list[Receiver] = []
        self.rooms: dict[str, LocalRoom] = {}
        self.nick = self.user = self.host = self.realname = ""
        self.account = self.account_key = self.away = self.modes = ""
        self.since_ms = 0
        self.source = ""
        self.renamed_id = b""
        """Id of the last NICK that was heard under the old name."""

    @property
    def stream(self) -> str:
        """The key of its log. Not kept: it is asked for while gaps are read."""
        return self.channel + ":log"

    @property
    def marked_account(self) -> str:
        """The account as a record carries it: with the user modes that others are told."""
        if not self.modes:
            return self.account
        marks = "".join(letter for letter in self.modes if letter in "Bo")
        return f"{self.account}\1{marks}" if marks else self.account

    def is_from_here(self, sid: bytes) -> bool:
        """Whether a session of this gateway has done something under the user's name."""
        return any(session.sid.encode() == sid for session in self.sessions)

    def is_another(self, event: Event) -> bool:
        """Whether somebody else has done something under the user's name; a guest has one session.

        It may happen when Redis has lost that the user has the name.
        """
        account = event.account.decode()
        if account or self.account:
            return account != self.account
        return not self.is_from_here(event.sid)

    def update(self, found: Login, account_key: str) -> None:
        """Take over what Redis says at a login."""
        self.describe(found.nick, found.user, found.host)
        self.realname, self.away, self.since_ms = found.realname, found.away, found.since_ms
        self.account, self.account_key = found.account, account_key
        self.modes = found.modes
        self.uid = found.uid

    def describe(self, nick: str, user: str, host: str) -> None:
        """Set the parts of nick!user@host."""
        self.nick, self.user, self.host = nick, user, host
        self.source = f"{nick}!{user}@{host}"


def user_of(session: Receiver) -> LocalUser:
    """The user of a session that asks. Raises Refused: offline, when it has gone meanwhile."""
    user = session.user
    if user is None:
        raise Refused("offline")
    return user


def subscribers(event: Event, receivers: Iterable[Receiver]) -> list[Receiver]:
    """Those who want to hear of a changed value of METADATA.

    https://ircv3.net/specs/extensions/metadata: all but "changes they make themselves".
    """
    key, sid = event.args[1].decode(), event.sid.decode()
    return [one for one in receivers if key in one.subscriptions and one.sid != sid]
