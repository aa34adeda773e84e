"""Logging in: what a session says of itself, and what Redis makes of it. See ``login.lua``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chatd.store.caller import checked
from chatd.store.errors import StoreRejected
from chatd.store.pending import Pending


class Counts:
    """How much there is. ``peak``: the most users that there have been at one time."""

    __slots__ = ("invisible", "operators", "peak", "rooms", "users")

    def __init__(self, users: int, rooms: int, peak: int, invisible: int, operators: int) -> None:
        self.users = users
        self.rooms = rooms
        self.peak = peak
        self.invisible = invisible
        self.operators = operators


class Login:
    """Who a session has become: the user as it is now.

    ``joined``: the user was there before, and may be in ``rooms``. ``last_id``, ``added``: of its
    own log. ``uid``: the person; see docs/redis.md. ``counts`` of the server, with this session.
    ``resumed``: it goes on with the session ``sid``, which ``watched`` these names and had these
    ``subscriptions``, or its device seems to be here, with another session. ``mine``: its own away
    text. ``heard``: how far its device has heard, see `chatd.state.heard`; '' = it has missed
    nothing, `NEW` = it was never here; ``asked``: so many gateways will tell it better.
    ``lines``: of each room that the account wants to see then, None = it has not chosen.
    """

    __slots__ = (
        "account", "added", "asked", "away", "counts", "heard", "host", "joined", "last_id",
        "lines", "mine", "modes", "nick", "realname", "resumed", "rooms", "sid", "since_ms",
        "subscriptions", "uid", "user", "watched",
    )  # fmt: skip

    def __init__(self, facts: str, described: list[str], how: str, kept: list[str]) -> None:
        since, last_id, added, uid, modes, counts = facts.split(" ", 5)
        nick, user, host, realname, account, away = described
        self.nick = nick
        self.user = user
        self.host = host
        self.realname = realname
        self.account = account
        self.away = away
        sid, heard, asked, watched, subscriptions, mine, lines, *rooms = kept
        self.mine = mine
        self.lines = int(lines) if lines else None
        self.sid = sid
        self.heard = heard
        self.asked = int(asked or 0)
        self.watched = watched.split(",") if watched else []
        self.subscriptions = subscriptions.split(",") if subscriptions else []
        self.rooms = rooms
        self.joined = how != CAME
        self.resumed = how == RESUMED
        self.since_ms = int(since)
        self.last_id = last_id.encode()
        self.added = int(added)
        self.uid = uid
        self.modes = modes
        self.counts = _counts(counts)


NEW = "new"
"""In place of how far a device has heard: it was never here."""
CAME, JOINED, RESUMED = "came", "joined", "resumed"
"""How a session came in: see ``login.lua``."""
_NOTHING_KEPT = [""] * 7


class LoggingIn(Pending[Login]):
    """A session that logs in; ``own`` is what it says of itself, as in `Login`."""

    __slots__ = ("_own",)

    def __init__(self, own: list[str]) -> None:
        super().__init__()
        self._own = own

    def resolve(self, raw: Any) -> None:
        """Redis has answered: what it says of a user that is new is the session's own word."""
        try:
            self.value = self._read(raw)
        except Exception as error:
            self.error = error
        self._finish()

    def _read(self, raw: Any) -> Login:
        if type(raw) is bytes:
            away = self._own[-1]
            return Login(raw.decode(), self._own, CAME, [*_NOTHING_KEPT[:-2], away, ""])
        if raw[0] == b"failed":
            raise StoreRejected(raw[1].decode())
        how = raw[0].decode()
        if how not in (CAME, JOINED, RESUMED):
            checked(raw)
        _, facts, *words = [part.decode() for part in raw]
        return Login(facts, words[:6], how, words[6:])


RoomOf = tuple[str, str, str, str, str, str, int, str, str, str, str]
"""A room of a `Returning`."""


@dataclass(frozen=True, slots=True)
class Returning:
    """A session that this gateway has, and that Redis may have lost.

    ``name`` and ``akey``, the account, are folded; ``device``: what its login called itself;
    ``address``: Z (TLS) or -, and the host where it really is; ``away``: what others see of the
    user, ``mine``: what this session has said. ``anew``: this gateway's word
    counts, because Redis has lost what came last: see ``come_back.lua``; '' = it does not.
    ``rooms`` where its user believes to be: folded, as written; what it gets if Redis has lost
    it: modes, prefix modes of the user, topic, who set it, when (s since 1970), parameters of k, l
    and f; id of the entry with which the user has entered it, '' = that is not known.
    """

    sid: str
    name: str
    nick: str
    user: str
    host: str
    realname: str
    akey: str
    account: str
    address: str
    device: str
    uid: str
    modes: str
    away: str
    mine: str
    anew: str
    server: str
    rooms: list[RoomOf]


class Return:
    """What a session that came back is now. ``rooms``, folded -> "in", "banned" or "gone"."""

    __slots__ = ("login", "rooms")

    def __init__(self, login: Login, rooms: dict[str, str]) -> None:
        self.login = login
        self.rooms = rooms


def read_return(reply: list[Any]) -> Return:
    """The answer of ``come_back.lua``."""
    _, facts, *words = checked(reply)
    described, rooms = words[:6], words[6:]
    login = Login(facts, described, JOINED, _NOTHING_KEPT)
    return Return(login, dict(zip(rooms[::2], rooms[1::2], strict=True)))


@lru_cache(16)
def _counts(words: str) -> Counts:
    """The same object for all who came at one time: what is written of it is written once."""
    users, rooms, peak, invisible, operators = words.split(" ")
    return Counts(int(users), int(rooms), int(peak), int(invisible), int(operators))
