"""Becoming a user: NICK, USER, and leaving: QUIT. PING and PONG."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from chatd.commands.bans import refuse_banned
from chatd.commands.catchup import catch_up, choose_lines
from chatd.commands.context import Client, Context
from chatd.commands.errors import CommandError
from chatd.commands.gateways import tell_gateways
from chatd.commands.logins import NO_ACCOUNT, TOO_MANY, keep_certificate, tell_wrong
from chatd.commands.monitor import watch_again
from chatd.commands.passwords import let_in
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.commands.server import greet
from chatd.state.bans import Subject
from chatd.state.local import LocalUser
from chatd.store.errors import Refused, StoreUnavailable
from chatd.store.login import Login
from chatd.store.pending import at_most
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import USERLEN, InvalidName, fold, valid_nick
from chatd.wire.isupport import NAMELEN
from chatd.wire.message import Message
from chatd.wire.services import looks_like_service
from chatd.wire.text import truncate_utf8
from chatd.wire.usermodes import shown

QUIT_S = 10.0
"""Seconds that a QUIT waits for Redis at most. One that is silent counts as gone earlier, after
`chatd.store.link.SILENCE_S` and a half, so this ends the wait for one that is far behind.
"""

Waiting = Coroutine[Any, Any, None]
"""What is left of a command that waits for the store."""


@command("USER", min_params=4, before_registration=True)
def user(ctx: Context, msg: Message) -> Waiting | None:
    """Say the username and realname. https://modern.ircdocs.horse/#user-message"""
    client = ctx.client
    if client.registered or client.registration.user:
        raise CommandError(n.ERR_ALREADYREGISTERED)
    if not msg.params[0] or not msg.params[3]:
        raise CommandError(n.ERR_NEEDMOREPARAMS, "USER")
    name = msg.params[0]
    if not name.isalnum():
        name = "".join(ch for ch in name if ch.isprintable() and ch not in " !@*?:")
    # "~" says that nobody but the client vouches for the name
    client.registration.user = "~" + (truncate_utf8(name, USERLEN - 1) or "user")
    client.registration.realname = truncate_utf8(msg.params[3], NAMELEN)
    return try_to_register(ctx) if _has_said_all(client) else None


@command("NICK", before_registration=True)
def nick(ctx: Context, msg: Message) -> Waiting | None:
    """Choose or change the name. https://modern.ircdocs.horse/#nick-message"""
    if not msg.params or not msg.params[0]:
        raise CommandError(n.ERR_NONICKNAMEGIVEN)
    new = msg.params[0]
    try:
        valid_nick(new)
    except InvalidName as error:
        raise CommandError(n.ERR_ERRONEUSNICKNAME, middle(new)[:40], text=str(error)) from None
    if looks_like_service(new):
        text = f"{new} would be taken for a service of this server"
        raise CommandError(n.ERR_ERRONEUSNICKNAME, new, text=text)
    if ctx.client.registered:
        return change_nick(ctx, new)
    ctx.client.registration.nick = new
    return try_to_register(ctx) if _has_said_all(ctx.client) else None


async def change_nick(ctx: Context, new: str) -> None:
    """Be called otherwise from now on; raises what a nick that cannot be had is answered with."""
    try:
        await ctx.server.users.rename(ctx.client, new)
    except Refused as refused:
        if refused.word in ("taken", "reserved", "confusable"):
            raise _nick_in_use(new, refused) from None
        if refused.word == "muted":
            raise CommandError(n.ERR_BANONCHAN, new, *refused.details) from None


def _nick_in_use(nick: str, refused: Refused) -> CommandError:
    if refused.word == "confusable":
        text = f"Nickname looks like {refused.details[0]}, which is in use"
        return CommandError(n.ERR_NICKNAMEINUSE, nick, text=text)
    if refused.word == "toomany":
        return CommandError(n.ERR_NICKNAMEINUSE, nick, text=TOO_MANY)
    if refused.word == "reserved":
        text = "Nickname belongs to an account: log in with SASL to use it"
        return CommandError(n.ERR_NICKNAMEINUSE, nick, text=text)
    return CommandError(n.ERR_NICKNAMEINUSE, nick)


def _has_said_all(client: Client) -> bool:
    said = client.registration
    return not (client.registered or said.negotiating) and bool(said.nick and said.user)


async def try_to_register(ctx: Context) -> None:
    """Register when all is said that has to be said."""
    client, said = ctx.client, ctx.client.registration
    if not _has_said_all(client):
        return
    if said.sasl is not None:
        # "the server SHOULD abort it and send a 906 numeric, then register the client"
        said.sasl = None
        ctx.numeric(n.ERR_SASLABORTED)
    if not await let_in(ctx) or _banned(ctx):
        return
    arrivals, found = ctx.server.presence.homecoming.arrivals, None
    await arrivals.enter()
    try:
        if not client.closed:
            found = await _arrive(ctx)
    finally:
        arrivals.leave()
    if found is not None and client.account[0]:  # of a guest nothing is kept that it could miss
        # nothing may be waited for before: what is said meanwhile comes behind what was missed
        await catch_up(ctx, found)  # takes as long as the client takes to read
        await tell_wrong(ctx)


async def _arrive(ctx: Context) -> Login | None:
    """Log in, and greet; who the session is now, None = it has gone meanwhile."""
    client, said = ctx.client, ctx.client.registration
    nick, host = said.nick, said.host or client.host
    try:
        found = await ctx.server.users.log_in(
            client, nick, said.user, host, said.realname, said.away
        )
    except Refused as refused:
        if refused.word == "noaccount":  # deleted after the login to it
            client.account = ("", "")
            ctx.numeric(n.ERR_SASLFAIL, text=NO_ACCOUNT)
            return await _arrive(ctx)
        said.nick = ""
        raise _nick_in_use(nick, refused) from None
    user = client.user
    if user is None:
        return None
    ctx.server.network.enforce(user)  # a ban that came while the login was under way
    if client.user is None:
        return None
    if client.subscriptions:
        ctx.server.users.keep(client, subscriptions=",".join(client.subscriptions))
    keep_certificate(ctx)
    client.welcomed()
    is_same = not found.resumed or fold(nick) == user.key
    await greet(ctx, nick if is_same else user.nick, found.counts)
    _tell_kept(ctx, user, found)
    if client.caps & c.CAP_GATEWAYS:
        tell_gateways(ctx)
    choose_lines(ctx, found)
    if client.account[0]:
        watch_again(ctx, found.watched)
    return found


def _tell_kept(ctx: Context, user: LocalUser, found: Login) -> None:
    """What the user and the session are already: a program that was started anew does not know."""
    if user.modes:
        ctx.send("MODE", user.nick, shown(user.modes), source=user.nick)  # irssi ignores 221
    if found.resumed and ctx.client.away:
        ctx.numeric(n.RPL_NOWAWAY)


def _banned(ctx: Context) -> bool:
    """Turn away who may not be here."""
    if not ctx.server.network.bans:
        return False
    client, said = ctx.client, ctx.client.registration
    hosts = (client.host, said.host or client.host)
    subject = Subject(said.nick, said.user, hosts, client.account[0])
    ban = ctx.server.network.ban_on(subject)
    if ban is not None:
        refuse_banned(ctx, ban)
    return ban is not None


@command("QUIT", before_registration=True)
async def quit_(ctx: Context, msg: Message) -> None:
    """Leave; the ERROR says that it is done: on every gateway others see it, and the name is free.

    "The server acknowledges this by replying with an ERROR message and closing the connection to
    the client." https://modern.ircdocs.horse/#quit-message
    """
    reason = truncate_utf8(msg.params[0], 300) if msg.params else ""
    await at_most(QUIT_S, ctx.client.depart(f"Quit: {reason}"))
    ctx.client.close(f"Quit: {reason}" if reason else "Client Quit")


@command("PING", min_params=1, before_registration=True, pipelined=True)
async def ping(ctx: Context, msg: Message) -> None:
    """Answer when all that was acknowledged before has been written to this client.

    https://modern.ircdocs.horse/#ping-message
    """
    token, client = msg.params[0], ctx.client
    if client.registered:
        try:
            await ctx.server.hub.fences.fence()
        except StoreUnavailable:
            # No fence can be had now. Say so, and send the PONG when the link is back, so that
            # a client that measures its connection by it stays.
            ctx.unavailable()
            ctx.server.hub.fences.when_back(client, lambda: ctx.send("PONG", *_pong(ctx, token)))
            return
    ctx.send("PONG", *_pong(ctx, token))


def _pong(ctx: Context, token: str) -> tuple[str, str]:
    return ctx.server.config.name, token


@command("PONG", before_registration=True, pipelined=True)
def pong(ctx: Context, msg: Message) -> None:
    """Show that the client is alive, as any line does. https://modern.ircdocs.horse/#pong-message"""
