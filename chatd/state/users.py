"""What users do with themselves: come in, be called otherwise, say who they are."""

from __future__ import annotations

from typing import Any

from chatd.state.heard import LeftOff
from chatd.state.hub import Hub
from chatd.state.local import Receiver, user_of
from chatd.state.presence import Presence
from chatd.store.accounts import Identity
from chatd.store.errors import Refused, StoreError
from chatd.store.login import Login
from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.casemap import fold


class Users:
    """Acts of a session for its own user. All may raise StoreUnavailable and Refused: offline."""

    def __init__(self, store: Store, hub: Hub, presence: Presence, server: str) -> None:
        self._store = store
        self._server = server
        self._hub = hub
        self._presence = presence

    async def log_in(
        self,
        session: Receiver,
        nick: str,
        user: str,
        host: str,
        realname: str,
        away: str | None = None,
    ) -> Login:
        """Claim a name, or join its owner's sessions; `Receiver.user` is set afterwards.

        It is not set if the client has gone meanwhile. ``host``: as others see it. ``away``: text,
        None = nothing was said.
        Refused: taken, reserved, confusable, noaccount, toomany.
        """
        key = fold(nick)
        channel = self._store.keys.user(key)
        self._hub.subscribe(channel)
        try:
            found = await self._store.login(
                session.sid, key, nick, user, host, realname, session.account,
                address=session.host, secure=session.secure, device=session.session.device,
                away=away, proved=session.session.proved if session.account[0] else "",
            )  # fmt: skip
            if session.closed:
                sid = found.sid or session.sid
                self._presence.logout(
                    sid, "Connection closed", heard=found.heard, stays=True, by=session.sid
                )
            else:
                self._attach(session, key, found)
        except StoreError:
            # it may have taken effect all the same
            self._presence.logout(session.sid, "Connection lost", stays=True)
            raise
        finally:
            self._hub.unsubscribe(channel)
        return found

    def _attach(self, session: Receiver, key: str, found: Login) -> None:
        """Redis knows the session: it is the one of ``key``, or goes on with an earlier one."""
        if not found.account:
            session.account = ("", "")
        if found.resumed:
            self._hub.fanout.resume(session, found.sid)
            session.subscribe({**session.subscriptions, **dict.fromkeys(found.subscriptions)})
        session.away = found.mine
        record = session.session
        if session.account[0]:
            self._hub.heard.want()
            record.catching_up = found.heard != "" or found.asked > 0
            record.heard = found.heard
            record.left_off = LeftOff(found.asked) if found.asked else None
        name = fold(found.nick) if found.resumed else key
        user = self._hub.attach(session, name, found, session.account[0])
        if name != key:  # what was said meanwhile was not heard yet
            self._hub.gaps.heal(user)

    def keep(self, session: Receiver, **facts: str) -> None:
        """Keep something for whoever goes on with the session: see ``note.lua``."""
        if session.account[0]:
            self._store.note(session.sid, **facts)

    def left_off(self, sid: str, heard: str) -> None:
        """Tell a session, here or elsewhere, how far other connections have heard."""
        self._store.left_off(sid, heard)

    def is_known(self, session: Receiver) -> Pending[int]:
        """Whether Redis knows the session."""
        return self._store.knows(session.sid)

    async def rename(self, session: Receiver, nick: str) -> bool:
        """Take another name; whether that was a change.

        Refused: taken, reserved, confusable, muted.
        """
        name = user_of(session).key
        return await _changes(self._store.nick(session.sid, name, fold(nick), nick))

    async def set_away(self, session: Receiver, text: str) -> str:
        """A session goes away, or comes back with ''; what others see of its user then.

        One session that is there is enough for the user to be there.
        """
        seen = await self._store.away(session.sid, user_of(session).key, text)
        session.away = text
        return seen

    async def set_realname(self, session: Receiver, realname: str) -> bool:
        """Change the realname; whether that was a change."""
        return await _changes(self._store.realname(session.sid, user_of(session).key, realname))

    async def log_in_to(self, session: Receiver, account: Identity) -> bool:
        """Say whose user this is; whether that was a change.

        Refused: noaccount, toomany, muted.
        """
        name = user_of(session).key
        return await _changes(
            self._store.set_account(
                session.sid, name, account[:2], server=self._server, proved=account.uid
            )
        )

    def change_modes(self, session: Receiver, add: str, remove: str = "") -> Pending[list[str]]:
        """Set and remove user modes."""
        return self._store.umode(session.sid, user_of(session).key, add, remove)

    # -- who may write to a user with mode R ---------------------------------------------------

    async def accept(self, session: Receiver, name: str) -> bool:
        """Let somebody write; whether there is somebody of that name, folded."""
        try:
            await self._store.accept(user_of(session).key, name, on=True)
        except Refused as refused:
            if refused.word != "nouser":
                raise
            return False
        return True

    def accept_no_more(self, session: Receiver, name: str) -> Pending[bool]:
        """Undo `accept`; whether that was a change."""
        return self._store.accept(user_of(session).key, name, on=False)

    def accepted(self, session: Receiver) -> Pending[list[str]]:
        """Whom the user lets write: their nicks as they were then."""
        return self._store.accepted(user_of(session).key)


async def _changes(act: Pending[Any]) -> bool:
    """Whether an act has changed something; another Refused is raised."""
    try:
        await act
    except Refused as refused:
        if refused.word != "same":
            raise
        return False
    return True
