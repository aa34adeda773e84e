"""Looking after silent clients: PING, then a timeout; a limit for those who never register."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.batch import TIMEOUT_S
from chatd.config import Config
from chatd.session.connection import Connection


def sweep(connections: Iterable[Connection], config: Config, now: float) -> None:
    """Ping who has been silent, close who does not answer. ``now``: seconds, as sessions count."""
    ping = f"PING :{config.name}\r\n".encode()
    for session in connections:
        silent = now - session.heard_at
        if session.closed or (session.behind and session.registered):
            continue
        if session.batch is not None and now - session.batch.opened_at > TIMEOUT_S:
            text = "The batch was open for too long"
            session.batch.fail("TIMEOUT", text, session.batch.reference)
        if not session.registered:
            if now - session.opened_at > config.registration_timeout_s:
                session.close("Registration timed out")
        elif session.pinged_at:
            if now - session.pinged_at > config.ping_timeout_s:
                session.close(f"Ping timeout: {int(silent)} seconds", stays=True)
        elif silent > config.ping_interval_s:
            session.pinged_at = now
            session.write(ping)


def interval_s(config: Config) -> float:
    """How often to sweep: fine enough for the shortest of the times."""
    shortest = min(config.ping_interval_s, config.ping_timeout_s, config.registration_timeout_s)
    return min(5.0, shortest / 4)
