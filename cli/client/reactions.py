"""Reactions to messages, also to those that are not here yet. No I/O.

Pages of the past come backwards: a reaction may be here before what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cli.client import events as ev
from cli.client.entries import Message

MAX_REACTIONS: Final = 30
"""Different reactions to one message."""

MAX_REACTING: Final = 500
"""People of one reaction who are kept."""

MAX_EARLY: Final = 1000
"""Messages for which reactions are kept until they are here."""

MAX_EARLY_EACH: Final = 100
"""Reactions that are kept for one of these."""


def react(message: Message, event: ev.Reacted) -> None:
    """Add a reaction to a message, or take it away."""
    reactions = message.reactions
    nicks = reactions.get(event.reaction, [])
    if event.taken_back and event.nick in nicks:
        nicks.remove(event.nick)
    elif not event.taken_back and event.nick not in nicks and len(nicks) < MAX_REACTING:
        nicks.append(event.nick)
    if not nicks:
        reactions.pop(event.reaction, None)
    elif event.reaction in reactions or len(reactions) < MAX_REACTIONS:
        reactions[event.reaction] = nicks
    message.changed()


class Early:
    """Reactions whose messages are not here."""

    def __init__(self) -> None:
        self._kept: dict[str, list[ev.Reacted]] = {}

    def keep(self, event: ev.Reacted, *, older: bool = False) -> None:
        """Keep one; ``older``: it happened before those that are kept."""
        kept = self._kept.get(event.msgid)
        if kept is None:
            if len(self._kept) >= MAX_EARLY:
                del self._kept[next(iter(self._kept))]
            kept = self._kept[event.msgid] = []
        if len(kept) < MAX_EARLY_EACH:
            kept.insert(0 if older else len(kept), event)

    def apply(self, messages: Iterable[Message]) -> None:
        """Add what was kept for messages that are here now."""
        for message in messages:
            for event in self._kept.pop(message.msgid, ()) if self._kept else ():
                react(message, event)
