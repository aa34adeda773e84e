"""What operators of the server do, and what there is to know of it."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.store.store import Store


class Staff:
    """Each act may be Refused: offline, notoper. ``server``: the name that events come from."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server

    def kill(self, session: Receiver, name: str, comment: str) -> Pending[list[str]]:
        """Remove a user, folded. Refused: nouser."""
        return self._store.kill(session.sid, user_of(session).key, name, comment)

    def wallops(self, session: Receiver, text: str) -> Pending[list[str]]:
        """Tell everybody who has user mode w."""
        return self._store.wallops(session.sid, user_of(session).key, text)

    def rehash(self, session: Receiver) -> Pending[list[str]]:
        """Have all gateways read their files again."""
        return self._store.rehash(session.sid, user_of(session).key)

    def ban(
        self, session: Receiver, kind: str, mask: str, length_s: int, reason: str
    ) -> Pending[list[str]]:
        """Ban from the server; a length of 0 is until it is lifted."""
        return self._store.ban(session.sid, user_of(session).key, kind, mask, length_s, reason)

    async def unban(self, session: Receiver, kind: str, mask: str) -> bool:
        """Lift a ban; whether there was one."""
        try:
            await self._store.unban(session.sid, user_of(session).key, kind, mask)
        except Refused as refused:
            if refused.word != "noban":
                raise
            return False
        return True

    async def change_host(
        self, session: Receiver, name: str, user: str, host: str
    ) -> tuple[str, str, str]:
        """Change what others see behind a nick; nick, user and host then.

        ``user`` '' = as it is. Refused: nouser.
        """
        _, nick, new_user, new_host = await self._store.host(
            session.sid, user_of(session).key, name, user, host, self._server
        )
        return nick, new_user, new_host

    def clock_s(self) -> Pending[int]:
        """The server's clock: Redis', seconds since 1970."""
        return self._store.clock_s()

    async def uptime_s(self) -> int:
        """Seconds since the first of the gateways that are up now came."""
        return max(0, await self._store.clock_s() - await self._store.started_ms() // 1000)
