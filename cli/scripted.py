"""Commands that do one thing in a session and leave: ``chat send`` and ``chat passwd``."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click

from chatd.wire.text import printable
from cli.client.checks import check_key, check_password, check_target
from cli.client.errors import ChatError, LoginRefused, Refused
from cli.client.outgoing import Sent, new_key
from cli.client.session import Session
from cli.config import Credential, State
from cli.options import Options
from cli.send import Problems, as_json, messages, send, within
from cli.signin import refused, sign_in

_RETRY_IS_NOT_SAFE = (
    "{name} is not logged in to an account here: a retry with the same --id may arrive twice"
)


def send_text(
    options: Options,
    name: str,
    password: str | None,
    target: str,
    text: str,
    key: str | None,
    seconds: float,
    json_output: bool,
) -> None:
    """Send a text as a name. Raises ChatError."""
    check_target(target)
    used = new_key() if key is None else key
    check_key(used)
    items = messages(text, used, name, target)
    if not items:
        raise ChatError("there is nothing to send: give a text, or lines on stdin")
    for _, item_key in items:
        check_key(item_key)

    def acknowledged(sent: Sent) -> None:
        if json_output:
            click.echo(as_json(sent))

    async def run() -> None:
        problems = Problems(_warn)
        attempt = sign_in(options.state, name, password, options.server_password)
        session = Session(attempt.login, options.servers, problems)

        async def work() -> None:
            if key is not None and not session.retry_is_safe:
                _warn(_RETRY_IS_NOT_SAFE.format(name=name))
            await send(session, problems, target, items, acknowledged)

        await within(seconds, attempt, session, work, used)

    try:
        asyncio.run(run())
    except LoginRefused as error:
        raise refused(error, options.state, name) from None


def _warn(text: str) -> None:
    click.echo(f"chat: {printable(text)}", err=True)


def change_password(
    options: Options, name: str, password: str | None, new: str, seconds: float
) -> None:
    """Set the password of a name, and keep it here. Raises ChatError."""
    check_password(new, "the new password")
    if printable(new) != new:
        raise Refused("a password cannot contain control characters")

    async def run() -> None:
        attempt = sign_in(options.state, name, password, options.server_password)
        session = Session(attempt.login, options.servers, Problems(_warn))

        async def work() -> None:
            if not session.authenticated:
                reason = session.claim_problem or "the server offers none"
                raise Refused(f"{name} has no account here: {reason}")
            await session.ready.wait()
            await _change_password(options.state, session, name, new, seconds)

        await within(seconds, attempt, session, work, "")

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
