"""Names: which are valid, and which are the same. The one place of case folding.

``CASEMAPPING=ascii UTF8MAPPING=rfc8265``: ASCII names fold A-Z to a-z; other names fold by PRECIS
UsernameCaseMapped, https://www.rfc-editor.org/rfc/rfc8265#section-3.3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

NICKLEN: Final = 32
"""Code points of the longest nick."""
CHANNELLEN: Final = 64
"""Code points of the longest room name, its ``#`` included."""
NICK_BYTES: Final = 2 * NICKLEN
"""Bytes of the longest nick, as UTF-8."""
ROOM_BYTES: Final = 2 * CHANNELLEN
"""Bytes of the longest room name, as UTF-8."""
USERLEN: Final = 16
"""Bytes of the longest username, its ``~`` included."""
HOST_BYTES: Final = 63
"""Bytes of the longest host."""
SOURCE_BYTES: Final = NICK_BYTES + 1 + USERLEN + 1 + HOST_BYTES
"""Bytes of the longest ``nick!user@host``: with two rooms and a nick it still fits one line."""

_CONTROLS: Final = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
_NOT_IN_NICK: Final = _CONTROLS | frozenset(" ,*?!@.#&:$~%+/")
_NOT_FIRST_IN_NICK: Final = frozenset("0123456789-")
_NOT_IN_ROOM: Final = _CONTROLS | frozenset(" ,")


class InvalidName(ValueError):
    """A name that nobody can have; the text is a sentence for the user."""


def is_room(target: str) -> bool:
    """Tell whether a target is written like a room, not like a nick."""
    return target.startswith("#")


def fold(name: str) -> str:
    """Return the form of a nick or room name that is the same for all its spellings.

    Raises InvalidName for a name outside ASCII that cannot be folded, or is longer than any name.
    """
    if name.isascii():
        return name.lower()
    return _fold_unicode(name)


def valid_nick(name: str) -> None:
    """Raise InvalidName, saying why, if ``name`` cannot be a nick."""
    if not name:
        raise InvalidName("A nick cannot be empty")
    if len(name) > NICKLEN:
        raise InvalidName(f"A nick has at most {NICKLEN} characters")
    if len(name.encode()) > NICK_BYTES:
        raise InvalidName(f"A nick has at most {NICK_BYTES} bytes")
    # Folding maps wide forms to ASCII, so what is forbidden is looked for after it too.
    for form in (name, fold(name)):
        if not _NOT_IN_NICK.isdisjoint(form):
            raise InvalidName("A nick cannot contain spaces, control characters or ,*?!@.#&:$~%+/")
        if form[0] in _NOT_FIRST_IN_NICK:
            raise InvalidName("A nick cannot begin with a digit or '-'")


def valid_room(name: str) -> None:
    """Raise InvalidName, saying why, if ``name`` cannot be a room."""
    if not is_room(name):
        raise InvalidName("A room name begins with '#'")
    if len(name) == 1:
        raise InvalidName("A room name has at least one character after its '#'")
    if len(name) > CHANNELLEN:
        raise InvalidName(f"A room name has at most {CHANNELLEN} characters")
    if len(name.encode()) > ROOM_BYTES:
        raise InvalidName(f"A room name has at most {ROOM_BYTES} bytes")
    for form in (name, fold(name)):
        if not _NOT_IN_ROOM.isdisjoint(form):
            raise InvalidName("A room name cannot contain spaces, commas or control characters")


@lru_cache(maxsize=8192)
def _fold_unicode(name: str) -> str:
    if len(name) > CHANNELLEN or len(name.encode(errors="replace")) > ROOM_BYTES:
        raise InvalidName(f"A name has at most {CHANNELLEN} characters and {ROOM_BYTES} bytes")
    profile = _username_profile()
    try:
        if is_room(name):
            return f"#{profile.enforce(name[1:])}"
        return str(profile.enforce(name))
    except UnicodeEncodeError as error:
        if not is_room(name) or not name.isprintable():
            raise InvalidName(_why(error)) from None
    # A room may have symbols in its name (#☕), which the profile forbids: they map by its rules,
    # so that for every name that it allows, the result is the one that clients compute.
    mapped = profile.case_mapping_rule(profile.width_mapping_rule(name))
    return str(profile.normalization_rule(mapped))


def _why(error: UnicodeEncodeError) -> str:
    found = error.object[error.start : error.end]
    if len(found) == 1:
        return f"A name cannot contain {found!r} (U+{ord(found):04X}) there"
    return "A name cannot mix characters like this"


@lru_cache(maxsize=1)
def _username_profile() -> Profile:
    # Imported at the first name outside ASCII: its tables cost time and memory at start.
    from precis_i18n import get_profile

    return get_profile("UsernameCaseMapped")
