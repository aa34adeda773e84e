"""SASL: AUTHENTICATE, the lines of an exchange. What they say is up to `mechanisms`."""

from __future__ import annotations

import base64
import binascii

from chatd.commands.context import STORE_AWAY, Context
from chatd.commands.errors import CommandError
from chatd.commands.exchange import Proved, Wrong
from chatd.commands.logins import FAILURES, held_back, log_in, not_now, note_login, tell_wrong
from chatd.commands.mechanisms import begin, offered
from chatd.commands.registry import command
from chatd.state.accounts import TooBusy
from chatd.store.errors import StoreError
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.message import Message

CHUNK = 400
"""Characters of one AUTHENTICATE line: a full one says that more follows."""
MOST = 8 * CHUNK
"""Characters of a whole answer."""


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
    exchange = said.sasl
    if exchange is None:
        _begin(ctx, data)
        return
    exchange.said += "" if data == "+" else data
    if len(exchange.said) > MOST:
        said.sasl = None
        raise CommandError(n.ERR_SASLFAIL)
    if len(data) < CHUNK:
        answer, exchange.said = exchange.said, ""
        await _go_on(ctx, answer)


def _begin(ctx: Context, mechanism: str) -> None:
    """Begin an exchange; all mechanisms that there are let the client speak first."""
    client = ctx.client
    # 3.1, about connecting: "after already authenticating successfully, the server MUST reject
    # it with a 907". 3.2, about later: "Servers SHOULD allow a client [...] to reauthenticate".
    if client.account[0] and not client.registered:
        raise CommandError(n.ERR_SASLALREADY)
    exchange = begin(ctx, mechanism.upper())
    if exchange is None:
        ctx.numeric(n.RPL_SASLMECHS, offered(client))
        raise CommandError(n.ERR_SASLFAIL)
    client.registration.sasl = exchange
    ctx.write(b"AUTHENTICATE +\r\n")


async def _go_on(ctx: Context, said: str) -> None:
    """Carry out the client's next step; unless a challenge follows, the exchange is over."""
    registration = ctx.client.registration
    exchange, registration.sasl = registration.sasl, None
    assert exchange is not None
    try:
        step = await exchange.step(base64.b64decode(said, validate=True))
    except Wrong:
        _refuse(ctx)
        return
    except (binascii.Error, ValueError):
        raise CommandError(n.ERR_SASLFAIL) from None
    except TooBusy as busy:
        await held_back(ctx, busy)
        not_now(ctx, str(busy), busy.code)
    except StoreError:
        not_now(ctx, STORE_AWAY)
    if isinstance(step, Proved):
        if not ctx.client.registered:
            note_login(ctx, step.login)
        await log_in(ctx, step.account)
        ctx.numeric(n.RPL_SASLSUCCESS)
        if ctx.client.registered:
            await tell_wrong(ctx)
        return
    registration.sasl = exchange
    _challenge(ctx, step)


@command("IDENTIFY", min_params=1)
async def identify(ctx: Context, msg: Message) -> None:
    """Log in to your account after connecting: ``IDENTIFY [account] <password>``. docs/protocol.md

    It is AUTHENTICATE PLAIN in the words that people type.
    """
    name, password = msg.params[0] if len(msg.params) > 1 else ctx.nick, msg.params[-1]
    exchange = begin(ctx, "PLAIN")
    if exchange is None or "\0" in name + password:
        raise CommandError(n.ERR_SASLFAIL)
    ctx.client.registration.sasl = exchange
    await _go_on(ctx, base64.b64encode(f"\0{name}\0{password}".encode()).decode())


def _challenge(ctx: Context, data: bytes) -> None:
    """Say something to the client. https://ircv3.net/specs/extensions/sasl-3.1"""
    text = base64.b64encode(data)
    # "If the last chunk was exactly 400 bytes long, it must also be followed by AUTHENTICATE +"
    for start in range(0, len(text) + 1, CHUNK):
        ctx.write(b"AUTHENTICATE %b\r\n" % (text[start : start + CHUNK] or b"+"))


def _refuse(ctx: Context) -> None:
    client = ctx.client
    client.registration.failures += 1
    ctx.numeric(n.ERR_SASLFAIL)
    if client.registration.failures >= FAILURES:
        ctx.finish()
        client.close("Too many failed logins")
