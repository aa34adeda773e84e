"""Accounts over the wire: AUTHENTICATE (SASL PLAIN), REGISTER, PASSWD."""

from __future__ import annotations

import base64
import binascii
from typing import NoReturn

from chatd.commands.accounts import has_password
from chatd.commands.context import MANY_LOGINS, STORE_AWAY, Context
from chatd.commands.devices import note_login, read_login
from chatd.commands.errors import CommandError, Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.state.accounts import TooBusy, acceptable
from chatd.store.errors import Refused, StoreError
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message

CHUNK = 400
"""Characters of one AUTHENTICATE line: a full one says that more follows."""
MOST = 8 * CHUNK
"""Characters of a whole answer."""
FAILURES = 5
"""Wrong passwords in one connection before it is closed."""
TOO_MANY = "Your account is online too many times; close some of its connections"
NO_ACCOUNT = "Your account does not exist any more"


@command("AUTHENTICATE", min_params=1, before_registration=True)
async def authenticate(ctx: Context, msg: Message) -> None:
    """Log in to an account. https://ircv3.net/specs/extensions/sasl-3.2"""
    client, said, data = ctx.client, ctx.client.registration, msg.params[0]
    if not client.caps & c.CAP_SASL:
        raise CommandError(n.ERR_SASLFAIL)
    if len(data) > CHUNK:
        said.sasl = None
        raise CommandError(n.ERR_SASLTOOLONG)
    if data == "*":
        said.sasl = None
        raise CommandError(n.ERR_SASLABORTED)
    if said.sasl is None:
        # 3.1, about connecting: "after already authenticating successfully, the server MUST reject
        # it with a 907". 3.2, about later: "Servers SHOULD allow a client [...] to reauthenticate".
        if client.account[0] and not client.registered:
            raise CommandError(n.ERR_SASLALREADY)
        if data.upper() != "PLAIN":
            ctx.numeric(n.RPL_SASLMECHS, "PLAIN")
            raise CommandError(n.ERR_SASLFAIL)
        said.sasl = ""
        ctx.write(b"AUTHENTICATE +\r\n")
        return
    said.sasl += "" if data == "+" else data
    if len(said.sasl) > MOST:
        said.sasl = None
        raise CommandError(n.ERR_SASLFAIL)
    if len(data) < CHUNK:
        answer, said.sasl = said.sasl, None
        await _plain(ctx, answer)


async def _plain(ctx: Context, answer: str) -> None:
    """Check authzid NUL authcid NUL password. https://www.rfc-editor.org/rfc/rfc4616#section-2"""
    client = ctx.client
    try:
        authzid, authcid, password = base64.b64decode(answer, validate=True).decode().split("\0")
        login = read_login(authcid)
        allowed = authzid in ("", authcid) or fold(authzid) == fold(login.name)
    except (binascii.Error, ValueError, InvalidName):
        raise CommandError(n.ERR_SASLFAIL) from None
    try:
        account = await ctx.server.accounts.verify(login.name, password) if allowed else None
    except TooBusy:
        _not_now(ctx, MANY_LOGINS)
    except StoreError:
        _not_now(ctx, STORE_AWAY)
    if account is None:
        client.registration.failures += 1
        ctx.numeric(n.ERR_SASLFAIL)
        if client.registration.failures >= FAILURES:
            ctx.finish()
            client.close("Too many failed logins")
        return
    if not client.registered:
        note_login(ctx, login)
    await _logged_in(ctx, account)
    ctx.numeric(n.RPL_SASLSUCCESS)


def _not_now(ctx: Context, text: str) -> NoReturn:
    """The password may be right: say so to who can tell it from a wrong one, then 904 to all.

    904 alone would end a client that comes back; without it a client waits until it gives up.
    """
    if ctx.client.caps & c.CAP_STANDARD_REPLIES:
        ctx.fail("TEMPORARILY_UNAVAILABLE", text)
    raise CommandError(n.ERR_SASLFAIL, text=text) from None


async def _logged_in(ctx: Context, account: tuple[str, str]) -> None:
    client, said = ctx.client, ctx.client.registration
    client.account = account
    user = client.user
    # "as far as it is known": before registration USER may not have come yet
    known = f"{ctx.nick}!{said.user or '*'}@{said.host or client.host}"
    source = user.source if user is not None else known
    # before the ACCOUNT message that follows from it
    ctx.numeric(n.RPL_LOGGEDIN, source, account[1], text=f"You are now logged in as {account[1]}")
    if user is not None:
        try:
            await ctx.server.users.log_in_to(client, account)
        except Refused as refused:
            if refused.word in ("noaccount", "toomany"):
                client.account = (user.account_key, user.account)
                text = NO_ACCOUNT if refused.word == "noaccount" else TOO_MANY
                raise CommandError(n.ERR_SASLFAIL, text=text) from None
        except StoreError:
            client.account = (user.account_key, user.account)
            _not_now(ctx, STORE_AWAY)
        user.account_key = account[0]


@command("REGISTER", min_params=3, before_registration=True)
async def register(ctx: Context, msg: Message) -> None:
    """Make an account for the own nick. https://ircv3.net/specs/extensions/account-registration"""
    client, (name, _, password) = ctx.client, msg.params[:3]
    if not ctx.client.registered and not client.registration.nick:
        raise Failure("NEED_NICK", "Say your nick first, with NICK", "*")
    nick = ctx.nick
    shown = nick if name == "*" else middle(name)
    if client.account[0]:
        raise Failure("ALREADY_AUTHENTICATED", "You are logged in to an account", shown)
    if _folded(shown) != fold(nick):
        raise Failure("ACCOUNT_NAME_MUST_BE_NICK", "The account has the name of your nick", shown)
    if not acceptable(password):
        raise Failure("UNACCEPTABLE_PASSWORD", "A password has 1 to 300 bytes", shown)
    if not client.registered and not has_password(ctx):
        # "this functionality cannot be used to bypass any authentication restrictions"
        raise Failure("NEED_PASSWORD", "Give the server's password with PASS first", shown)
    hashed = await _hash(ctx, password, shown)
    try:
        await ctx.server.accounts.register(client, nick, hashed)
    except Refused as refused:
        if refused.word == "exists":
            raise Failure("ACCOUNT_EXISTS", "The account exists already", shown) from None
        if refused.word == "confusable":
            raise Failure("BAD_ACCOUNT_NAME", "It looks like another name", shown) from None
        raise Failure("TEMPORARILY_UNAVAILABLE", "Try again", shown) from None
    ctx.send("REGISTER", "SUCCESS", nick, "Account created; you are logged in")
    await _logged_in(ctx, (fold(nick), nick))


@command("VERIFY", min_params=2, before_registration=True)
def verify(ctx: Context, msg: Message) -> None:
    """Complete a registration: none needs that. https://ircv3.net/specs/extensions/account-registration"""
    shown = middle(msg.params[0])
    if ctx.client.account[0]:
        raise Failure("ALREADY_AUTHENTICATED", "You are logged in to an account", shown)
    raise Failure("INVALID_CODE", "No account waits for a code", shown)


@command("PASSWD", min_params=1)
async def passwd(ctx: Context, msg: Message) -> None:
    """Change the password of the account that this session has logged in to. docs/protocol.md"""
    client = ctx.client
    key, shown = client.account
    if not key:
        raise Failure("ACCOUNT_REQUIRED", "Log in to your account first")
    if not acceptable(msg.params[0]):
        raise Failure("UNACCEPTABLE_PASSWORD", "A password has 1 to 300 bytes", shown)
    hashed = await _hash(ctx, msg.params[0], shown)
    try:
        await ctx.server.accounts.set_password(client, key, hashed)
    except Refused as refused:
        if refused.word != "noaccount":
            raise
        raise Failure("ACCOUNT_REQUIRED", NO_ACCOUNT) from None
    ctx.note("CHANGED", "The password is changed", shown)


async def _hash(ctx: Context, password: str, shown: str) -> str:
    try:
        return await ctx.server.accounts.hashed(password)
    except TooBusy:
        raise Failure("TEMPORARILY_UNAVAILABLE", MANY_LOGINS, shown) from None


def _folded(name: str) -> str:
    try:
        return fold(name)
    except InvalidName:
        return ""
