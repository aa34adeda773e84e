"""Acts of extensions: hosts, messages taken back, rooms under another name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.keys import escape
from chatd.store.pages import VALUES
from chatd.store.pending import Pending
from chatd.store.schema.keys import Owner

MOST_REACHED = 4
"""Nicks under which an account is looked for."""


@dataclass(frozen=True, slots=True)
class Values:
    """A target as shown; rows of whose, key, value.

    ``following``: where the next page starts, '' = this is the last.
    """

    target: str
    following: str
    rows: list[tuple[str, str, str]]


class ExtensionActs(Caller):
    """Names and rooms are folded unless said otherwise."""

    def host(
        self, sid: str, name: str, target: str, user: str, host: str, server: str
    ) -> Pending[list[str]]:
        """Change a user's user@host ('' = as it is); 'ok', nick, user, host.

        Refused: offline, notoper, nouser.
        """
        return self._act(
            "host", self.keys.presence, sid=sid, name=name, target=target, new_user=user,
            new_host=host, server=server,
        )  # fmt: skip

    def entry(self, stream: str, entry: str) -> Pending[bytes]:
        """The record of a stream's entry, empty when there is none."""
        return self.relay.call("XRANGE", stream, entry, entry, convert=_record)

    def nicks(self, account: str) -> Pending[list[str]]:
        """Under which names an account is online, some of many; see waiting.lua."""
        key = self.keys.of(Owner.ACCOUNT, "online", escape(account))
        return self.relay.call("SRANDMEMBER", key, MOST_REACHED, convert=_names)

    def redact(
        self, sid: str, name: str, kind: str, target: str, message: tuple[str, str], reason: str
    ) -> Pending[list[str]]:
        """Take back a message. ``message``: entry in the stream, msgid; ``kind``: see redact.lua.

        Refused: offline, nowhere, unknown, forbidden.
        """
        entry, msgid = message
        return self._act(
            "redact", self.keys.presence, sid=sid, name=name, kind=kind, target=target,
            entry=entry, msgid=msgid, reason=reason,
        )  # fmt: skip

    def metadata(
        self, asker: str, kind: str, target: str, keys: list[str], start: str = ""
    ) -> Pending[Values]:
        """Values of a user ("u"), a room ("r"), or a page of those of a room and its members ("s").

        No keys = all. ``start``: `Values.following`. Refused: notarget, denied.
        """
        return self._ask(
            "metadata", self.keys.presence, _values,
            asker=asker, kind=kind, target=target, most=VALUES, start=start, keys=keys,
        )  # fmt: skip

    def set_metadata(
        self, sid: str, name: str, kind: str, target: str, change: tuple[str, str, str], most: int
    ) -> Pending[list[str]]:
        """Change values. ``change``: set, unset or clear; key; value.

        'ok', target as shown, then keys and values that are gone. Refused: offline, notarget,
        denied, notset, toomany, each with the target as shown.
        """
        what, entry, value = change
        return self._act(
            "metadata_set", self.keys.presence, sid=sid, name=name, kind=kind, target=target,
            what=what, entry=entry, value=value, most=most,
        )  # fmt: skip

    def rename_room(
        self, sid: str, name: str, room: str, new: str, shown: str, reason: str
    ) -> Pending[list[str]]:
        """Rename a room. Refused: offline, noroom, notin, notop, same, exists."""
        return self._act(
            "rename", self.keys.room(room), sid=sid, name=name, old=room, new=new, written=shown,
            reason=reason,
        )  # fmt: skip


def _values(reply: list[Any]) -> Values:
    _, target, following, *words = checked(reply)
    return Values(target, following, list(zip(words[::3], words[1::3], words[2::3], strict=True)))


def _names(reply: list[bytes]) -> list[str]:
    return sorted(name.decode() for name in reply)


def _record(reply: list[Any]) -> bytes:
    return bytes(reply[0][1][1]) if reply else b""
