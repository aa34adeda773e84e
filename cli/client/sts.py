"""Strict Transport Security: a server that wants to be talked to by TLS only. No I/O.

https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

from typing import Final

from cli.client.checks import number
from cli.client.dataclass import dataclass
from cli.client.errors import NotConnected

LONGEST_S: Final = 10**10
"""Seconds that a policy may last; a server that says more has said this."""


class Upgrade(NotConnected):
    """A server says so, and the client "MUST close the insecure connection and reconnect"."""

    port = 0

    @classmethod
    def to(cls, port: int) -> Upgrade:
        """Say on which port."""
        upgrade = cls(f"the server wants TLS, on port {port}")
        upgrade.port = port
        return upgrade


@dataclass(frozen=True, slots=True)
class Policy:
    """What a host has said by TLS: its port, for how long, and until when; seconds since 1970."""

    port: int
    duration: int
    until: float


def read(value: str) -> tuple[int | None, int | None]:
    """Read the port and the duration of a capability's value; None for what is not there.

    "Clients MUST ignore every token with a key that they don't understand."
    """
    tokens = dict(token.partition("=")[::2] for token in reversed(value.split(",")))
    port, duration = number(tokens.get("port", "")), number(tokens.get("duration", ""))
    if port is not None and not 0 < port < 65536:
        port = None
    return port, None if duration is None else min(duration, LONGEST_S)
