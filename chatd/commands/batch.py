"""BATCH: several lines of a client that are one message.

https://ircv3.net/specs/extensions/client-batch and https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

import re
from typing import Final, cast

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.messages import to_one
from chatd.commands.openbatch import OpenBatch
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.wire import caps as c
from chatd.wire.message import Message
from chatd.wire.multiline import CONCAT, MAX_BYTES, MAX_LINES, TYPE, join

TIMEOUT_S: Final = 30.0
"""Seconds for which a batch may be open."""
_REFERENCE: Final = re.compile(r"[A-Za-z0-9-]+")
_MEANWHILE: Final = frozenset({"PING", "PONG", "QUIT"})
"""What a client may send while its batch is open: it keeps the connection, or ends it."""


@command("BATCH", min_params=1, pipelined=True)
def batch(ctx: Context, msg: Message) -> None:
    """Begin or end several lines that are one. https://ircv3.net/specs/extensions/client-batch"""
    sign, reference = msg.params[0][:1], msg.params[0][1:]
    if sign == "+":
        _open(ctx, msg, reference)
    elif sign == "-":
        _close(ctx, reference)
    else:
        raise Failure("INVALID_REFTAG", "A batch begins with + and ends with -", middle(reference))


def _open(ctx: Context, msg: Message, reference: str) -> None:
    client, before = ctx.client, ctx.client.batch
    if before is not None:
        before.fail("MULTILINE_INVALID", "A batch cannot begin before the last one ends")
    found = client.batch = OpenBatch(ctx, reference, msg.tags, client.heard_at)
    kind, target = [*msg.params[1:3], "", ""][:2]
    if not _REFERENCE.fullmatch(reference):
        found.fail("INVALID_REFTAG", "A reference has letters, digits and -", middle(reference))
    elif kind != TYPE or not client.caps & c.CAP_MULTILINE:
        text = "There is no such type of batch, or it has not been asked for"
        found.fail("UNKNOWN_TYPE", text, reference, middle(kind))
    elif not target or "," in target or "batch" in msg.tags:
        found.fail("MULTILINE_INVALID", "A batch has one target, and is in no other batch")
    found.target = target


def _close(ctx: Context, reference: str) -> None:
    found, ctx.client.batch = ctx.client.batch, None
    if found is None:
        raise _invalid("No batch is open")
    if found.reference != reference:
        found.fail("MULTILINE_INVALID", "Another batch is open")
    elif not found.failed and not any(text for text, _ in found.lines):
        found.fail("MULTILINE_INVALID", "A batch cannot be empty, or have blank lines only")
    if found.failed:
        return
    context = cast("Context", found.context)  # `_open` gave it one
    context.command = found.command
    message = Message(found.command, [found.target, join(found.lines)], tags=found.tags)
    try:
        to_one(context, message, found.target)
    except CommandError as error:
        if found.command != "NOTICE":
            context.error(error)
    finally:
        found.done()


def add_line(found: OpenBatch, message: Message) -> bool:
    """Add a line to the open batch, or refuse it; False when the line is no part of the batch."""
    reference = message.tags.get("batch")
    if reference is None:
        if found.failed or message.command in _MEANWHILE or message.command == "BATCH":
            return False
        found.fail("MULTILINE_INVALID", "The batch has to end first")
        return True
    try:
        if reference != found.reference:
            raise _invalid("Another batch is open")
        if not found.failed:
            _add(found, message)
    except Failure as failure:
        found.fail(failure.code, failure.text, *failure.context)
    return True


def _add(found: OpenBatch, message: Message) -> None:
    """Take one line. Raises Failure."""
    tags = message.tags.keys() - {"batch", CONCAT}
    if message.command not in ("PRIVMSG", "NOTICE") or tags or not message.params:
        raise _invalid("Only PRIVMSG or NOTICE without further tags can stand in a batch")
    found.command = found.command or message.command
    target, text = message.params[0], message.params[1] if len(message.params) > 1 else ""
    concat = CONCAT in message.tags
    if target.lower() != found.target.lower():
        text = "The lines of a batch have its target"
        raise Failure("MULTILINE_INVALID_TARGET", text, middle(found.target), middle(target))
    if message.command != found.command:
        raise _invalid("PRIVMSG and NOTICE cannot be mixed")
    if concat and not text:
        raise _invalid("A blank line cannot be joined to the one before")
    found.size += len(text.encode()) + (1 if found.lines and not concat else 0)
    found.lines.append((text, concat))
    if len(found.lines) > MAX_LINES:
        raise Failure("MULTILINE_MAX_LINES", "The batch has too many lines", str(MAX_LINES))
    if found.size > MAX_BYTES:
        raise Failure("MULTILINE_MAX_BYTES", "The batch is too long", str(MAX_BYTES))


def _invalid(text: str) -> Failure:
    return Failure("MULTILINE_INVALID", text)
