"""Errors that carry the reply they deserve.

CommandError    a numeric: ``raise CommandError(ERR_NOSUCHCHANNEL, room)``
Failure         a standard reply: ``FAIL <command> <code> [context] :text``
"""

from __future__ import annotations

from chatd.wire import numerics as n
from chatd.wire.numerics import Numeric


class CommandError(Exception):
    """The command is answered with one numeric. ``text`` replaces the numeric's own."""

    def __init__(self, numeric: Numeric, *params: str, text: str = "") -> None:
        super().__init__(numeric.name, *params)
        self.numeric = numeric
        self.params = params
        self.text = text


class Failure(Exception):
    """The command is answered with FAIL. https://ircv3.net/specs/extensions/standard-replies"""

    def __init__(self, code: str, text: str, *context: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.context = context


REFUSALS: dict[str, Numeric] = {
    "noroom": n.ERR_NOSUCHCHANNEL,
    "notin": n.ERR_NOTONCHANNEL,
    "notop": n.ERR_CHANOPRIVSNEEDED,
    "cannot": n.ERR_CANNOTSENDTOCHAN,
    "muted": n.ERR_CANNOTSENDTOCHAN,
    "manyholders": n.ERR_CANNOTSENDTOCHAN,
    "nouser": n.ERR_NOSUCHNICK,
    "toomany": n.ERR_TOOMANYCHANNELS,
    "full": n.ERR_CHANNELISFULL,
    "invite": n.ERR_INVITEONLYCHAN,
    "banned": n.ERR_BANNEDFROMCHAN,
    "key": n.ERR_BADCHANNELKEY,
    "guests": n.ERR_NEEDREGGEDNICK,
    "taken": n.ERR_NICKNAMEINUSE,
    "reserved": n.ERR_NICKNAMEINUSE,
    "guest": n.ERR_NEEDREGGEDNICK,
    "notoper": n.ERR_NOPRIVILEGES,
}
"""What the store's word of refusal is in IRC; the numeric's parameter is what was asked for."""
