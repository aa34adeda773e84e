"""The modes of rooms: one table, from which ISUPPORT, 004 and the documentation come.

https://modern.ircdocs.horse/#channel-mode
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_MODES: Final = 12
"""Modes with a parameter in one MODE line."""
MAX_MASKS: Final = 100
"""Entries of a room's lists b, e and I together."""
KEYLEN: Final = 32
"""Bytes of the longest key."""
MAX_LIMIT: Final = 1_000_000
"""The highest limit of members that can be set."""

_MODERN: Final = "https://modern.ircdocs.horse/#"
_EXTRA: Final = "docs/protocol.md"


class Kind(StrEnum):
    """What a mode takes; the first four are the types A to D of CHANMODES."""

    LIST = "list"
    """A parameter that is added to or removed from a list; without one the list is shown."""
    PARAM = "param"
    """A parameter when it is set and when it is removed."""
    PARAM_ON_SET = "param on set"
    """A parameter only when it is set."""
    FLAG = "flag"
    """No parameter."""
    PREFIX = "prefix"
    """A member's nick: what the member is in the room."""


FORBIDDEN: Final = {
    "speak": "to say something, or that all hear it",
    "enter": "to enter",
    "see": "to know of the room without being in it",
    "topic": "to set the topic",
    "invite": "to invite",
    "history": "to find what was said when the room has ended: it is for those who were in it",
    "values": "to see its METADATA without being in it",
}
"""What modes forbid. Whom they forbid it is said in ``chatd/store/lua/lib/policy.lua``."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode. ``by``: the prefix modes whose holders may change it; ``prefix``: its symbol.

    ``forbids``: words of `FORBIDDEN`.
    """

    letter: str
    kind: Kind
    by: str
    what: str
    link: str
    prefix: str = ""
    forbids: tuple[str, ...] = ()


def _row(
    letter: str, kind: Kind, by: str, what: str, section: str = "", prefix: str = "",
    forbids: str = "",
) -> Mode:  # fmt: skip
    link = f"{_MODERN}{section}" if section else _EXTRA
    return Mode(letter, kind, by, what, link, prefix, tuple(forbids.split()))


OPERATORS: Final = "qaoh"
"""Prefix modes of those who moderate a room."""
FULL_OPERATORS: Final = "qao"
"""Those of them who may change what the room is."""

MODES: Final = (
    _row("q", Kind.PREFIX, "q", "founder", "founder-prefix", "~"),
    _row("a", Kind.PREFIX, "q", "protected: only a founder removes or kicks them",
         "protected-prefix", "&"),
    _row("o", Kind.PREFIX, FULL_OPERATORS, "operator", "operator-prefix", "@"),
    _row("h", Kind.PREFIX, FULL_OPERATORS, "half-operator", "halfop-prefix", "%"),
    _row("v", Kind.PREFIX, OPERATORS, "voice: may speak where others may not",
         "voice-prefix", "+"),
    _row("b", Kind.LIST, OPERATORS, "banned: who matches can neither enter nor speak",
         "ban-channel-mode", forbids="enter speak history"),
    _row("e", Kind.LIST, OPERATORS, "exception from bans", "exception-channel-mode"),
    _row("I", Kind.LIST, OPERATORS, "exception from invite-only", "invite-exception-channel-mode"),
    _row("k", Kind.PARAM, FULL_OPERATORS, "key that JOIN must give", "key-channel-mode",
         forbids="enter history"),
    _row("f", Kind.PARAM_ON_SET, FULL_OPERATORS,
         "room to which those are sent who cannot enter this one"),
    _row("l", Kind.PARAM_ON_SET, FULL_OPERATORS, "most members", "client-limit-channel-mode",
         forbids="enter history"),
    _row("C", Kind.FLAG, OPERATORS, "no CTCP but ACTION", forbids="speak"),
    _row("M", Kind.FLAG, FULL_OPERATORS,
         "only who is logged in to an account, or has a prefix, speaks", forbids="speak"),
    _row("R", Kind.FLAG, FULL_OPERATORS, "only who is logged in to an account enters",
         forbids="enter history"),
    _row("U", Kind.FLAG, FULL_OPERATORS,
         "what members without a prefix say is heard by the operators only", forbids="speak"),
    _row("i", Kind.FLAG, OPERATORS, "only who is invited enters", "invite-only-channel-mode",
         forbids="enter invite history values"),
    _row("m", Kind.FLAG, OPERATORS, "only members with a prefix speak", "moderated-channel-mode",
         forbids="speak"),
    _row("n", Kind.FLAG, OPERATORS, "only members speak", "no-external-messages-mode",
         forbids="speak"),
    _row("p", Kind.FLAG, FULL_OPERATORS, "private: hidden from who is not in it",
         forbids="see history values"),
    _row("s", Kind.FLAG, FULL_OPERATORS, "secret: hidden from who is not in it",
         "secret-channel-mode", forbids="see history values"),
    _row("t", Kind.FLAG, OPERATORS, "only operators set the topic", "protected-topic-mode",
         forbids="topic"),
)  # fmt: skip
"""All modes of rooms; the prefix modes first, the strongest at the head."""

BY_LETTER: Final = {mode.letter: mode for mode in MODES}
"""The modes by letter."""

KICKS: Final = {"q": "qaohv", "a": "ohv", "o": "ohv", "h": "v"}
"""Who may kick whom: the highest prefix mode of the kicker, and those that the kicked may have."""


def forbidding(what: str) -> str:
    """The letters of the modes that forbid something."""
    return "".join(mode.letter for mode in MODES if what in mode.forbids)


HIDDEN: Final = frozenset(forbidding("see"))
"""Modes that hide a room from who is not in it."""


def letters(*kinds: Kind) -> str:
    """The letters of all modes of some kinds, in the order of the table."""
    return "".join(mode.letter for mode in MODES if mode.kind in kinds)


PREFIX_MODES: Final = letters(Kind.PREFIX)
"""Membership modes, the strongest first."""
PREFIXES: Final = "".join(mode.prefix for mode in MODES)
"""Membership prefixes, in the order of PREFIX_MODES."""
LISTS: Final = letters(Kind.LIST)
"""The modes that are lists of masks."""
CHANMODES: Final = ",".join(letters(kind) for kind in tuple(Kind)[:4])
"""The value of CHANMODES: types A, B, C and D."""
ALL_LETTERS: Final = "".join(sorted(BY_LETTER))
"""Every mode, for 004."""
WITH_PARAMETER: Final = "".join(sorted(letters(*(kind for kind in Kind if kind != Kind.FLAG))))
"""Every mode that takes a parameter, for 004."""
_SYMBOL: Final = dict(zip(PREFIX_MODES, PREFIXES, strict=True))
_OF_SYMBOL: Final = dict(zip(PREFIXES, PREFIX_MODES, strict=True))


def parted(changes: str, most: int) -> list[str]:
    """Changes of a room's modes with their parameters, in texts of at most ``most`` bytes.

    A line that is cut at its end would say another change. A single change is never parted.
    """
    letters, *params = changes.split(" ")
    texts: list[str] = []
    sign, shown, signs, words = "+", "", "", list[str]()
    for letter in letters:
        if letter in "+-":
            sign = letter
            continue
        added = letter if shown == sign else sign + letter
        word = [params.pop(0)] if params and _takes_parameter(letter, sign) else []
        if signs and len(" ".join([signs + added, *words, *word]).encode()) > most:
            texts.append(" ".join([signs, *words]))
            signs, words, added = "", [], sign + letter
        signs, words, shown = signs + added, words + word, sign
    return [*texts, " ".join([signs, *words, *params])]


def _takes_parameter(letter: str, sign: str) -> bool:
    kind = BY_LETTER[letter].kind if letter in BY_LETTER else Kind.FLAG
    return kind is not Kind.FLAG and not (kind is Kind.PARAM_ON_SET and sign == "-")


def symbols(prefix_modes: str, multi: bool) -> str:
    """Prefixes of a member: the highest, or with multi-prefix all of them, the highest first."""
    if not prefix_modes:
        return ""
    shown = "".join(_SYMBOL[mode] for mode in PREFIX_MODES if mode in prefix_modes)
    return shown if multi else shown[:1]


def at_least(symbol: str) -> str:
    """The prefix modes that are as strong as the one of a symbol: ``@`` is ``qao``."""
    return PREFIX_MODES[: PREFIX_MODES.index(_OF_SYMBOL[symbol]) + 1]


def changes_of(changes: str) -> Iterator[tuple[str, str, str]]:
    """What a MODE line changes: sign, letter, parameter ('' = none). ``changes``: ``+ov-l a b``."""
    letters_of, *params = changes.split(" ")
    sign, left = "+", iter(params)
    for letter in letters_of:
        if letter in "+-":
            sign = letter
            continue
        kind = BY_LETTER[letter].kind if letter in BY_LETTER else Kind.FLAG
        without = kind == Kind.FLAG or (kind == Kind.PARAM_ON_SET and sign == "-")
        yield sign, letter, "" if without else next(left, "")


def hidden(modes: str) -> bool:
    """Whether a room with these modes does not exist for who is not in it."""
    return not HIDDEN.isdisjoint(modes)
