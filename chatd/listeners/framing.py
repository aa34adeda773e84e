"""How lines are put into WebSocket messages, as the library is told.

The library binds the function that it is given as a method, which a compiled one cannot be: hence
a file of its own, that is not compiled.
https://ircv3.net/specs/extensions/websocket
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from chatd.wire.framing import MAX_BODY, MAX_TAGS_CLIENT

TEXT, BINARY = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")

_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)  # the library tells of every connection

MAX_MESSAGE = 2 * (MAX_BODY + MAX_TAGS_CLIENT)
"""Bytes of one message; a line that is too long, but not by that much, gets its 417."""


def choose(_: ServerProtocol, asked: Sequence[Subprotocol]) -> Subprotocol | None:
    """Choose how lines are sent, "respecting the client's order of preference"."""
    return next((name for name in asked if name in (TEXT, BINARY)), None)


def new_protocol() -> ServerProtocol:
    """The library's side of one connection."""
    return ServerProtocol(
        select_subprotocol=choose,
        subprotocols=[TEXT, BINARY],
        max_size=MAX_MESSAGE,
        logger=_log,
    )
