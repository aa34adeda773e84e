"""What people type to NickServ: about their account, its password, devices and sessions."""

from __future__ import annotations

from typing import Final

from chatd.commands.service_words import Asker, Lines, Usage, Word, at_least, table

_POLICIES: Final = ("KEEP", "ANONYMISE", "ERASE")
"""What becomes of what a deleted account has said."""
_SETTINGS: Final = {
    "ALWAYS-ON": "ALWAYS-ON", "ALWAYSON": "ALWAYS-ON", "REPLAY": "REPLAY",
    "AUTOREPLAY-LINES": "REPLAY", "AUTOREPLAY": "REPLAY", "RETENTION": "RETENTION",
}  # fmt: skip
"""What people call it -> what ACCOUNT SET calls it."""


def _register(_: Asker, words: list[str]) -> Lines:
    at_least(1, words, 2)
    first, second = (*words, "*")[:2]
    if "@" in first and "@" not in second and second != "*":  # some type the address first
        first, second = second, first
    return [["REGISTER", "*", second, first]]


def _identify(_: Asker, words: list[str]) -> Lines:
    at_least(1, words, 2)
    return [["IDENTIFY", *words]]


def _recover(asker: Asker, words: list[str]) -> Lines:
    at_least(1, words, 2)
    nick, *password = words
    login = [["IDENTIFY", nick, *password]] if password and not asker.account else []
    return [*login, ["RECOVER", nick]]


def _passwd(_: Asker, words: list[str]) -> Lines:
    """``new``, ``current new`` or ``current new new``."""
    at_least(1, words, 3)
    if len(words) == 3 and words[1] != words[2]:
        raise Usage
    return [["PASSWD", words[-1]]]


def _set(asker: Asker, words: list[str]) -> Lines:
    at_least(2, words, 4)
    what, *values = words
    if what.upper() in ("PASSWORD", "PASSWD", "PASS"):
        return _passwd(asker, values)
    setting = _SETTINGS.get(what.upper(), "")
    if not setting or len(values) > (2 if setting == "RETENTION" else 1):
        raise Usage
    return [["ACCOUNT", "SET", setting, *values]]


def _always_on(_: Asker, words: list[str]) -> Lines:
    at_least(1, words, 1)
    return [["ACCOUNT", "SET", "ALWAYS-ON", *words]]


def _sessions(_: Asker, words: list[str]) -> Lines:
    """``LIST [account]``, ``END``, ``LOGOUT`` or ``FORGET [account] <which>``; nothing is LIST."""
    at_least(0, words, 3)
    action, *which = words or ["LIST"]
    action = {"LOGOUT": "END", "KILL": "END"}.get(action.upper(), action.upper())
    if action not in ("LIST", "END", "FORGET"):
        raise Usage
    return [["SESSIONS", action, *which]]


def _cert(_: Asker, words: list[str]) -> Lines:
    at_least(0, words, 3)
    action, *which = words or ["LIST"]
    action = {"DEL": "REMOVE", "DELETE": "REMOVE"}.get(action.upper(), action.upper())
    if action not in ("LIST", "ADD", "REMOVE"):
        raise Usage
    return [["CERT", action, *which]]


def _info(_: Asker, words: list[str]) -> Lines:
    at_least(0, words, 1)
    return [["ACCOUNT", "INFO", *words]]


def _drop(_: Asker, words: list[str]) -> Lines:
    """``[account] <password> [KEEP|ANONYMISE|ERASE]``: the account is the own one."""
    at_least(1, words, 3)
    policy = [words.pop()] if len(words) > 1 and words[-1].upper() in _POLICIES else []
    at_least(1, words, 2)
    return [["ACCOUNT", "DELETE", words[-1], *policy]]


WORDS: Final = table(
    Word("REGISTER", "<password> [email or invitation]", "Makes an account of your nick.",
         _register, 0),
    Word("IDENTIFY", "[account] <password>", "Logs you in to your account.", _identify, 0,
         ("LOGIN", "ID", "AUTH", "SIDENTIFY")),
    Word("RECOVER", "<nick> [password]",
         "Takes back your nick: ends who has it, and calls you so.", _recover, 1,
         ("GHOST", "REGAIN", "RECLAIM")),
    Word("PASSWD", "<new password>", "Changes your password.", _passwd, 0, ("PASSWORD",)),
    Word("SET", "PASSWORD|ALWAYS-ON|REPLAY|RETENTION <value>", "Chooses what your account wants.",
         _set, 1),
    Word("ALWAYS-ON", "ON|OFF|DEFAULT", "Stays online when your last program leaves, or not.",
         _always_on, also=("ALWAYSON",)),
    Word("INFO", "[account]", "Tells about an account.", _info),
    Word("SESSIONS", "LIST | END <id|device|ALL> | FORGET <device>",
         "Lists your sessions and devices, and ends them.", _sessions, also=("CLIENTS",)),
    Word("CERT", "LIST | ADD [fingerprint] | DEL <fingerprint>",
         "Lists, adds and removes the certificates that log you in.", _cert, also=("CERTFP",)),
    Word("DROP", "<password> [KEEP|ANONYMISE|ERASE]", "Deletes your account, for good.",
         _drop, 0, ("UNREGISTER",)),
    Word("LOGOUT", "", "Logs you out.",
         "A session keeps its account until it ends: disconnect, and come again without a login.",
         0, ("LOG-OUT",)),
    Word("GROUP", "", "Adds a nick to your account.",
         "You need not add nicks: log in, and take any that is free. Only the one that your account"
         " is called by is kept for you.", 0, ("UNGROUP", "GLIST", "LINK")),
    Word("RELEASE", "", "Frees a nick that is held.",
         "No nick is held back: RECOVER ends who has yours, and you have it at once.", 0),
    Word("VERIFY", "", "Confirms a registration.",
         "Accounts need no confirmation: REGISTER is all.", 0, ("CONFIRM",)),
    Word("RESETPASS", "", "Sets a lost password.",
         "A lost password is set anew by who runs this server; ask one of its operators.", 0,
         ("SENDPASS", "RESETPASSWORD")),
)  # fmt: skip
