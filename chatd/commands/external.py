"""The mechanism EXTERNAL: the certificate that a client has shown by TLS."""

from __future__ import annotations

from chatd.commands.errors import CommandError
from chatd.commands.exchange import Exchange, Proved, Wrong
from chatd.wire import numerics as n
from chatd.wire.casemap import fold
from chatd.wire.login import Login, read_login

NOBODYS = "Your certificate is no account's: log in, and add it with CERT ADD"


class External(Exchange):
    """The only answer is an authzid, or empty. https://www.rfc-editor.org/rfc/rfc4422#appendix-A

    A certificate cannot be guessed, and clients try it before a password: who shows one that is
    nobody's has made no failed login.
    """

    async def step(self, answer: bytes) -> Proved:
        """Look up whose the certificate is."""
        login = read_login(answer.decode()) if answer else Login("", "", None)
        account = await self._accounts.owner_of(self._certificate)
        if account is None:
            raise CommandError(n.ERR_SASLFAIL, text=NOBODYS)
        if login.name and fold(login.name) != account.key:
            raise Wrong
        await self._accounts.attempts.proved(self._host, account.key)
        return Proved(login, account)
