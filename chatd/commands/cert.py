"""CERT: certificates that prove who owns an account, for SASL EXTERNAL. See docs/extensions.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.state.accounts import MOST_CERTIFICATES
from chatd.store.errors import Refused
from chatd.wire.message import Message

_FINGERPRINT: Final = re.compile("[0-9a-f]{64}")


@command("CERT", min_params=1)
async def cert(ctx: Context, msg: Message) -> None:
    """List the certificates of your account, add one, remove one. docs/extensions.md"""
    action = msg.params[0].upper()
    handler = _ACTIONS.get(action)
    if handler is None:
        raise Failure("UNKNOWN_ACTION", "Write ADD, REMOVE or LIST", middle(msg.params[0]))
    if not ctx.client.account[0]:
        raise _no_account(action)
    try:
        await handler(ctx, msg.params[1] if len(msg.params) > 1 else "")
    except Refused as refused:
        if refused.word != "noaccount":
            raise
        raise _no_account(action) from None


def _no_account(action: str) -> Failure:
    return Failure("ACCOUNT_REQUIRED", "Log in to your account first", action)


async def _add(ctx: Context, given: str) -> None:
    fingerprint = _read("ADD", given) if given else ctx.client.certificate
    if not fingerprint:
        text = "This connection has shown no certificate; give the SHA-256 of one"
        raise Failure("NO_CERTIFICATE", text, "ADD")
    try:
        await ctx.server.accounts.add_certificate(ctx.client, fingerprint)
    except Refused as refused:
        if refused.word == "exists":
            text = "It is another account's"
            raise Failure("CERTIFICATE_IN_USE", text, "ADD", fingerprint) from None
        if refused.word == "toomany":
            text = f"An account has at most {MOST_CERTIFICATES}"
            raise Failure("TOO_MANY_CERTIFICATES", text, "ADD", fingerprint) from None
        if refused.word != "same":
            raise
    text = "Who has this certificate and its key can log in to your account with SASL EXTERNAL"
    ctx.note("ADDED", text, fingerprint)


async def _remove(ctx: Context, given: str) -> None:
    fingerprint = _read("REMOVE", given)
    try:
        await ctx.server.accounts.remove_certificate(ctx.client, fingerprint)
    except Refused as refused:
        if refused.word != "nocert":
            raise
        text = "Your account has no such certificate"
        raise Failure("NO_SUCH_CERTIFICATE", text, "REMOVE", fingerprint) from None
    ctx.note("REMOVED", "It lets nobody log in to your account any more", fingerprint)


async def _list(ctx: Context, _: str) -> None:
    found = await ctx.server.accounts.certificates(ctx.client.account[0])
    for fingerprint, ms in sorted(found.items(), key=lambda pair: (pair[1], pair[0])):
        day = datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")
        this = ", the one of this connection" if fingerprint == ctx.client.certificate else ""
        ctx.note("CERTIFICATE", f"added on {day}{this}", fingerprint, str(ms // 1000))
    ctx.note("LISTED", f"Certificates of your account: {len(found)}", str(len(found)))


def _read(action: str, text: str) -> str:
    """A fingerprint as programs write it: 64 hex digits, with colons or without."""
    fingerprint = text.replace(":", "").lower()
    if _FINGERPRINT.fullmatch(fingerprint) is None:
        expected = "A fingerprint is the SHA-256 of a certificate, 64 hex digits"
        raise Failure("INVALID_FINGERPRINT", expected, action, middle(text))
    return fingerprint


_ACTIONS: Final = {"ADD": _add, "REMOVE": _remove, "LIST": _list}
