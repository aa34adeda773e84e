"""PASS: the password of the server, and that of an account for clients without SASL."""

from __future__ import annotations

import hmac
from typing import NamedTuple

from chatd.commands.context import STORE_AWAY, Context
from chatd.commands.errors import CommandError
from chatd.commands.logins import FAILURES, held_back, log_in, note_login
from chatd.commands.registry import command
from chatd.state.accounts import TooBusy
from chatd.store.errors import StoreError
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.login import read_login
from chatd.wire.message import Message

KEPT = 2
"""Lines of PASS that count, the latest: the server's password and an account's."""
WRONG = "The account or the password in PASS is wrong: you are not logged in"


class Given(NamedTuple):
    """What PASS has said. ``login``: ``account:password``, '' = nothing of that kind."""

    server: bool
    login: str


def read_passwords(wanted: str | None, given: list[str]) -> Given:
    """Part the server's password from the account's: in two lines, or one, a colon between.

    ``wanted``: the server's, None = it has none.
    """
    if wanted is None:
        return Given(True, next((text for text in reversed(given) if ":" in text), ""))
    is_given, login = False, ""
    for text in given:
        if _same(text, wanted):
            is_given = True
        elif _same(text[: len(wanted) + 1], f"{wanted}:"):
            is_given, login = True, text[len(wanted) + 1 :]
        elif ":" in text:
            login = text
    return Given(is_given, login)


def _same(text: str, wanted: str) -> bool:
    return hmac.compare_digest(text.encode(), wanted.encode())


def has_password(ctx: Context) -> bool:
    """Whether the client has given the password of the server, if there is one."""
    return read_passwords(ctx.server.config.password, ctx.client.registration.passwords).server


@command("PASS", min_params=1, before_registration=True)
def password(ctx: Context, msg: Message) -> None:
    """Give the connection password. https://modern.ircdocs.horse/#pass-message"""
    if ctx.client.registered:
        raise CommandError(n.ERR_ALREADYREGISTERED)
    said = ctx.client.registration
    said.passwords = [*said.passwords, msg.params[0]][-KEPT:]
    said.passwords_read = False


async def let_in(ctx: Context) -> bool:
    """Check the server's password, and log in to the account that PASS names."""
    said = ctx.client.registration
    given = read_passwords(ctx.server.config.password, said.passwords)
    if not given.server:
        ctx.numeric(n.ERR_PASSWDMISMATCH)
        ctx.client.close("Bad password")
        return False
    if given.login and not said.passwords_read and not ctx.client.account[0]:
        said.passwords_read = True  # once: the nick may be taken, and another one follow
        return await _log_in(ctx, *given.login.split(":", 1))
    return True


async def _log_in(ctx: Context, name: str, secret: str) -> bool:
    """As many servers and bouncers have it; whether the client may stay."""
    client = ctx.client
    try:
        login = read_login(name)
        account = await ctx.server.accounts.verify(client.host, login.name, secret)
    except ValueError:
        account = None
    except TooBusy as busy:
        await held_back(ctx, busy)
        client.close(str(busy))
        return False
    except StoreError:
        client.close(STORE_AWAY)
        return False
    if account is not None:
        note_login(ctx, login)
        await log_in(ctx, account)
        return True
    if client.caps & c.CAP_STANDARD_REPLIES:
        ctx.send("FAIL", "PASS", "INVALID_CREDENTIALS", WRONG)
    else:
        ctx.send("NOTICE", ctx.nick, WRONG)
    client.registration.failures += 1
    if client.registration.failures >= FAILURES:
        client.close("Too many failed logins")
        return False
    return True
