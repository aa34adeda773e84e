"""Messages on their way to Redis: the hot path."""

from __future__ import annotations

from typing import Final

from chatd.state.events import message_begin
from chatd.store.intake import Intake
from chatd.store.packing import Packed
from chatd.store.pending import Pending
from chatd.store.schema.keys import HISTORY_TTL_S
from chatd.store.store import Store

KEPT_DAYS: Final = HISTORY_TTL_S // 86400
"""For which a message waits for somebody who is offline."""


class Route:
    """What is the same in all messages of one sender to one target.

    ``to``: how, channel and sender for the store; ``begin``: the record as far as the text.
    """

    __slots__ = ("begin", "of", "to")

    def __init__(self, of: tuple[str, ...], sid: str, channel: str) -> None:
        self.of = of
        how, _, sender, *head = of
        self.to = Packed((how, channel, sender))
        self.begin = message_begin(sid, sender, *head)


class Messages:
    """Sends messages. ``intake`` says how much may be in flight."""

    __slots__ = ("_head", "_keys", "_relay", "intake")

    def __init__(self, store: Store) -> None:
        self._relay = store.relay
        self._keys = store.keys
        self._head: Packed = store.post_head
        self.intake: Intake = store.relay.intake

    def route(self, sid: str, of: tuple[str, ...]) -> Route:
        """The way from a sender to a target.

        ``of``: how, see ``post.lua``; target, sender, source, account, command, target as shown,
        tags.
        """
        how, target = of[0], of[1]
        channel = self._keys.room(target) if how[0] == "r" else self._keys.user(target)
        return Route(of, sid, channel)

    def send(self, route: Route, record: bytes, answer: Pending[bytes | list[bytes]]) -> None:
        """Send one message; ``answer`` is resolved or fails by itself."""
        self._relay.act_batched(self._head, route.to, record, answer)
