"""Whose certificate is believed, and which hosts are talked to by TLS only. No I/O.

A certificate is verified by the authorities of this machine, or those of a file. One that is
pinned, by its fingerprint, is believed for itself, and at this address no other one is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from cli.client.address import Server
from cli.client.errors import ChatError, NotConnected
from cli.client.sts import Policy


class Untrusted(NotConnected):
    """The certificate is not one that is believed; nothing was said to the server."""


class Keeper(Protocol):
    """What is kept between runs."""

    def pin(self, server: Server) -> str:
        """Return the fingerprint that is pinned at an address, '' for none."""

    def keep_pin(self, server: Server, fingerprint: str) -> None:
        """Pin one."""

    def policy(self, host: str) -> Policy | None:
        """Return what a host wants."""

    def keep_policy(self, host: str, policy: Policy | None) -> None:
        """Keep what it wants; None = nothing any more."""


class Trust:
    """``pins``: given by the user, now, for whatever address. ``ca_file``: authorities in PEM."""

    def __init__(
        self,
        keeper: Keeper | None = None,
        ca_file: Path | None = None,
        pins: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ca_file = ca_file
        self.question: tuple[Server, str] | None = None
        """An address and a fingerprint of which nobody knows whether to believe it."""
        self._pins = frozenset(pins)
        self._keeper = keeper
        self._clock = clock

    # -- certificates ------------------------------------------------------------------------

    def pinned(self, server: Server) -> frozenset[str]:
        """Return the fingerprints of which one has to be this server's; empty = none is pinned."""
        if self._pins or self._keeper is None:
            return self._pins
        kept = self._keeper.pin(server)
        return frozenset((kept,) if kept else ())

    def believes(self, fingerprint: str, given: Collection[Server]) -> bool:
        """Tell whether it is the certificate that another address of the same server has."""
        kept = () if self._keeper is None else (self._keeper.pin(one) for one in given)
        return fingerprint in {*self._pins, *kept}

    def ask_anew(self) -> None:
        """Forget the question; it comes again if it is still one."""
        self.question = None

    def accept(self, server: Server, fingerprint: str) -> None:
        """Pin a certificate from now on. Raises ChatError when that cannot be stored."""
        self.question = None
        if self._keeper is not None and self._keeper.pin(server) != fingerprint:
            self._keeper.keep_pin(server, fingerprint)

    # -- hosts that want TLS -----------------------------------------------------------------

    def secured(self, server: Server) -> Server:
        """Return where to connect for an address: by TLS, if its host has said so."""
        if server.tls or self._keeper is None:
            return server
        policy = self._keeper.policy(server.host)
        if policy is None or policy.until <= self._clock():
            return server
        return Server(server.host, policy.port, tls=True)

    def wants_tls(self, server: Server, duration: int) -> None:
        """Take what a host said by TLS, now or when its connection ends: 0 = no longer."""
        policy = Policy(server.port, duration, self._clock() + duration) if duration else None
        if self._keeper is not None:
            try:
                self._keeper.keep_policy(server.host, policy)
            except ChatError:
                return  # it says so again at the next connection
