"""What Redis says when it refuses a command for now, for a reason of its own.

https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: "The first
upper-case word after the -, up to the first space or newline, represents the kind of error".
"""

from __future__ import annotations

from dataclasses import dataclass

from chatd.store.errors import StoreError, StoreRefusing, StoreRejected


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, for the operator of the server.

    ``ends_link``: whether another connection may reach a Redis that accepts.
    """

    word: str
    sentence: str
    ends_link: bool = False


REFUSALS = {
    refusal.word: refusal
    for refusal in (
        Refusal("OOM", "Redis has used all the memory that it may use (maxmemory)"),
        Refusal("READONLY", "Redis is a replica and takes no writes", True),
        Refusal("BUSY", "Redis is busy with a script that runs for long"),
        Refusal("MISCONF", "Redis cannot save its data to disk and takes no writes"),
        Refusal("LOADING", "Redis is loading its data from disk", True),
        Refusal("NOREPLICAS", "Redis has fewer replicas than it needs to take writes"),
        Refusal("MASTERDOWN", "Redis is a replica that has lost its master", True),
        Refusal("CLUSTERDOWN", "The Redis Cluster is down", True),
        Refusal("TRYAGAIN", "The Redis Cluster is moving the keys that were asked for"),
        Refusal("ASK", "The Redis Cluster is moving the keys that were asked for"),
        Refusal("MOVED", "The Redis Cluster has the keys on another node", True),
        Refusal("TOOFEW", "Redis has fewer replicas in step than --sync-replicas asks for"),
        Refusal("UNBLOCKED", "Redis has become a replica", True),
    )
}
"""All reasons by their word."""


def as_error(text: str) -> StoreError:
    """An error reply of Redis, without its "-", as an exception."""
    refusal = REFUSALS.get(text.split(None, 1)[0] if text else "")
    if refusal is None:
        return StoreRejected(text)
    return StoreRefusing(refusal.word, refusal.sentence)
