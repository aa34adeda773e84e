"""What the keys of a server are called in the Redis that they leave and in the one they come to.

In a Redis Cluster all keys begin with one hash tag: ``chat:online`` is ``{chat}:online`` there.
"""

from __future__ import annotations

from chatd.store.keys import Keys
from chatd.store.schema.keys import Owner


class Names:
    """The names of one server's keys: ``old`` in the source, ``new`` in the target."""

    def __init__(self, old: Keys, new: Keys) -> None:
        self.old = old
        self.new = new
        self.old_pattern = f"{old.prefix}:*"
        self.new_pattern = f"{new.prefix}:*"
        self._starts = [
            (f"{old.presence}:".encode(), f"{new.presence}:".encode()),
            (f"{old.prefix}:".encode(), f"{new.prefix}:".encode()),
        ]
        self._leases = old.lease("").encode()
        self._left_out = {
            old.of(Owner.SERVER, "plain").encode(),  # names channels; the first gateway makes it
            old.of(Owner.SERVER, "moving").encode(),
            old.of(Owner.SERVER, "epoch").encode(),  # comes last: it says that all is there
        }

    def moved(self, key: bytes) -> bytes:
        """The name in the target of a key of the source."""
        for old, new in self._starts:
            if key.startswith(old):
                return new + key[len(old) :]
        raise ValueError(key)

    def origin(self, key: bytes) -> bytes:
        """The name in the source of a key of the target."""
        for old, new in self._starts:
            if key.startswith(new):
                return old + key[len(new) :]
        raise ValueError(key)

    def stays(self, key: bytes) -> bool:
        """Whether a key of the source is not copied."""
        return key in self._left_out or key.startswith(self._leases)


def shown(key: bytes) -> str:
    """A key for a person."""
    return repr(key.decode(errors="backslashreplace"))
