"""``chat login``: one session, on the terminal or as a line filter."""

from __future__ import annotations

import asyncio
import sys

from cli.client import events as ev
from cli.client.session import Session
from cli.options import Options
from cli.signin import sign_in
from cli.talking import talk

ROOM = "#global"
"""The room in which everybody begins."""


def enter(options: Options, name: str, password: str | None) -> None:
    """Log in and talk until the user leaves. Raises ChatError."""
    asyncio.run(_enter(options, name, password))


async def _enter(options: Options, name: str, password: str | None) -> None:
    events: asyncio.Queue[ev.Event | None] = asyncio.Queue()
    attempt = sign_in(options.state, name, password, options.server_password)
    session = Session(attempt.login, options.servers, events.put_nowait, rooms=[ROOM])
    await attempt.start(session)
    options.state.logged_in(name)
    if session.claimed:
        events.put_nowait(ev.Note(f"{name} is yours now: its secret is kept on this machine"))
    elif session.claim_problem:
        events.put_nowait(ev.Problem(f"{name} could not be claimed: {session.claim_problem}"))
    if sys.stdin.isatty() and sys.stdout.isatty():
        # The screen's library takes longer to load than all the rest.
        from cli import screen

        terminal = screen.Screen()
        await talk(session, events, ROOM, terminal.typing, terminal.show, screen.PATIENCE)
    else:
        from cli import filter as lines

        await talk(session, events, ROOM, lines.typing, lines.show, lines.PATIENCE)
