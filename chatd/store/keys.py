"""Names of the keys and channels that Python knows; all keys stand in ``schema/keys.py``.

The braces are Redis' hash tags: all keys of one room share a slot, all of one user share a slot,
and what belongs to presence shares the slot of the roster set itself. In a Redis Cluster the prefix
is a tag itself, and the first one counts: all is in one slot.
"""

from __future__ import annotations

from functools import lru_cache

from chatd.store.schema.keys import Owner, find

_ESCAPES = str.maketrans({"%": "%25", "{": "%7B", "}": "%7D"})


def escape(name: str) -> str:
    """A folded name as it stands in a key: braces would end the hash tag."""
    return name.translate(_ESCAPES)


class Keys:
    """Names of keys and channels under one prefix; with ``one_slot`` that is a hash tag."""

    def __init__(self, prefix: str = "chat", *, one_slot: bool = False) -> None:
        prefix = self.prefix = f"{{{prefix}}}" if one_slot else prefix
        self.online = f"{prefix}:online"
        self.global_channel = f"{prefix}:global"
        self.presence = f"{prefix}:{{{prefix}:online}}"
        self.leases = self.of(Owner.SERVER, "gateways")
        self.started = self.of(Owner.SERVER, "started")
        self.global_log = self.of(Owner.SERVER, "log")
        self.synced = self.of(Owner.SERVER, "synced")
        self.guard = self.of(Owner.SERVER, "guard")
        self.room = lru_cache(65536)(self._room)
        self.user = lru_cache(65536)(self._user)

    def _room(self, key: str) -> str:
        """The room's own hash; the name of its channel too. ``key``: folded name."""
        return f"{self.prefix}:room:{{{escape(key)}}}"

    def _user(self, key: str) -> str:
        """What a user's keys begin with; the name of the user's channel. ``key``: folded name."""
        return f"{self.prefix}:user:{{{escape(key)}}}"

    def account(self, key: str) -> str:
        """An account's hash. ``key``: folded name."""
        return self.of(Owner.ACCOUNT, "facts", escape(key))

    def accepts(self, key: str) -> str:
        """Whom a user lets write. ``key``: folded name."""
        return self.of(Owner.USER, "accepts", key)

    def lease(self, gateway: str) -> str:
        """There while a gateway has its lease."""
        return self.of(Owner.GATEWAY, "lease", gateway)

    def sessions(self, gateway: str) -> str:
        """The sessions of a gateway."""
        return self.of(Owner.GATEWAY, "sessions", gateway)

    def of(self, owner: Owner, name: str, *filled: str) -> str:
        """Any key of the schema. ``filled``: what stands for the words of its pattern."""
        return find(owner, name).filled(self.prefix, *filled)
