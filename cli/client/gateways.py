"""Where a server is reached: as the user gave it, then as it has told. No I/O.

``GATEWAYS``, docs/extensions.md. Who tells an address decides where a secret is sent, so only a
server that has accepted the secret may tell one, and only one that is reached no more openly than
itself; see `_may_tell`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chatd.wire.addresses import MAX_ADDRESSES, is_loopback, read_addresses
from chatd.wire.message import Message
from cli.client.connection import Server
from cli.client.dataclass import dataclass
from cli.client.trust import Trust

ID_BYTES: Final = 64
"""Bytes of the id of a server; what is longer is none."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a server must say of itself before it hears a secret.

    ``data``: its id, '' when none is known yet; ``strict``: it must say it. One that the user has
    named may be a server that says nothing, but not another one. ``named``: by the user, now.
    """

    data: str = ""
    strict: bool = False
    named: bool = True

    def fits(self, announced: str) -> bool:
        """Tell whether a server that announces this id ('' for none) is the one."""
        if not self.data or announced == self.data:
            return True
        return not (announced or self.strict)


class Gateways:
    """The addresses of one server.

    ``given``: by the user, now; ``sure``: those that are the server's because the user says so, not
    only because it has told them, by default all that are given; ``told`` and ``data``, its id: as
    it said before. ``remember`` is called with both when they are new.
    """

    def __init__(
        self,
        given: Sequence[Server],
        *,
        sure: Iterable[Server] | None = None,
        told: Iterable[Server] = (),
        data: str = "",
        remember: Callable[[list[Server], str], None] | None = None,
        trust: Trust | None = None,
    ) -> None:
        self.trust = trust or Trust()
        """Whose certificates are believed there, and who is talked to by TLS only."""
        self.given = list(given)
        self._sure = frozenset(given if sure is None else sure)
        self._data = data
        self._told = [one for one in told if any(_may_tell(by, one) for by in given)]
        self._remember = remember
        self._coming: list[Server] = []
        """Of a list whose last line has not come."""
        self._last: Server | None = None

    @property
    def all(self) -> list[Server]:
        """The addresses in the order in which they are tried."""
        by_tls = any(server.tls for server in self.given)
        told = [server for server in self._told if server.tls or not by_tls]
        return list(dict.fromkeys([*self.given, *told]))

    def next(self) -> Server:
        """Return the address behind the one that was returned before; the first is the first."""
        servers = self.all
        at = servers.index(self._last) + 1 if self._last in servers else 0
        self._last = servers[at % len(servers)]
        return self._last

    def expected(self, server: Server) -> Expected:
        """Tell what a server must say of itself at this address."""
        strict = self._data != "" and server not in self._sure
        return Expected(self._data, strict, server in self.given)

    def take(self, message: Message, by: Server) -> None:
        """Take ``GATEWAYS <id> [*] :<address> ...`` of a server that has accepted the secret."""
        params = message.params
        if len(params) < 2 or len(params[0].encode()) > ID_BYTES or not params[0].isprintable():
            return
        found = addresses_in(params[-1])
        room = MAX_ADDRESSES - len(self._coming)
        self._coming += [one for one in found if _may_tell(by, one)][:room]
        if len(params) > 2 and params[1] == "*":
            return
        told, self._coming = list(dict.fromkeys(self._coming)), []
        if (set(told), params[0]) == (set(self._told), self._data):
            return
        from random import shuffle  # of no use to most commands

        shuffle(told)  # not all clients of a gateway that dies go to the same other one
        self._told, self._data = told, params[0]
        if self._remember is not None:
            self._remember(told, self._data)

    def connection_lost(self) -> None:
        """Forget the part of a list that had come."""
        self._coming = []


def addresses_in(words: str) -> list[Server]:
    """Read addresses that a server has told; what is none is left out."""
    return [Server(one.host, one.port, one.tls) for one in read_addresses(words)]


def _may_tell(by: Server, server: Server) -> bool:
    """Tell whether a server may name this address: the way there is no more open than to itself.

    By TLS only TLS; who is not on this machine names nothing on it. A server on this machine
    without TLS, which may be the end of a tunnel, names others without TLS on this machine only.
    """
    here, there = is_loopback(by.host), is_loopback(server.host)
    if there and not here:
        return False
    return server.tls or (not by.tls and here == there)
