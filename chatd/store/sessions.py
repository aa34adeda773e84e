"""Acts about sessions after their login: how far they have heard, how they end and go on."""

from __future__ import annotations

from typing import Any, NamedTuple

from chatd.store.caller import Caller, checked
from chatd.store.keys import escape
from chatd.store.login import Return, Returning, read_return
from chatd.store.pages import PAGE, Rows
from chatd.store.pending import Pending
from chatd.store.relay import Relay
from chatd.store.schema.keys import NOBODY, Owner
from chatd.wire.confusables import skeletons
from chatd.wire.masks import folded_part

REAP_CHUNK = 50
"""Sessions removed in one act, fewer of users in many rooms: 2 to 4 ms of Redis."""


class OneOf(NamedTuple):
    """A session of an account. ``device``: '' = its login says none.

    ``gateway``: '' = it has no connection. Times in ms since 1970, 0 = not known: since when it has
    been there, and ``active_ms``, when its user was active last or its connection ended.
    ``address``: where it comes from, '' = nowhere; ``stays``: it only stands for an account that is
    always on.
    """

    sid: str
    device: str
    nick: str
    gateway: str
    since_ms: int
    active_ms: int
    secure: bool
    address: str
    stays: bool

    @property
    def name(self) -> str:
        """What it is among those of its account."""
        return self.sid


class Device(NamedTuple):
    """A device of which it is known how far it has heard, and when that was noted, ms."""

    name: str
    seen_ms: int


class SessionActs(Caller):
    """What becomes of sessions."""

    def __init__(
        self, relay: Relay, gateway: str, history_events: int, history_days: int = 0
    ) -> None:
        super().__init__(relay, gateway, history_events, history_days)
        self._heard_key = self.keys.of(Owner.GATEWAY, "heard", gateway)

    def come_back(self, who: Returning) -> Pending[Return]:
        """Log a session in again, with all that Redis has kept of its user.

        Refused: taken, reserved, elsewhere.
        """
        return self._act(
            "come_back", self.keys.presence, read_return,
            sid=who.sid, name=who.name, nick=who.nick, user=who.user, host=who.host,
            realname=who.realname, akey=who.akey, account=who.account, address=who.address,
            looks=skeletons(who.nick), folded=folded_part(who.user), device=who.device,
            uid=who.uid, modes=who.modes, away=who.away, mine=who.mine, anew=who.anew,
            server=who.server, rooms=who.rooms,
        )  # fmt: skip

    def logout(
        self,
        sid: str,
        reason: str,
        name: str = "",
        uid: str = "",
        *,
        heard: str = "",
        grace_s: float = 0,
        by: str = "",
    ) -> Pending[bool]:
        """End a session; the user quits with the last one.

        Nothing ends that goes on with another connection: ``by`` is what this one came as.
        That of an account waits ``grace_s`` for another connection. ``heard``: how far it has heard
        ('' = not known). Whether Redis knew neither the session nor the user ``name``, person
        ``uid``.
        """
        return self._act(
            "logout", self.keys.presence, lambda reply: checked(reply)[1] != "",
            sid=sid, reason=reason, user=name, uid=uid, heard=heard, by=by,
            grace_ms=int(grace_s * 1000),
        )  # fmt: skip

    def note(self, sid: str, **facts: str) -> Pending[list[str]]:
        """Keep something for whoever goes on with an account's session: see ``note.lua``."""
        return self._act("note", self.keys.presence, sid=sid, facts=list(facts.items()))

    def left_off(self, sid: str, heard: str) -> Pending[list[str]]:
        """Tell who has a session now how far others have heard: see ``left_off.lua``."""
        return self._act("left_off", self.keys.presence, sid=sid, heard=heard)

    def note_heard(self, heard: str) -> Pending[Any]:
        """How far the connections of this gateway have heard. Nobody waits for that."""
        return self.relay.call("SET", self._heard_key, heard)

    # -- those of an account, for who it belongs to ------------------------------------------

    def sessions_of(self, akey: str, start: str) -> Pending[Rows[OneOf]]:
        """A page of the sessions of an account, folded."""
        return self._ask(
            "sessions", self.keys.presence, _sessions, akey=akey, start=start, most=PAGE
        )

    def devices_of(self, akey: str) -> Pending[list[Device]]:
        """The devices of an account of which it is known how far they have heard."""
        key = self.keys.of(Owner.ACCOUNT, "devices", escape(akey))
        return self.relay.call("HGETALL", key, convert=_devices)

    def how_many_of(self, akey: str) -> Pending[int]:
        """How many sessions an account has."""
        key = self.keys.of(Owner.ACCOUNT, "sessions", escape(akey))
        return self.relay.call("HLEN", key, convert=int)

    def end_sessions(
        self, name: str, akey: str, sids: list[str], *, why: str, reason: str
    ) -> Pending[list[str]]:
        """End some sessions of an account; 'ok' and those that were there. Refused: notoper."""
        return self._act(
            "session_end", self.keys.presence, name=name, akey=akey, why=why,
            reason=reason, sids=[(one,) for one in sids],
        )  # fmt: skip

    def recover(self, name: str, target: str, *, why: str, reason: str) -> Pending[int]:
        """End some sessions of who has a nick; how many it still has.

        It has to be one that the account of ``name`` may have. Refused: guest, taken.
        """
        return self._act(
            "recover", self.keys.presence, lambda reply: int(checked(reply)[1]),
            name=name, target=target, most=REAP_CHUNK, why=why, reason=reason,
        )  # fmt: skip

    def forget_device(self, name: str, akey: str, device: str) -> Pending[list[str]]:
        """Forget how far a device has heard. Refused: notoper, nodevice."""
        return self._act("device_forget", self.keys.presence, name=name, akey=akey, device=device)

    # -- those whose time is over ------------------------------------------------------------

    def overdue(self, server: str) -> Pending[list[str]]:
        """End some of the sessions whose time is over; 'ok' and how many are left."""
        return self._act("overdue", self.keys.presence, most=REAP_CHUNK, server=server)


def _sessions(reply: list[bytes]) -> Rows[OneOf]:
    following, *words = [word.decode() for word in reply]
    return Rows(following, [_one(*words[at : at + 7]) for at in range(0, len(words), 7)])


def _one(
    sid: str, device: str, nick: str, gateway: str, since: str, active: str, host: str
) -> OneOf:
    stays, where = device == NOBODY, "" if gateway == NOBODY else gateway
    name = "" if stays else device
    moments = int(since or "0"), int(active or "0")
    return OneOf(sid, name, nick, where, *moments, host[:1] == "Z", host[1:], stays)


def _devices(reply: dict[bytes, bytes] | list[bytes]) -> list[Device]:
    pairs = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2], strict=True)
    found = [Device(name.decode(), int(held.partition(b"\0")[0])) for name, held in pairs]
    return sorted(found, key=lambda one: -one.seen_ms)
