"""Letting all clients of a gateway go, one after the other, while others take them in.

https://www.rfc-editor.org/rfc/rfc9113#section-6.8 has the same two steps: "A server that is
attempting to gracefully shut down a connection SHOULD send an initial GOAWAY", and ends later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from chatd.commands.context import Context
from chatd.commands.environment import Server
from chatd.commands.gateways import tell_to_move
from chatd.session.connection import Connection
from chatd.wire import caps as c

REASON = "This gateway is being restarted: connect again"
"""What a client is told in its ERROR."""
TICK_S = 0.02
"""Who is due within this time goes in one turn of the loop."""
MOVE_PART = 0.25
"""Part of the time that is left, at its end, to those who were told to move last."""
CLOSED_S = 1.0
"""Seconds for sockets to close when everybody was let go; who does not read is cut off then."""


async def drain(server: Server, open_: Mapping[bytes, Connection], seconds: float) -> None:
    """Let everybody go within some seconds, spaced out; no new connection may come meanwhile.

    Who has not registered can go at once. Who knows how to move is told to, and connects to another
    gateway before it leaves this one; all others are let go, and connect again.
    """
    for connection in list(open_.values()):
        if not connection.registered:
            connection.let_go(REASON)
    waiting = list(open_.values())
    loop = asyncio.get_running_loop()
    begin, span = loop.time(), max(seconds * (1 - MOVE_PART), TICK_S)
    done = 0
    while done < len(waiting):
        due = int((loop.time() - begin) / span * len(waiting)) + 1
        for connection in waiting[done:due]:
            _send_away(server, connection)
        done = due
        await asyncio.sleep(TICK_S)
    await _all_gone(open_, begin + seconds)
    for connection in list(open_.values()):
        connection.let_go(REASON)
    await _all_gone(open_, begin + seconds + CLOSED_S)


async def _all_gone(open_: Mapping[bytes, Connection], end: float) -> None:
    """Return when no connection is open any more, or at a time of the loop."""
    while True:
        if not open_ or asyncio.get_running_loop().time() >= end:
            return
        await asyncio.sleep(TICK_S)


def _send_away(server: Server, connection: Connection) -> None:
    if connection.closed:
        return
    if connection.caps & c.CAP_GATEWAYS and server.gateways.addresses:
        tell_to_move(Context(connection, server, "", ""), REASON)
    else:
        connection.let_go(REASON)
