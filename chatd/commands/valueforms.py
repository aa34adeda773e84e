"""How METADATA answers: to who has asked for draft/metadata-3 as that says, else as the second.

The third has no METADATA message: 761 and 766 say what a value is everywhere. "FAIL is reserved for
when the entire command cannot proceed due to an error. WARN is used when a portion of a command
cannot proceed". It is pull request 613: https://github.com/ircv3/ircv3-specifications/pull/613
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import CommandError, Failure
from chatd.commands.reply import middle
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.metadata import KEY_BYTES

ALL: Final = "*ALL"
"""The target that is everybody and every room that one hears of."""
_AWARE: Final = c.CAP_METADATA_3 | c.CAP_BATCH
_BAD_KEY: Final = f"A key has 1 to {KEY_BYTES} of the letters a-z, digits and _./-"
_LATER: Final = "Ask for the values with SYNC"


def is_third(ctx: Context) -> bool:
    """Whether the client speaks draft/metadata-3."""
    return bool(ctx.client.caps & c.CAP_METADATA_3)


def is_aware(ctx: Context) -> bool:
    """Whether it is "a client who has negotiated both" that and batch."""
    return ctx.client.caps & _AWARE == _AWARE


def batch(ctx: Context, kind: str, *params: str) -> AbstractContextManager[None]:
    """A batch, for who has that capability."""
    return ctx.batch(kind, *params) if ctx.client.caps & c.CAP_BATCH else nullcontext()


def show(ctx: Context, target: str, key: str, value: str) -> None:
    """A value that was asked for."""
    ctx.send(n.RPL_KEYVALUE.code, ctx.nick, target, key, "*", value, text_last=True)


def show_rows(ctx: Context, rows: Iterable[tuple[str, str, str]]) -> None:
    """Values that a client hears of: whose, key, value."""
    for whose, key, value in rows:
        if is_third(ctx):
            show(ctx, whose, key, value)
        else:
            ctx.send("METADATA", whose, key, "*", value, text_last=True)


def show_gone(ctx: Context, target: str, gone: dict[str, str]) -> None:
    """What CLEAR has removed."""
    for key, value in gone.items():
        if is_third(ctx):
            ctx.numeric(n.RPL_KEYNOTSET, target, key)
        else:
            show(ctx, target, key, value)


def later(ctx: Context, target: str) -> None:
    """774: the client may ask by SYNC, at once."""
    if is_third(ctx):
        ctx.numeric(n.RPL_METADATASYNCLATER, target, "0", text=_LATER)
    else:
        ctx.numeric(n.RPL_METADATASYNCLATER, target)


# -- what is refused -----------------------------------------------------------------------------


def warn_of_key(ctx: Context, key: str) -> None:
    """One of several keys is none."""
    if is_third(ctx):
        ctx.warn("INVALID_KEY", _BAD_KEY, middle(key))
    else:
        ctx.fail("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))


def bad_key(ctx: Context, key: str) -> Failure:
    """The key of the command is none."""
    if is_third(ctx):
        return Failure("INVALID_KEY", _BAD_KEY, middle(key))
    return Failure("KEY_INVALID", "A key has letters a-z, digits and _./-", middle(key))


def bad_value(ctx: Context, key: str, text: str) -> Failure:
    """The value cannot be one."""
    return Failure("INVALID_VALUE", text, key) if is_third(ctx) else Failure("VALUE_INVALID", text)


def bad_subcommand(ctx: Context, word: str) -> Failure:
    """There is no such subcommand."""
    code = "INVALID_PARAMS" if is_third(ctx) else "SUBCOMMAND_INVALID"
    return Failure(code, "There is no such subcommand", middle(word))


def too_few(ctx: Context, word: str) -> Failure | CommandError:
    """A parameter is missing."""
    if is_third(ctx):
        return Failure("INVALID_PARAMS", "Not enough parameters", word)
    return CommandError(n.ERR_NEEDMOREPARAMS, "METADATA")


def full(ctx: Context, target: str, most: int) -> Failure:
    """A target has as many keys as it may have."""
    words = ("SET", target, str(most)) if is_third(ctx) else (target,)
    return Failure("LIMIT_REACHED", f"There are {most} keys already", *words)


def tell_full(ctx: Context, key: str, most: int) -> None:
    """Name "this first key that the client could not subscribe to"."""
    if is_third(ctx):
        ctx.fail("LIMIT_REACHED", "There are too many subscriptions", "SUB", key, str(most))
    else:
        ctx.fail("TOO_MANY_SUBS", "There are too many subscriptions", key)
