"""What a client is told when its command failed."""

from __future__ import annotations

import logging

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.http import refuse_http
from chatd.session.peer import Peer
from chatd.store.errors import Refused, StoreError, StoreUnavailable
from chatd.store.pending import Pending
from chatd.wire import numerics as n
from chatd.wire.framing import HTTP_VERBS
from chatd.wire.message import InvalidUtf8, ParseError

log = logging.getLogger(__name__)


def answer_error(session: Peer, context: Context, error: Exception) -> None:
    """Send the reply that an error carries; one that carries none is a bug, and logged."""
    if isinstance(error, CommandError | Failure):
        context.error(error)
    elif isinstance(error, StoreUnavailable):
        context.unavailable()
    elif isinstance(error, StoreError):
        log.error("%s: %s", context.command, error)
        context.unavailable()
    elif isinstance(error, Refused) and error.word == "notoper":
        context.numeric(n.ERR_NOPRIVILEGES)
    elif isinstance(error, Refused) and error.word == "offline":
        context.unavailable()  # another session may just have changed the name
        _close_if_unknown(session)
    else:
        log.error("%s failed", context.command, exc_info=error)
        context.numeric(n.ERR_UNKNOWNERROR, context.command, text="Internal error")


def answer_unreadable(context: Context, error: ParseError) -> None:
    """Answer a line that is no message."""
    if error.command.upper().encode() in HTTP_VERBS and not context.client.registered:
        refuse_http(context)
    elif isinstance(error, InvalidUtf8):
        context.fail("INVALID_UTF8", "Message rejected, your IRC client needs to use UTF-8")
    elif error.command:
        context.numeric(n.ERR_UNKNOWNCOMMAND, _middle(error.command))
    context.finish()


def _middle(word: str) -> str:
    """Something from a client as a parameter that is not the last."""
    clean = "".join(ch for ch in word[:40] if ch > " ")
    return clean.lstrip(":") or "*"


def _close_if_unknown(session: Peer) -> None:
    """Close a session that Redis does not know."""

    def answered(reply: Pending[int]) -> None:
        if reply.error is None and not reply.value:
            session.close("This session is no longer known to the server; connect again")

    if session.user is not None:
        session.server.users.is_known(session).then(answered)
