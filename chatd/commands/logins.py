"""What all ways to log in to an account share: how they are refused, and what follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NoReturn

from chatd.commands.context import STORE_AWAY, Context
from chatd.commands.errors import CommandError
from chatd.state.accounts import TooBusy
from chatd.store.accounts import Identity
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import Pending
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.login import Login

FAILURES = 5
"""Wrong passwords in one connection, and tries that came too soon, before it is closed."""
REFUSED_S = 1.0
"""Seconds after which such a try is answered."""
TOO_MANY = "Your account is online too many times; close some of its connections"
NO_ACCOUNT = "Your account does not exist any more"


def note_login(ctx: Context, login: Login) -> None:
    """The password was right: this is who connects."""
    ctx.client.session.device = login.device
    ctx.client.registration.replay = login.lines


def keep_certificate(ctx: Context) -> None:
    """Let operators see by WHOIS which certificate the session of an account has shown."""
    if ctx.client.certificate:
        ctx.server.users.keep(ctx.client, certificate=ctx.client.certificate)


async def held_back(ctx: Context, busy: TooBusy) -> None:
    """Who may not try now hears so after a while, and after some of that it is closed.

    Each refusal costs the gateway little; who guesses on and on should not get them at full speed.
    """
    said = ctx.client.registration
    said.failures += 1
    if said.failures >= FAILURES:
        ctx.finish()
        ctx.client.close(str(busy))
        return
    waited: Pending[None] = Pending()
    asyncio.get_running_loop().call_later(REFUSED_S, waited.resolve, None)
    await waited


def not_now(ctx: Context, text: str, code: str = "TEMPORARILY_UNAVAILABLE") -> NoReturn:
    """The password may be right: say so to who can tell it from a wrong one, then 904 to all.

    904 alone would end a client that comes back; without it a client waits until it gives up.
    """
    if ctx.client.caps & c.CAP_STANDARD_REPLIES:
        ctx.fail(code, text)
    raise CommandError(n.ERR_SASLFAIL, text=text) from None


async def log_in(ctx: Context, account: Identity) -> None:
    """The session has proved that it is this account's: say 900."""
    client, said = ctx.client, ctx.client.registration
    client.account = (account.key, account.shown)
    client.session.proved = account.uid
    user = client.user
    # "as far as it is known": before registration USER may not have come yet
    known = f"{ctx.nick}!{said.user or '*'}@{said.host or client.host}"
    source = user.source if user is not None else known
    # before the ACCOUNT message that follows from it
    text = f"You are now logged in as {account.shown}"
    ctx.numeric(n.RPL_LOGGEDIN, source, account.shown, text=text)
    if user is not None:
        try:
            await ctx.server.users.log_in_to(client, account)
        except Refused as refused:
            if refused.word in ("noaccount", "toomany", "muted"):
                client.account = (user.account_key, user.account)
                text = NO_ACCOUNT if refused.word == "noaccount" else TOO_MANY
                if refused.word == "muted":
                    text = f"You are banned or muted in {refused.details[0]}: leave it first"
                raise CommandError(n.ERR_SASLFAIL, text=text) from None
        except StoreError:
            client.account = (user.account_key, user.account)
            not_now(ctx, STORE_AWAY)
        user.account_key = account.key
        keep_certificate(ctx)


async def tell_wrong(ctx: Context) -> None:
    """Tell the owner of an account, once, how many wrong passwords there were."""
    with suppress(StoreError):
        wrong = await ctx.server.accounts.told_wrong(ctx.client.account[0])
        if not wrong.count:
            return
        passwords = "1 wrong password" if wrong.count == 1 else f"{wrong.count} wrong passwords"
        networks = "1 network" if wrong.networks == 1 else f"{wrong.networks} networks"
        if wrong.more:
            networks = f"more than {networks}"
        text = f"There were {passwords} for your account since you were told last, from {networks}"
        if ctx.client.caps & c.CAP_STANDARD_REPLIES:
            ctx.send("NOTE", "*", "WRONG_PASSWORDS", ctx.client.account[1], text)
        else:
            ctx.send("NOTICE", ctx.nick, text)
