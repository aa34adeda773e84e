"""Accounts over the wire: REGISTER, VERIFY, PASSWD."""

from __future__ import annotations

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.logins import NO_ACCOUNT, log_in
from chatd.commands.passwords import has_password
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.state.accounts import Secret, TooBusy, acceptable
from chatd.state.admissions import NotAdmitted, refusal_of
from chatd.store.errors import Refused, StoreError
from chatd.wire.casemap import InvalidName, fold
from chatd.wire.message import Message


@command("REGISTER", min_params=3, before_registration=True)
async def register(ctx: Context, msg: Message) -> None:
    """Make an account for the own nick. https://ircv3.net/specs/extensions/account-registration"""
    client, (name, said, password) = ctx.client, msg.params[:3]
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
    admissions = ctx.server.admissions
    try:
        ground = admissions.ground(client.host, said)
        await admissions.ask(fold(nick), ground)  # before anything is computed
        hashed = await _hash(ctx, password, shown)
        made = await ctx.server.accounts.register(client, nick, hashed, ground)
    except NotAdmitted as refusal:
        raise Failure(refusal.code, str(refusal), shown) from None
    except Refused as refused:
        if (why := refusal_of(refused)) is not None:
            raise Failure(why.code, str(why), shown) from None
        if refused.word == "exists":
            raise Failure("ACCOUNT_EXISTS", "The account exists already", shown) from None
        if refused.word == "confusable":
            raise Failure("BAD_ACCOUNT_NAME", "It looks like another name", shown) from None
        raise Failure("TEMPORARILY_UNAVAILABLE", "Try again", shown) from None
    ctx.send("REGISTER", "SUCCESS", nick, "Account created; you are logged in")
    await log_in(ctx, made)


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
    ctx.note("CHANGED", f"The password is changed{await _others(ctx, key)}", shown)


async def _others(ctx: Context, account: str) -> str:
    """What is to be said of the account's other sessions: they go on."""
    try:
        count = await ctx.server.sessions.how_many(account) - 1
    except StoreError:
        return ""
    if count <= 0:
        return ""
    they = (
        "1 other session of your account goes on"
        if count == 1
        else (f"{count} other sessions of your account go on")
    )
    return f"; {they}: SESSIONS END ALL ends what is not this one"


async def _hash(ctx: Context, password: str, shown: str) -> Secret:
    try:
        return await ctx.server.accounts.hashed(ctx.client.host, password)
    except TooBusy as busy:
        raise Failure(busy.code, str(busy), shown) from None


def _folded(name: str) -> str:
    try:
        return fold(name)
    except InvalidName:
        return ""
