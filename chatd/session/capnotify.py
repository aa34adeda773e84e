"""CAP NEW and CAP DEL: capabilities that come and go while clients are connected.

https://ircv3.net/specs/extensions/capability-negotiation#cap-notify
"""

from __future__ import annotations

from collections.abc import Iterable

from chatd.commands.capabilities import VERSION, offer_to
from chatd.commands.environment import Server
from chatd.session.connection import Connection
from chatd.wire import caps as c
from chatd.wire.message import format_line


def withdraw(server: Server, sessions: Iterable[Connection], names: frozenset[str]) -> None:
    """Offer these capabilities no more: who has one has it no longer, and is told."""
    gone = [row for row in server.offered if row.name in names]
    if not gone:
        return
    server.offered = tuple(row for row in server.offered if row.name not in names)
    bits = sum(row.bit for row in gone)
    for session in sessions:
        session.set_caps(session.caps & ~bits)
        _tell(server, session, "DEL", [row.name for row in gone])


def restore(server: Server, sessions: Iterable[Connection], names: frozenset[str]) -> None:
    """Offer these capabilities again."""
    offered = {row.name for row in server.offered}
    new = [row for row in server.capabilities if row.name in names - offered]
    if not new:
        return
    server.offered = tuple(
        row for row in server.capabilities if row.name in offered or row.name in names
    )
    for session in sessions:
        values = session.cap_version >= VERSION
        _tell(
            server, session, "NEW", [offer_to(session, row) if values else row.name for row in new]
        )


def _tell(server: Server, session: Connection, subcommand: str, words: list[str]) -> None:
    if session.caps & c.CAP_CAP_NOTIFY and not session.closed:
        nick = session.user.nick if session.user is not None else session.registration.nick or "*"
        source = server.config.name
        session.write(
            format_line("CAP", nick, subcommand, " ".join(words), source=source, text_last=True)
        )
