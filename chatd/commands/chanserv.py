"""What people type to ChanServ: whose a room is, who is what in it, who may come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.commands.service_words import Asker, Lines, Usage, Word, at_least, rest, table

_LEVELS: Final = {
    "QOP": "admin", "SOP": "admin", "ADMIN": "admin", "AOP": "op", "OP": "op", "HOP": "halfop",
    "HALFOP": "halfop", "VOP": "voice", "VOICE": "voice", "BANNED": "banned", "BAN": "banned",
    "AKICK": "banned", "ALLOWED": "allowed",
}  # fmt: skip
"""What people call a level -> what ROOM ACCESS calls it."""


def _of_room(*native: str) -> Callable[[Asker, list[str]], Lines]:
    """Commands whose last parameter is the room."""

    def lines(_: Asker, words: list[str]) -> Lines:
        at_least(1, words, 1)
        return [[*native, words[0]]]

    return lines


def _transfer(_: Asker, words: list[str]) -> Lines:
    at_least(2, words, 2)
    return [["ROOM", "TRANSFER", *words]]


def _prefix(change: str) -> Callable[[Asker, list[str]], Lines]:
    """A prefix mode of some members; without a nick, of who asks."""

    def lines(asker: Asker, words: list[str]) -> Lines:
        at_least(1, words)
        nicks = words[1:] or [asker.nick]
        return [["MODE", words[0], change[0] + change[1] * len(nicks), *nicks]]

    return lines


def _kick(_: Asker, words: list[str]) -> Lines:
    at_least(2, words)
    return [["KICK", *words[:2], *rest(words, 2)]]


def _ban(action: str) -> Callable[[Asker, list[str]], Lines]:
    """Of somebody or a mask, for a time, with a reason; without all that, the list is shown."""

    def lines(_: Asker, words: list[str]) -> Lines:
        at_least(1, words)
        return [["ROOM", action, *words] if len(words) > 1 else ["ROOM", "BANS", words[0]]]

    return lines


def _unban(action: str) -> Callable[[Asker, list[str]], Lines]:
    """Of some; without them, of who asks."""

    def lines(asker: Asker, words: list[str]) -> Lines:
        at_least(1, words)
        return [["ROOM", action, words[0], one] for one in words[1:] or [asker.nick]]

    return lines


def _topic(_: Asker, words: list[str]) -> Lines:
    at_least(1, words)
    return [["TOPIC", words[0], *rest(words, 1)]]


def _invite(asker: Asker, words: list[str]) -> Lines:
    at_least(1, words, 2)
    room, nick = (*words, asker.nick)[:2]
    return [["INVITE", nick, room]]


def _mode(_: Asker, words: list[str]) -> Lines:
    at_least(1, words)
    return [["MODE", *words]]


def _set(_: Asker, words: list[str]) -> Lines:
    at_least(3, words, 4)
    return [["ROOM", "SET", *words]]


def _access(_: Asker, words: list[str]) -> Lines:
    """``#room``, ``#room LIST|ADD|DEL ...``, ``LIST #room``, ``#room <account> <level>``."""
    at_least(1, words, 4)
    if not words[0].startswith("#") and len(words) > 1 and words[1].startswith("#"):
        words = [words[1], words[0], *words[2:]]
    room, *more = words
    action = more[0].upper() if more else "LIST"
    if action == "LIST" and len(more) < 2:
        return [["ROOM", "ACCESS", room, "LIST"]]
    if action in ("DEL", "DELETE", "REMOVE") and len(more) == 2:
        return [["ROOM", "ACCESS", room, "REMOVE", more[1]]]
    asked = more[1:] if action == "ADD" else more
    if len(asked) != 2 or action in ("DEL", "DELETE", "REMOVE"):
        raise Usage
    account, level = asked[0], asked[1].upper().lstrip("+")
    return [["ROOM", "ACCESS", room, "ADD", account, _LEVELS.get(level, level.lower())]]


def _level(level: str) -> Callable[[Asker, list[str]], Lines]:
    """``AOP #room LIST | ADD <account> | DEL <account>``."""

    def lines(asker: Asker, words: list[str]) -> Lines:
        at_least(1, words, 3)
        adds = len(words) == 3 and words[1].upper() == "ADD"
        return _access(asker, [*words, level] if adds else words)

    return lines


WORDS: Final = table(
    Word("REGISTER", "<#room>", "Makes a room yours: it stays, with all that is set in it.",
         _of_room("ROOM", "REGISTER")),
    Word("DROP", "<#room>", "Lets a room be nobody's again.", _of_room("ROOM", "DROP"),
         also=("UNREGISTER",)),
    Word("TRANSFER", "<#room> <account>", "Gives a room to another account.", _transfer),
    Word("ERASE", "<#room>", "Erases all that was said in a room of yours.",
         _of_room("ROOM", "ERASE")),
    Word("INFO", "<#room>", "Says whose a room is.", _of_room("ROOM", "INFO")),
    Word("ACCESS", "<#room> [LIST | ADD <account> <admin|op|halfop|voice|allowed|banned> |"
         " DEL <account>]", "Says what accounts are in a room whenever they come.", _access,
         also=("AMODE", "FLAGS")),
    Word("AOP", "<#room> [LIST | ADD <account> | DEL <account>]",
         "Makes accounts operators whenever they come.", _level("OP")),
    Word("SOP", "<#room> [LIST | ADD <account> | DEL <account>]",
         "Makes accounts admins whenever they come.", _level("ADMIN"), also=("QOP",)),
    Word("HOP", "<#room> [LIST | ADD <account> | DEL <account>]",
         "Makes accounts half-operators whenever they come.", _level("HALFOP")),
    Word("VOP", "<#room> [LIST | ADD <account> | DEL <account>]",
         "Gives accounts voice whenever they come.", _level("VOICE")),
    Word("AKICK", "<#room> [LIST | ADD <account> | DEL <account>]",
         "Keeps accounts out of a room.", _level("BANNED")),
    Word("OP", "<#room> [nick...]", "Makes members operators.", _prefix("+o"), also=("UP",)),
    Word("DEOP", "<#room> [nick...]", "Takes that away.", _prefix("-o"), also=("DOWN",)),
    Word("HALFOP", "<#room> [nick...]", "Makes members half-operators.", _prefix("+h")),
    Word("DEHALFOP", "<#room> [nick...]", "Takes that away.", _prefix("-h")),
    Word("VOICE", "<#room> [nick...]", "Gives members voice.", _prefix("+v")),
    Word("DEVOICE", "<#room> [nick...]", "Takes that away.", _prefix("-v")),
    Word("KICK", "<#room> <nick> [reason]", "Removes somebody from a room.", _kick),
    Word("BAN", "<#room> [nick|mask] [10m|2h|7d] [reason]",
         "Keeps somebody out, and puts out who is inside; or lists the bans.", _ban("BAN"),
         also=("KICKBAN", "KB", "TBAN")),
    Word("UNBAN", "<#room> [nick|mask...]", "Lifts bans; yours, if you name nobody.",
         _unban("UNBAN")),
    Word("QUIET", "<#room> [nick|mask] [10m|2h|7d]", "Mutes somebody, or lists the bans.",
         _ban("MUTE"), also=("MUTE",)),
    Word("UNQUIET", "<#room> [nick|mask...]", "Lets them speak again.", _unban("UNMUTE"),
         also=("UNMUTE",)),
    Word("TOPIC", "<#room> [text]", "Shows or sets the topic.", _topic),
    Word("INVITE", "<#room> [nick]", "Invites somebody.", _invite),
    Word("MODE", "<#room> [changes...]", "Shows or changes the modes of a room.", _mode),
    Word("SET", "<#room> RETENTION <messages|DEFAULT> <days|DEFAULT>",
         "Says how long is kept what is said in a room; all else stands in its MODE.", _set),
)  # fmt: skip
