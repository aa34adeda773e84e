"""``chat passwd``: it does one thing in a session and leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from chatd.wire.text import printable
from cli.client.checks import check_password
from cli.client.errors import Refused
from cli.client.session import Session
from cli.config import Credential, State
from cli.ending import warn
from cli.options import Options
from cli.send import Problems, within
from cli.signin import sign_in


def change_password(
    options: Options, name: str, password: str | None, new: str, seconds: float
) -> None:
    """Set the password of a name, and keep it here. Raises ChatError."""
    check_password(new, "the new password")
    if printable(new) != new:
        raise Refused("a password cannot contain control characters")

    async def run() -> None:
        attempt = sign_in(options.state, name, password, options.server_password)
        session = Session(attempt.login, options.state.gateways(), Problems(warn))

        async def work() -> None:
            if not session.authenticated:
                reason = session.claim_problem or "the server offers none"
                raise Refused(f"{name} has no account here: {reason}")
            await session.ready.wait()
            await _change_password(options.state, session, name, new, seconds)

        await within(seconds, attempt, session, work)

    asyncio.run(run())


async def _change_password(
    state: State, session: Session, name: str, new: str, seconds: float
) -> None:
    """Ask the server to take a password, and keep it.

    It is kept beside the old one before the server is asked: other sessions of this name come back
    with the one or with the other, and a crash between the two loses nothing.
    """
    kept = state.credential(name) or Credential(str(session.login.secret), generated=False)
    state.keep(name, replace(kept, next=new))
    try:
        await session.change_password(new, seconds)
    except Refused:
        state.keep(name, replace(kept, next=None))
        raise
    state.keep(name, Credential(new, generated=False))
