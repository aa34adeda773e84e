"""Acts of extensions: hosts, messages taken back, rooms under another name."""

from __future__ import annotations

from typing import Any

from chatd.store.door import Door
from chatd.store.pending import Pending


class ExtraActs(Door):
    """Names and rooms are folded unless said otherwise."""

    def host(
        self, sid: str, name: str, target: str, user: str, host: str, server: str
    ) -> Pending[list[str]]:
        """Change a user's user@host ('' = as it is); 'ok', nick, user, host.

        Refused: offline, notoper, nouser.
        """
        return self._act("host", self.keys.presence, sid, name, target, user, host, server)

    def entry(self, stream: str, entry: str) -> Pending[bytes]:
        """The record of a stream's entry, empty when there is none."""
        return self.relay.call("XRANGE", stream, entry, entry, convert=_record)

    def redact(
        self, sid: str, name: str, kind: str, target: str, message: tuple[str, str], reason: str,
        moderators: str,
    ) -> Pending[list[str]]:  # fmt: skip
        """Take back a message. ``message``: entry in the stream, msgid; ``kind``: see redact.lua.

        Refused: offline, nowhere, unknown, forbidden.
        """
        return self._act(
            "redact", self.keys.presence, sid, name, kind, target, *message, reason, moderators
        )

    def rename_room(
        self, sid: str, name: str, room: str, new: str, shown: str, reason: str, operators: str
    ) -> Pending[list[str]]:
        """Rename a room. Refused: offline, noroom, notin, notop, same, exists."""
        return self._act(
            "rename", self.keys.room(room), sid, name, room, new, shown, reason, operators
        )


def _record(reply: list[Any]) -> bytes:
    return bytes(reply[0][1][1]) if reply else b""
