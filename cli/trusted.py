"""What is kept of certificates and of hosts that want TLS.

pins/<address>  the fingerprint of the certificate that is believed there
sts/<host>      JSON: port, duration in seconds, until in seconds since 1970
"""

from __future__ import annotations

import json
from contextlib import suppress

from cli.client.connection import Server
from cli.client.errors import ChatError
from cli.client.sts import LONGEST_S, Policy
from cli.files import Files


class Trusted:
    """`cli.client.trust.Keeper` in the state directory."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def pin(self, server: Server) -> str:
        """Return the fingerprint that is pinned at an address, '' for none. Raises ChatError."""
        return (self._files.read("pins", str(server)) or "").strip()

    def keep_pin(self, server: Server, fingerprint: str) -> None:
        """Pin one. Raises ChatError."""
        self._files.write(f"{fingerprint}\n", "pins", str(server))

    def policy(self, host: str) -> Policy | None:
        """Return what a host wants; None also when it cannot be read."""
        with suppress(ChatError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            facts = json.loads(self._files.read("sts", host) or "null")
            port, duration = int(facts["port"]), int(facts["duration"])
            if 0 < port < 65536 and 0 < duration <= LONGEST_S:
                return Policy(port, duration, float(facts["until"]))
        return None

    def keep_policy(self, host: str, policy: Policy | None) -> None:
        """Keep what it wants; None = nothing any more. Raises ChatError."""
        if policy is None:
            return self._files.remove("sts", host)
        facts = {"port": policy.port, "duration": policy.duration, "until": policy.until}
        return self._files.write(json.dumps(facts), "sts", host)
