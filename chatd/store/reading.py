"""How far somebody has read."""

from __future__ import annotations

from dataclasses import dataclass

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending


@dataclass(frozen=True, slots=True)
class Marker:
    """How far a target is read. ``target``: as shown, '' = there is none for who asks.

    ``read_ms``: up to when, ms since 1970, 0 = it is not known.
    """

    target: str
    read_ms: int


class ReadingActs(Caller):
    """Names and rooms are folded. A target is a room ("r") or a user ("u")."""

    def mark_read(
        self, sid: str, name: str, kind: str, target: str, asked: str, at_ms: int, server: str
    ) -> Pending[Marker]:
        """Note that a target, as written ``asked``, is read up to a time; it only goes forwards.

        Refused: offline, nowhere, toomany (target as shown).
        """
        return self._act(
            "mark_read", self.keys.presence, _marker, sid=sid, name=name, kind=kind,
            target=target, asked=asked, at=at_ms, server=server,
        )  # fmt: skip

    def read_at(self, name: str, kind: str, target: str) -> Pending[Marker]:
        """How far a target is read. Refused: offline."""
        return self._ask(
            "read_at", self.keys.presence, _marker, name=name, kind=kind, target=target
        )


def _marker(reply: list[bytes]) -> Marker:
    _, target, read_ms = checked(reply)
    return Marker(target, int(read_ms))
