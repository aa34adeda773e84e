"""What is kept of what is said, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Kept:
    """The latest ``events`` of a room or conversation, for ``days`` at most, 0 = without limit."""

    events: int
    days: int

    @property
    def token(self) -> str:
        """For ISUPPORT: ``10000,7d``, or ``10000``."""
        return f"{self.events},{self.days}d" if self.days else str(self.events)

    @property
    def sentence(self) -> str:
        """For people."""
        days = "1 day" if self.days == 1 else f"{self.days} days"
        until = f" for {days} at most" if self.days else ""
        return f"The latest {self.events} messages and events of a room are kept{until}"
