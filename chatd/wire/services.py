"""Services: names to which people write what they would say in commands.

https://www.rfc-editor.org/rfc/rfc2812#section-1.2.2. Nobody can have these nicks, nor one that
looks like one of them: a password may be typed to it.
"""

from __future__ import annotations

from typing import Final

from chatd.wire.confusables import skeletons

NICKSERV: Final = "NickServ"
CHANSERV: Final = "ChanServ"
HISTSERV: Final = "HistServ"
SERVICES: Final = {name.lower(): name for name in (NICKSERV, CHANSERV, HISTSERV)}
"""Names, folded, as in keys -> as shown."""

_LOOKS: Final = str.maketrans("1l|345", "iiieas")
_LEFT_OUT: Final = str.maketrans("", "", "0123456789_-`'^|[]{}\\")
"""What is added to a nick that is taken."""


def service_of(target: str) -> str:
    """The service that is written to, as ``NickServ`` or ``NickServ@server``; '' = it is none."""
    return SERVICES.get(target.partition("@")[0].lower(), "")


def is_to_service(target: str) -> bool:
    """The same as a question that costs little: it is asked of each message."""
    return target[4:8].lower() == "serv" and service_of(target) != ""


def looks_like_service(nick: str) -> bool:
    """Whether people may take this nick, one that is valid, for a service."""
    for skeleton in skeletons(nick).split(","):
        forms = skeleton.translate(_LEFT_OUT), skeleton.translate(_LOOKS).translate(_LEFT_OUT)
        if not SERVICES.keys().isdisjoint(forms):
            return True
    return False
