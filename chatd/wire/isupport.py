r"""RPL_ISUPPORT (005): what the server tells about itself, from one table.

https://modern.ircdocs.horse/#feature-advertisement
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chatd.wire.casemap import CHANNELLEN, NICKLEN
from chatd.wire.masks import ACCOUNT_NAMES, EXTBANS
from chatd.wire.modes import CHANMODES, KEYLEN, LISTS, MAX_MASKS, MAX_MODES, PREFIX_MODES, PREFIXES
from chatd.wire.usermodes import BOT

TOPICLEN: Final = 390
"""Bytes of the longest topic: with the longest source and room it still fits a line."""
AWAYLEN: Final = 200
"""Bytes of the longest away message."""
NAMELEN: Final = 150
"""Bytes of the longest realname."""
MAX_HISTORY: Final = 1000
"""Messages of one CHATHISTORY."""
KICKLEN: Final = 300
"""Bytes of the longest reason of a KICK."""
MAX_MONITOR: Final = 100
"""Nicks that one session may monitor."""
MAX_TARGETS: Final = 4
"""Targets of one PRIVMSG, NOTICE, TAGMSG or WHOIS."""

TOKENS_PER_LINE: Final = 13
"""``"<client> <1-13 tokens> :are supported by this server"``."""
_BYTES_PER_LINE: Final = 400
"""Bytes of the tokens of one line: leaves room in 512 for source, nick and the closing text."""

_MODERN: Final = "https://modern.ircdocs.horse/#"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``value`` unescaped, ``""`` for a token that has none."""

    name: str
    value: str
    link: str

    def __str__(self) -> str:
        return f"{self.name}={escape(self.value)}" if self.value else self.name


TOKENS: Final = (
    Token("CASEMAPPING", "ascii", f"{_MODERN}casemapping-parameter"),
    Token("UTF8MAPPING", "rfc8265", "https://www.rfc-editor.org/rfc/rfc8265#section-3.3"),
    Token("UTF8ONLY", "", "https://ircv3.net/specs/extensions/utf8-only"),
    Token("CHANTYPES", "#", f"{_MODERN}chantypes-parameter"),
    Token("PREFIX", f"({PREFIX_MODES}){PREFIXES}", f"{_MODERN}prefix-parameter"),
    Token("STATUSMSG", PREFIXES, f"{_MODERN}statusmsg-parameter"),
    Token("CHANMODES", CHANMODES, f"{_MODERN}chanmodes-parameter"),
    Token("MODES", str(MAX_MODES), f"{_MODERN}modes-parameter"),
    Token("MAXLIST", f"{LISTS}:{MAX_MASKS}", f"{_MODERN}maxlist-parameter"),
    Token("EXCEPTS", "e", f"{_MODERN}excepts-parameter"),
    Token("INVEX", "I", f"{_MODERN}invex-parameter"),
    Token("EXTBAN", f",{EXTBANS}", f"{_MODERN}extban-parameter"),
    Token(
        "ACCOUNTEXTBAN",
        ",".join(ACCOUNT_NAMES),
        "https://ircv3.net/specs/extensions/account-extban",
    ),
    Token("MONITOR", str(MAX_MONITOR), "https://ircv3.net/specs/extensions/monitor"),
    Token("WHOX", "", "https://ircv3.net/specs/extensions/whox"),
    Token("BOT", BOT, "https://ircv3.net/specs/extensions/bot-mode"),
    Token("ELIST", "CMNTU", f"{_MODERN}elist-parameter"),
    Token("KEYLEN", str(KEYLEN), "https://defs.ircdocs.horse/defs/isupport.html#keylen"),
    Token("KICKLEN", str(KICKLEN), f"{_MODERN}kicklen-parameter"),
    Token("NICKLEN", str(NICKLEN), f"{_MODERN}nicklen-parameter"),
    Token("CHANNELLEN", str(CHANNELLEN), f"{_MODERN}channellen-parameter"),
    Token("TOPICLEN", str(TOPICLEN), f"{_MODERN}topiclen-parameter"),
    Token("NAMELEN", str(NAMELEN), "https://ircv3.net/specs/extensions/setname"),
    Token("AWAYLEN", str(AWAYLEN), f"{_MODERN}awaylen-parameter"),
    Token(
        "TARGMAX",
        f"PRIVMSG:{MAX_TARGETS},NOTICE:{MAX_TARGETS},TAGMSG:{MAX_TARGETS},JOIN:,PART:,"
        f"NAMES:1,LIST:,WHOIS:{MAX_TARGETS},KICK:{MAX_TARGETS}",
        f"{_MODERN}targmax-parameter",
    ),
)
"""The tokens that do not depend on the configuration."""


def escape(value: str) -> str:
    r"""Return a value as a token carries it: space, ``=`` and backslash as ``\xHH``."""
    return value.replace("\\", r"\x5C").replace(" ", r"\x20").replace("=", r"\x3D")


def tokens(
    network: str, *, chathistory: int = 0, icon: str | None = None, rooms: int = 0, grace: int = 0,
    kept: str = "", room: str = "",
) -> list[str]:  # fmt: skip
    """Return all tokens.

    ``chathistory`` is the most messages of one CHATHISTORY, 0 for none; ``icon`` an address;
    ``rooms`` how many one user may be in, 0 for no limit; ``grace``: seconds that a session of an
    account waits for its client; ``kept``: `chatd.wire.retention.Kept.token`;
    ``room``: the one that everybody shares.
    """
    rows = [*TOKENS, Token("NETWORK", network, f"{_MODERN}network-parameter")]
    if rooms:
        rows.append(Token("CHANLIMIT", f"#:{rooms}", f"{_MODERN}chanlimit-parameter"))
    if chathistory:
        spec = "https://ircv3.net/specs/extensions/chathistory"
        rows.append(Token("CHATHISTORY", str(chathistory), spec))
        rows.append(Token("MSGREFTYPES", "msgid,timestamp", spec))
    if grace:
        rows.append(Token("chatd/GRACE", str(grace), "docs/extensions.md"))
    if kept:
        rows.append(Token("chatd/RETENTION", kept, "docs/extensions.md"))
    if room:
        rows.append(Token("chatd/ROOM", room, "docs/extensions.md"))
    if icon:
        spec = "https://ircv3.net/specs/extensions/network-icon"
        rows.append(Token("draft/ICON", icon, spec))
    return [str(row) for row in rows]


def lines(words: Iterable[str]) -> list[list[str]]:
    """Divide tokens among 005 lines: at most 13 in one, and no line grows over the limit."""
    result: list[list[str]] = []
    size = 0
    for word in words:
        cost = len(word.encode()) + 1
        if not result or len(result[-1]) == TOKENS_PER_LINE or size + cost > _BYTES_PER_LINE:
            result.append([])
            size = 0
        result[-1].append(word)
        size += cost
    return result
