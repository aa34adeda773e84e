"""``chat login``: one session, on the terminal or as a line filter."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

from cli.client import events as ev
from cli.client.handshake import PLAYBACK
from cli.client.lookback import Lookback
from cli.client.session import Session
from cli.config import State
from cli.entering import BEGINNING
from cli.files import Files
from cli.here import Here
from cli.options import Options
from cli.settings import Preferences, config_file
from cli.signin import sign_in
from cli.talking import talk

if TYPE_CHECKING:
    from cli.screen.showing import Stage

MIN_LINES = 5
"""Of what was said before, on a terminal however small."""


def enter(
    options: Options,
    name: str,
    password: str | None,
    lines: int | None = None,
    invitation: str = "",
    *,
    plain: bool = False,
) -> None:
    """Log in and talk until the user leaves. Raises ChatError.

    ``lines`` of each room are shown first; None: a screenful on a terminal, and else none.
    ``invitation``: token with which a free name is claimed. ``plain``: no full screen, on whatever
    terminal.
    """
    asyncio.run(_enter(options, name, password, lines, invitation, plain=plain))


async def _enter(
    options: Options,
    name: str,
    password: str | None,
    lines: int | None,
    invitation: str,
    *,
    plain: bool,
) -> None:
    events: asyncio.Queue[ev.Event | None] = asyncio.Queue()
    attempt = sign_in(options.state, name, password, options.server_password, invitation)
    state, on_terminal = options.state, sys.stdin.isatty() and sys.stdout.isatty()
    screen = _screen(state, name) if on_terminal and not plain and _is_capable() else None
    chosen = Preferences(Files(state.directory), config_file()) if on_terminal else Preferences()
    if lines is None:
        lines = _screenful() if on_terminal else 0
    lookback = Lookback(lines, state.here(name)) if lines else None
    rooms = screen.rooms() if screen else None
    if screen is not None:
        attempt.login.caps += (PLAYBACK,)
    session = Session(
        attempt.login, state.gateways(), events.put_nowait, rooms=rooms or (), lookback=lookback
    )
    if rooms is None:
        session.begin_in(BEGINNING)
    session.wants_places = screen is not None
    await attempt.start(session)
    home = await session.home()
    session.stays = on_terminal
    state.logged_in(name)
    _tell_of_claim(session, name, events)
    if screen is not None:
        await screen.show(session, events, home)
    elif on_terminal:
        here = Here(session, partial(state.was_here, name))
        await _on_lines(session, events, home, here, chosen)
    else:
        from cli import filter as pipe

        await talk(session, events, home, pipe.typing, pipe.show, pipe.PATIENCE)


async def _on_lines(
    session: Session,
    events: asyncio.Queue[ev.Event | None],
    home: str,
    here: Here,
    chosen: Preferences,
) -> None:
    from cli import dumb, prompt

    for sentence in chosen.problems:
        events.put_nowait(ev.Problem(sentence))
    terminal = prompt.Screen() if _is_capable() else dumb.Dumb()
    rest = (prompt.PATIENCE, here, prompt.CALM, chosen)
    await talk(session, events, home, terminal.typing, terminal.show, *rest)


def _tell_of_claim(session: Session, name: str, events: asyncio.Queue[ev.Event | None]) -> None:
    if session.claimed:
        events.put_nowait(ev.Note(f"{name} is yours now: its secret is kept on this machine"))
    elif session.claim_problem:
        events.put_nowait(ev.Problem(f"{name} could not be claimed: {session.claim_problem}"))


def _screen(state: State, name: str) -> Stage:
    # Its library takes longer to load than all the rest.
    from cli.screen.showing import Stage

    return Stage(state, name)


def _is_capable() -> bool:
    """Tell whether the terminal can show more than lines."""
    return os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def _screenful() -> int:
    """Return how many lines a terminal shows above the one that is typed."""
    return max(MIN_LINES, shutil.get_terminal_size().lines - 1)
