"""What operators of the server may do that others may not: one table."""

from __future__ import annotations

from typing import Final

from chatd.commands.context import Context
from chatd.wire.usermodes import OPERATOR

RIGHTS: Final = {
    "KILL": "remove a user",
    "KLINE": "ban a nick!user@host mask from the server",
    "UNKLINE": "lift such a ban",
    "DLINE": "ban an address or a network from the server",
    "UNDLINE": "lift such a ban",
    "ABAN": "ban an account from the server",
    "UNABAN": "lift such a ban",
    "WALLOPS": "write to everybody who has user mode w",
    "SETHOST": "change the user@host that others see of oneself",
    "CHGHOST": "change the user@host that others see of a user",
    "REHASH": "have all gateways read their files again",
}
"""Commands that are for operators only, and what each is for; the dispatcher looks here."""

SIGHTS: Final = {
    "SESSIONS": "see and end the sessions of any account",
    "STATS": "see bans (k, d, a), operator names (o) and the use of commands (m)",
    "WHO": "see who is invisible, and list operators",
    "WHOIS": "see modes, the host of each session and all rooms of a user",
    "PRIVMSG": "write to users with user mode R without an account",
}
"""What an operator sees or may do in commands that are for everybody."""


def is_operator(ctx: Context) -> bool:
    """Whether the client's user is an operator."""
    user = ctx.client.user
    return user is not None and OPERATOR in user.modes
