"""Bans of the server: KLINE, DLINE, ABAN, and UNKLINE, UNDLINE, UNABAN. Our own, see docs."""

from __future__ import annotations

import ipaddress
from typing import Final

from chatd.commands.context import Context
from chatd.commands.errors import Failure
from chatd.commands.registry import command
from chatd.commands.reply import middle
from chatd.state.bans import ACCOUNT, ADDRESS, MASK
from chatd.store.staff import Ban
from chatd.wire import numerics as n
from chatd.wire.casemap import InvalidName, fold, valid_nick
from chatd.wire.message import Message
from chatd.wire.text import truncate_utf8

MINUTE_S: Final = 60
MAX_MINUTES: Final = 60 * 24 * 366 * 10
_REASON_BYTES: Final = 200
_MASK_BYTES: Final = 200
_TOO_WIDE: Final = frozenset("*?!@.")

NAMES: Final = {MASK: "K-lined", ADDRESS: "D-lined", ACCOUNT: "Account banned"}
"""What somebody is who is kept out by a ban of each kind."""


def refuse_banned(ctx: Context, ban: Ban) -> None:
    """465 and the end of the connection. https://modern.ircdocs.horse/#erryourebannedcreep-465"""
    reason = f"{NAMES[ban.kind]}: {ban.reason}"
    ctx.numeric(n.ERR_YOUREBANNEDCREEP, text=f"You are banned from this server ({ban.reason})")
    ctx.client.close(f"Closing Link: {ctx.server.config.name} ({reason})", quit_reason=reason)


@command("KLINE", min_params=1)
async def kline(ctx: Context, msg: Message) -> None:
    """Ban a mask: ``KLINE [minutes] user@host :reason``. docs/protocol.md"""
    await _ban(ctx, msg, MASK)


@command("DLINE", min_params=1)
async def dline(ctx: Context, msg: Message) -> None:
    """Ban an address or a network: ``DLINE [minutes] 192.0.2.0/24 :reason``. docs/protocol.md"""
    await _ban(ctx, msg, ADDRESS)


@command("ABAN", min_params=1)
async def aban(ctx: Context, msg: Message) -> None:
    """Ban an account: ``ABAN [minutes] account :reason``. docs/protocol.md"""
    await _ban(ctx, msg, ACCOUNT)


@command("UNKLINE", min_params=1)
async def unkline(ctx: Context, msg: Message) -> None:
    """Lift the ban of a mask. docs/protocol.md"""
    await _unban(ctx, msg, MASK)


@command("UNDLINE", min_params=1)
async def undline(ctx: Context, msg: Message) -> None:
    """Lift the ban of an address or a network. docs/protocol.md"""
    await _unban(ctx, msg, ADDRESS)


@command("UNABAN", min_params=1)
async def unaban(ctx: Context, msg: Message) -> None:
    """Lift the ban of an account. docs/protocol.md"""
    await _unban(ctx, msg, ACCOUNT)


async def _ban(ctx: Context, msg: Message, kind: str) -> None:
    words = list(msg.params)
    minutes = 0
    if len(words) > 1 and words[0].isascii() and words[0].isdecimal():
        minutes = min(int(words.pop(0)), MAX_MINUTES)
    asked = words.pop(0)
    mask = _read(kind, asked)
    reason = truncate_utf8(" ".join(words).strip() or "No reason given", _REASON_BYTES)
    why = f"{NAMES[kind]}: {reason}"
    await ctx.server.staff.ban(ctx.client, kind, mask, minutes * MINUTE_S, reason, why)
    length = f"for {minutes} minutes" if minutes else "until it is lifted"
    _notice(ctx, f"Banned {mask} {length}: {reason}")


async def _unban(ctx: Context, msg: Message, kind: str) -> None:
    mask = _read(kind, msg.params[0])
    if not await ctx.server.staff.unban(ctx.client, kind, mask):
        raise Failure("NO_SUCH_BAN", "There is no such ban: see STATS", middle(mask))
    _notice(ctx, f"The ban of {mask} is lifted")


def _notice(ctx: Context, text: str) -> None:
    ctx.send("NOTICE", ctx.nick, text)


def _read(kind: str, asked: str) -> str:
    """A mask in the form that is kept. Raises Failure."""
    shown = middle(asked)
    if kind == ADDRESS:
        try:
            network = ipaddress.ip_network(asked, strict=False)
        except ValueError:
            text = "Give an address or a network, such as 192.0.2.7 or 2001:db8::/32"
            raise Failure("INVALID_MASK", text, shown) from None
        return str(network) if network.num_addresses > 1 else str(network.network_address)
    if kind == ACCOUNT:
        try:
            valid_nick(asked)  # an account has the name of a nick
            return fold(asked)
        except InvalidName as error:
            raise Failure("INVALID_MASK", str(error), shown) from None
    return _read_mask(asked, shown)


def _read_mask(asked: str, shown: str) -> str:
    nick, bang, rest = asked.rpartition("!")
    user, at, host = rest.rpartition("@")
    mask = f"{nick if bang else '*'}!{user if at else '*'}@{host}".lower()
    odd = " " in mask or not mask.isprintable() or mask[0] == ":" or host[:1] == ":"
    if not host or len(mask.encode()) > _MASK_BYTES or odd:
        raise Failure("INVALID_MASK", "Give a mask such as *@192.0.2.* or nick!user@host", shown)
    people = mask.rpartition("@")[0]
    if not set(mask) - _TOO_WIDE or (host.endswith("/0") and not set(people) - _TOO_WIDE):
        raise Failure("INVALID_MASK", "This mask is everybody's", shown)
    return mask
