"""What may go out in a line: names, passwords, ids and texts as users type them. No I/O.

Everything here is from outside: a prompt, arguments in any bytes, a file, or a server. Python
keeps bytes that are not UTF-8 as lone surrogates, which no line can carry.
"""

from __future__ import annotations

from typing import Final

from chatd.wire.casemap import InvalidName, is_room, valid_nick, valid_room
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import format_line
from chatd.wire.text import truncate_utf8
from cli.client.errors import ChatError, LoginRefused, Refused

KEY_BYTES: Final = 64
"""Bytes of an idempotency key that the server looks at."""

PASSWORD_BYTES: Final = 300
"""As many as a server accepts, and as fit a line with ``REGISTER`` before them."""

FAREWELL_BYTES: Final = 400
"""Of the text behind QUIT; more is cut off, because leaving must work."""

NUMBER_DIGITS: Final = 15
"""Digits of a number that is read; a longer one is none."""

_BREAKS: Final = str.maketrans("\r\n\0", "   ")


def is_utf8(text: str) -> bool:
    """Tell whether a text has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean(text: str) -> str:
    """Return a text with U+FFFD for each byte that was not UTF-8."""
    if is_utf8(text):
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def one_line(text: str, max_bytes: int) -> str:
    """Return what fits a line of a text; line breaks become spaces."""
    return truncate_utf8(clean(text).translate(_BREAKS), max_bytes).strip()


def check_target(target: str) -> None:
    """Raise Refused when this can be the name of nobody and of no room."""
    reason = _why_no_name(target)
    if reason:
        raise Refused(f"{shortened(target)!r}: {reason}")


def check_login_name(name: str) -> None:
    """Raise LoginRefused when nobody can have this name."""
    if is_room(name):
        raise LoginRefused(f"{shortened(name)} is a room, not a name")
    reason = _why_no_name(name)
    if reason:
        raise LoginRefused(f"{shortened(name)!r} cannot be a name: {reason}")


def is_target(name: str) -> bool:
    """Tell whether this can be the name of somebody or of a room."""
    return not _why_no_name(name)


def is_room_name(name: str) -> bool:
    """Tell whether this can be the name of a room."""
    return is_room(name) and not _why_no_name(name)


def check_key(key: str) -> None:
    """Raise ChatError when this can be no idempotency key."""
    if not key:
        raise ChatError("the id is empty: give --id a text, or leave it out")
    if not is_utf8(key) or not key.isprintable():
        raise ChatError("the id cannot contain control characters, or bytes that are not UTF-8")
    if len(key.encode()) > KEY_BYTES:
        raise ChatError(f"the id is too long: {KEY_BYTES} bytes, with the numbers of lines, fit")


def check_password(password: str, where: str) -> None:
    """Raise ChatError when this can be no password; ``where`` tells the user which one."""
    if not is_utf8(password):
        raise ChatError(f"{where} is not valid UTF-8")
    if not {"\r", "\n", "\0"}.isdisjoint(password):
        raise ChatError(f"{where} cannot contain a line break or NUL")
    if len(password.encode()) > PASSWORD_BYTES:
        raise ChatError(f"{where} is too long: a password has at most {PASSWORD_BYTES} bytes")


def command_line(name: str, *params: str) -> bytes:
    """Write the line of a command. Raises Refused when it cannot be one line."""
    try:
        line = format_line(name, *params)
    except ValueError:
        what = shortened(" ".join(params))
        raise Refused(f"{what!r} cannot be sent: write it in one line") from None
    if len(line) > MAX_BODY:
        raise Refused(f"this is {len(line) - MAX_BODY} bytes too long for {name}: shorten it")
    return line


def number(text: str) -> int | None:
    """Read a number that a server wrote; None when it is none."""
    fits = text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS
    return int(text) if fits else None


def shortened(text: str) -> str:
    """Return the beginning of a text, to be quoted in a sentence."""
    return text if len(text) <= 80 else f"{text[:80]}..."


def _why_no_name(name: str) -> str:
    if not is_utf8(name):
        return "A name is UTF-8 text"
    try:
        (valid_room if is_room(name) else valid_nick)(name)
    except InvalidName as error:
        return str(error)
    return ""
