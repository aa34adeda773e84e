"""The record of a login: what stays the same while the connection that it came by is another."""

from __future__ import annotations

from chatd.state.local import LocalUser


class Session:
    """Who has logged in, from which device, and what they asked to hear.

    ``sid``: its id, which names no gateway: any of them may hold its connection. ``account``:
    folded and as shown, empty for a guest. ``subscriptions``: keys of METADATA.
    What depends on the client's program, its capabilities, belongs to the connection.
    """

    __slots__ = ("account", "sid", "subscriptions", "user")

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.user: LocalUser | None = None
        self.account = ("", "")
        self.subscriptions: dict[str, None] = {}
