"""How long a session waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Times in seconds."""

    login: float = 15.0
    """From the connection to the welcome, the server's password hashing included."""
    quiet: float = 30.0
    """Silence after which the server is asked whether it is still there."""
    answer: float = 15.0
    """For the answer to that question; after it the connection counts as broken."""
    history: float = 20.0
    """For all that was missed; what has not come by then is told as a gap."""
    retry_first: float = 0.5
    retry_most: float = 20.0
    """Between two rounds of connection attempts, and between two attempts to send."""
    goodbye: float = 1.0
    """For the server to close the connection after QUIT."""
