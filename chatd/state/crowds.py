"""How many connections come from each network, on all gateways.

Each gateway keeps the numbers of its own in Redis, as they are and not by how much they change, and
only those of gateways with a lease count: so nothing adds up wrong, and who dies takes its numbers
along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from chatd.store.pending import Pending
from chatd.store.store import Store
from chatd.wire.addresses import network_of

AT_ONCE = 100
"""Networks in one call."""


class Guest(Protocol):
    """A connection."""

    def close(self, reason: str) -> None:
        """End it, with a sentence for its user."""


class Crowds:
    """Counts connections, and closes those that are too many. ``most`` of a network, 0 = any."""

    def __init__(self, store: Store, most: int, is_trusted: Callable[[str], bool]) -> None:
        self._store = store
        self._most = most
        self._is_trusted = is_trusted
        self._where: dict[Guest, str] = {}
        self._counts: dict[str, int] = {}
        self._changed: dict[str, list[Guest]] = {}
        """Networks whose number Redis does not know yet, and who came from there meanwhile."""
        self._flushing = False

    def enter(self, guest: Guest, host: str) -> None:
        """A connection has come from a host."""
        if not self._most or self._is_trusted(host):
            return
        network = network_of(host)
        self._where[guest] = network
        self._counts[network] = count = self._counts.get(network, 0) + 1
        self._change(network).append(guest)
        if count > self._most:
            self._close(guest)

    def move(self, guest: Guest, host: str) -> None:
        """It comes from elsewhere, as its web gateway says."""
        self.leave(guest)
        self.enter(guest, host)

    def leave(self, guest: Guest) -> None:
        """It has ended."""
        network = self._where.pop(guest, None)
        if network is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]
        self._change(network)

    def tell_all(self) -> None:
        """Redis may have lost the numbers, or this gateway its lease: say all of them again."""
        for network in self._counts:
            self._change(network)

    def _change(self, network: str) -> list[Guest]:
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)
        return self._changed.setdefault(network, [])

    def _flush(self) -> None:
        """Tell Redis of this turn of the loop, some networks in a call."""
        self._flushing = False
        changed, self._changed = list(self._changed.items()), {}
        for start in range(0, len(changed), AT_ONCE):
            self._tell(changed[start : start + AT_ONCE])

    def _tell(self, changed: list[tuple[str, list[Guest]]]) -> None:
        def answered(reply: Pending[list[int]]) -> None:
            if reply.error is not None:
                return  # all is told when this gateway serves again
            for (_, guests), total in zip(changed, reply.result(), strict=True):
                here = [guest for guest in guests if guest in self._where]
                for guest in here[max(0, len(here) - max(0, total - self._most)) :]:
                    self._close(guest)

        counts = [(network, self._counts.get(network, 0)) for network, _ in changed]
        self._store.note_connections(counts).then(answered)

    def _close(self, guest: Guest) -> None:
        guest.close(
            f"Too many connections from your network, there may be {self._most}: close some of them"
        )
