"""Where clients reach the gateways that live: each says it with its lease, and hears the others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from chatd.state.hub import Hub
from chatd.state.notices import GatewaysChanged
from chatd.wire.addresses import MAX_ADDRESSES, GatewayAddress, read_addresses
from chatd.wire.caps import CAP_GATEWAYS


class Gateways:
    """What this gateway knows of all, itself among them, and tells clients that have asked.

    ``own``: its addresses as they are written in Redis with the next lease, spaces between; '' = no
    client is to come.
    """

    def __init__(self, hub: Hub, gateway: str, own: Iterable[GatewayAddress]) -> None:
        self._hub = hub
        self._gateway = gateway
        self.own = " ".join(map(str, own))
        self.living = 1
        """How many gateways there are, those without addresses too."""
        self.data = ""
        """What Redis' data are called: says that a gateway belongs to the same server."""
        self.addresses: tuple[str, ...] = ()
        """In an order that is another one on each gateway, so that not all clients of one that
        dies go to the same other."""

    def learn(self, data: str, living: str, written: str) -> None:
        """Take what came with the lease; tell clients if it is new."""
        self.living = int(living)
        found = sorted(map(str, read_addresses(written)), key=self._place)[:MAX_ADDRESSES]
        if (data, tuple(found)) == (self.data, self.addresses):
            return
        self.data, self.addresses = data, tuple(found)
        everybody = [one for user in self._hub.users.values() for one in user.sessions]
        concerned = [one for one in everybody if one.caps & CAP_GATEWAYS]
        if concerned:
            self._hub.fanout.tell(concerned, GatewaysChanged())

    def _place(self, address: str) -> bytes:
        return hashlib.blake2b(f"{self._gateway} {address}".encode(), digest_size=8).digest()
