"""What operators of the server do, and what there is to know of it."""

from __future__ import annotations

from chatd.state.bans import Subject, keeps_out
from chatd.state.local import Receiver, user_of
from chatd.store.audit import Detached
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.store.staff import Ban
from chatd.store.store import Store

TOGETHER = 20
"""Sessions that one act ends."""


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

    async def ban(
        self, session: Receiver, kind: str, mask: str, length_s: int, reason: str, why: str
    ) -> None:
        """Ban from the server; a length of 0 is until it is lifted. ``why``: of the QUITs.

        Each gateway closes the connections of who is banned; sessions without one end here.
        """
        name = user_of(session).key
        await self._store.ban(session.sid, name, kind, mask, length_s, reason)
        is_banned = keeps_out(Ban(kind, mask, "", 0, 0, reason))
        start, more = "", True
        while more:
            page = await self._store.detached(start)
            banned = [one.sid for one in page.rows if is_banned(_subject(one))]
            for at in range(0, len(banned), TOGETHER):
                await self._store.put_out(banned[at : at + TOGETHER], why)
            start, more = page.following, page.following != ""

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


def _subject(one: Detached) -> Subject:
    return Subject(one.nick, one.user, (one.real, one.host), one.account)
