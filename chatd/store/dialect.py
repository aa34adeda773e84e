"""The words in which a Redis is spoken to: one that stands alone, and a Redis Cluster.

In a Cluster plain PUBLISH is copied to every node, and a plain subscription does not follow the
slot when it moves. Sharded channels live where their slot is, and end with it.
https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """``one_slot``: all keys and channels have one hash tag.

    ``message``, ``heard``, ``unheard``: first words of what is pushed: something was published, a
    channel is heard, it is heard no more.
    """

    one_slot: bool
    publish: str
    subscribe: str
    unsubscribe: str
    message: bytes
    heard: bytes
    unheard: bytes


ALONE: Final = Dialect(
    False, "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", b"message", b"subscribe", b"unsubscribe"
)
"""One Redis, or the master of a group under Sentinel."""
CLUSTER: Final = Dialect(
    True, "SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE", b"smessage", b"ssubscribe", b"sunsubscribe"
)
"""The node of a Cluster that owns the slot of all keys."""
