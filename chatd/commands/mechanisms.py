"""Mechanisms of SASL: a table of what a client may use to prove who it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.commands.context import Client, Context
from chatd.commands.exchange import Exchange, Proved, Wrong, may_be
from chatd.commands.external import External
from chatd.commands.scram import Scram
from chatd.state.accounts import Accounts
from chatd.wire.login import read_login
from chatd.wire.scram import MECHANISM


class Plain(Exchange):
    """authzid NUL authcid NUL password. https://www.rfc-editor.org/rfc/rfc4616#section-2"""

    async def step(self, answer: bytes) -> Proved:
        """Check the only answer."""
        authzid, authcid, password = answer.decode().split("\0")
        login = read_login(authcid)
        if not may_be(authzid, authcid, login):
            raise Wrong
        account = await self._accounts.verify(self._host, login.name, password)
        if account is None:
            raise Wrong
        return Proved(login, account)


MECHANISMS: Final[dict[str, Callable[[Accounts, str, str], Exchange]]] = {
    "EXTERNAL": External,
    MECHANISM: Scram,
    "PLAIN": Plain,
}
"""Name -> what begins an exchange, the strongest first."""


def begin(ctx: Context, mechanism: str) -> Exchange | None:
    """Begin an exchange; None = this connection cannot use such a mechanism."""
    if mechanism not in _usable(ctx.client):
        return None
    client = ctx.client
    return MECHANISMS[mechanism](ctx.server.accounts, client.host, client.certificate)


def offered(client: Client) -> str:
    """The mechanisms that this connection can use, commas between."""
    return ",".join(_usable(client))


def _usable(client: Client) -> list[str]:
    """A client that has shown no certificate need not be told that it could have one."""
    return [name for name in MECHANISMS if name != "EXTERNAL" or client.certificate]
