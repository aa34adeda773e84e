"""How much of what was told each client's kernel has taken: a wire that broke says nothing.

What was written and not taken when a connection ends has to be told again through the next one. So
each look remembers how far was told, and a later look whether all of that has been taken. Where it
has not, Redis knows how far the client has heard: the gateway may die, or the client come again
through another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from chatd.commands.environment import Server
from chatd.session.connection import Connection
from chatd.session.peer import Checkpoint
from chatd.state.heard import latest
from chatd.state.local import LAGS_AFTER

INTERVAL_S: Final = 1.0
"""Between two looks: what may be told once more when a wire breaks."""
AT_ONCE: Final = 100
"""Connections of one turn of the loop: 0.5 ms. All of 10,000 would keep all waiting for 50."""


async def watch(connections: Mapping[bytes, Connection], server: Server) -> None:
    """Look at each of them once in `INTERVAL_S`, for ever."""
    while True:
        parts = parted(list(connections.values()) if server.hub.heard.wanted else [])
        for part in parts:
            await asyncio.sleep(INTERVAL_S / len(parts))
            look(part, server)


def parted(connections: list[Connection]) -> list[list[Connection]]:
    """In parts of `AT_ONCE`; at least one, which may be empty."""
    starts = range(0, max(len(connections), 1), AT_ONCE)
    return [connections[at : at + AT_ONCE] for at in starts]


def look(connections: Iterable[Connection], server: Server) -> None:
    """Look at each connection whose session another one may have to go on with."""
    told = server.hub.heard.told
    for connection in connections:
        session = connection.session
        if not session.account[0] or connection.holds or connection.closed:
            continue
        connection.settle()
        if not session.catching_up:
            _look_at(connection, server, told)


def _look_at(connection: Connection, server: Server, told: str) -> None:
    session, check = connection.session, connection.checkpoint
    taken, untaken, since_s = connection.progress()
    if check is not None and (not untaken or taken >= check.goal):
        session.heard = check.told
        check = connection.checkpoint = None
    if not untaken:
        session.heard = told
    else:
        session.heard = latest(server.hub.heard.told_before(since_s), session.heard)
    if untaken and check is None:
        connection.checkpoint = Checkpoint(taken + untaken, told)
    elif check is not None:
        check.looks += 1
    looks = min(check.looks, LAGS_AFTER) if check is not None else 0
    if looks != session.behind:
        session.behind = looks
        lags = "1" if session.lags else ""
        server.users.keep(connection, lags=lags, heard=session.heard if looks else "")
