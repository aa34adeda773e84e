"""The room where one begins: as the server says, or does, or knows. No I/O."""

from __future__ import annotations

from typing import Final

from chatd.wire.message import Message, format_line
from cli.client.checks import is_room_name
from cli.client.spelling import folded

SHARED: Final = "chatd/ROOM"
"""RPL_ISUPPORT: the room that everybody shares, docs/extensions.md ."""

_OURS: Final = "chatd/"
"""A server with capabilities of this vendor has that room, also one that does not say so yet."""


class Beginning:
    """``room`` is the one to enter when the server is silent, and '' when there is none."""

    def __init__(self, room: str) -> None:
        self.over = False
        self.room = ""
        self._default = room
        self._known = False
        self._asked = False

    def take(self, message: Message, caps: set[str]) -> list[bytes]:
        """Take a line of the server; return what is to be asked."""
        params = message.params
        match message.command:
            case "005":
                if shared := shared_in(message):
                    self.room, self.over = shared, True
            case "JOIN" if params and is_room_name(params[0]) and not self.room:
                self.room = params[0]  # it was put there
            case "322" if self._asked and params[1:2]:
                self._known = self._known or folded(params[1]) == folded(self._default)
            case "323" | "421" | "263" if self._asked:
                self.room = self.room or (self._default if self._known else "")
                self.over = True
            case "376" | "422":
                if any(cap.startswith(_OURS) for cap in caps):
                    self.room, self.over = self.room or self._default, True
                else:
                    self._asked = True
                    return [format_line("LIST", self._default)]
        return []


def shared_in(message: Message) -> str:
    """Return the room that everybody shares, if an RPL_ISUPPORT names it, else ''."""
    if message.command != "005":
        return ""
    tokens = (token.partition("=") for token in message.params[1:-1])
    named = (value for name, _, value in tokens if name == SHARED and is_room_name(value))
    return next(named, "")
