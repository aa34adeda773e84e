"""How what happens reaches sessions: what this layer needs of the one above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chatd.state.events import Event
from chatd.state.local import LocalRoom, Receiver
from chatd.state.notices import Notice


class Fanout(Protocol):
    """Writes to sessions; the hub says who is concerned."""

    def say(self, event: Event, room: LocalRoom, without: tuple[Receiver, ...] = ()) -> None:
        """Write a message, JOIN, PART or QUIT to every member of the room, but to some."""

    def deliver(self, event: Event, receivers: Iterable[Receiver]) -> None:
        """Write the event to each receiver in its own rendering."""

    def tell(self, receivers: Iterable[Receiver], notice: Notice) -> None:
        """Tell sessions something that is no event: see `chatd.state.notices`."""

    def admit(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to become a member: of what was said until now it hears nothing."""

    def dismiss(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to be a member no more: of what was said until now it hears all."""

    def receiver(self, sid: bytes) -> Receiver | None:
        """The session of that id, None = it is not here."""

    def resume(self, receiver: Receiver, sid: str) -> None:
        """A connection goes on with the session of that id."""

    def hand_out(self) -> None:
        """Write what was said until now: what comes next is not for all of one room."""
