"""Acts about sessions after their login: how far they have heard, how they end and go on."""

from __future__ import annotations

from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.login import Return, Returning, read_return
from chatd.store.pending import Pending
from chatd.store.relay import Relay
from chatd.store.schema.keys import Owner
from chatd.wire.confusables import skeletons
from chatd.wire.masks import folded_part

REAP_CHUNK = 50
"""Sessions removed in one act, fewer of users in many rooms: 2 to 4 ms of Redis."""


class SessionActs(Caller):
    """What becomes of sessions."""

    def __init__(self, relay: Relay, gateway: str, history_events: int) -> None:
        super().__init__(relay, gateway, history_events)
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

    def overdue(self) -> Pending[list[str]]:
        """End some of the sessions whose time is over; 'ok' and how many are left."""
        return self._act("overdue", self.keys.presence, most=REAP_CHUNK)
