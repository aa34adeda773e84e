"""How much of what was told each client's kernel has taken: a wire that broke says nothing.

What was written and not taken when a connection ends has to be told again through the next one. So
each look remembers how far was told, and a later look whether all of that has been taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chatd.commands.environment import Server
from chatd.session.connection import Connection
from chatd.session.peer import Checkpoint
from chatd.state.heard import latest

INTERVAL_S: Final = 1.0
"""Between two looks: what may be told once more when a wire breaks."""
LAGS_AFTER: Final = 2
"""Looks at which nothing more was taken: from then on Redis knows, should this gateway die too."""


def look(connections: Iterable[Connection], server: Server) -> None:
    """Look at each connection whose session another one may have to go on with."""
    told = server.hub.heard.told
    for connection in connections:
        session = connection.session
        waits = session.catching_up or connection.holds or connection.closed
        if session.account[0] and not waits:
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
    lags = check is not None and check.looks >= LAGS_AFTER
    if lags != session.lags:
        session.lags = lags
        server.users.keep(connection, lags="1" if lags else "", heard=session.heard if lags else "")
