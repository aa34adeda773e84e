"""What a word that is being typed can become: people, rooms, commands and their words, emoji."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chatd.wire.casemap import is_room
from cli.client.conversation import folded
from cli.client.entries import Message
from cli.client.shelf import Buffer
from cli.commands import emoji
from cli.commands.talk import Command, Talk
from cli.settings import KINDS, THEMES

MOST: Final = 50
"""Choices that are offered at once."""

SPOKE: Final = 500
"""Entries that are looked at for who spoke last."""

_WORD: Final = re.compile(r"\S*$")
_COMMAND_WORD: Final = re.compile(r"/[\w-]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """``text`` is put in the place of the word; ``shown`` and ``note`` describe it."""

    text: str
    shown: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the text from ``start`` on can become, the likeliest first.

    ``unasked``: it begins with a sign that asks for it, such as ``@``. ``hint`` says what the
    command whose words are being typed takes.
    """

    start: int
    items: tuple[Choice, ...] = ()
    unasked: bool = False
    hint: Choice | None = None


def completions(talk: Talk, before: str, *, asked: bool = True) -> Choices:
    """Return what the word before the cursor can become; ``before`` is all text up to there.

    Without being ``asked`` only what begins with a sign can become something.
    """
    match = _WORD.search(before)
    word = match.group() if match else ""
    start = len(before) - len(word)
    if start == 0 and _COMMAND_WORD.fullmatch(word):
        return Choices(start, tuple(_commands(talk, word[1:], "/"))[:MOST], unasked=True)
    command = _command(talk, before[:start])
    signed = _signed(talk, word)
    if signed is not None:
        return Choices(start, tuple(signed)[:MOST], unasked=True)
    if command is not None:
        items = _of_kind(talk, _kind(command, before[:start]), word) if asked else ()
        hint = None if command.long else Choice("", command.usage, command.help)
        return Choices(start, tuple(items)[:MOST], hint=hint)
    if not asked:
        return Choices(start)
    end = ": " if start == 0 else " "
    return Choices(start, tuple(_people(talk, word, "", end))[:MOST])


def _command(talk: Talk, before: str) -> Command | None:
    """Return the command whose words are being typed."""
    begins = re.match(r"/([\w-]+)\s", before)
    return talk.command(begins[1]) if begins is not None else None


def _kind(command: Command, before: str) -> str:
    """Return what the word behind ``before`` is."""
    kinds, at = command.completes.split(), len(before.split()) - 1
    return kinds[min(at, len(kinds) - 1)] if kinds else ""


def _of_kind(talk: Talk, kind: str, word: str) -> Iterable[Choice]:
    match kind:
        case "people" | "text":
            return _people(talk, word, "", " ")
        case "rooms":
            return _rooms(talk, word)
        case "targets":
            return [*_people(talk, word, "", " "), *_rooms(talk, word)]
        case "commands":
            return _commands(talk, word.removeprefix("/"), "")
        case "emoji":
            return _emoji(word.removeprefix(":"))
    return _fitting(_words(talk).get(kind, ()), word)


def _words(talk: Talk) -> dict[str, Sequence[str]]:
    """Return the words that some commands take."""
    now = talk.preferences.now
    return {
        "ignored": now.ignore,
        "muted": now.mute,
        "notify": ("all", "none", "bell", "title", "desktop"),
        "settings": [name.replace("notifications_", "notifications.") for name in KINDS],
        "themes": THEMES,
    }


def _signed(talk: Talk, word: str) -> Iterable[Choice] | None:
    """Return what a word can become that begins with a sign; None when it has none."""
    if word.startswith("#"):
        return _rooms(talk, word)
    if word.startswith("@"):
        return _people(talk, word[1:], "@", " ")
    if word.startswith(":") and len(word) > 1:
        return _emoji(word[1:])
    return None


def _commands(talk: Talk, start: str, sign: str) -> Iterable[Choice]:
    for name, command in sorted(talk.commands.items()):
        for one in (name, *command.also):
            if one.startswith(start.lower()) and (one == name or start):
                yield Choice(f"{sign}{one} ", command.usage, command.help)
    for alias, meaning in sorted(talk.aliases.items()):
        if alias.startswith(start.lower()) and talk.command(alias) is None:
            yield Choice(f"{sign}{alias} ", f"/{alias}", meaning)


def _people(talk: Talk, start: str, sign: str, end: str) -> Iterable[Choice]:
    return [Choice(f"{sign}{one}{end}", one) for one in people(talk, start)]


def _rooms(talk: Talk, start: str) -> Iterable[Choice]:
    return _fitting(rooms(talk), start)


def _emoji(start: str) -> Iterable[Choice]:
    found = emoji.beginning(start.strip(":"), MOST)
    return [Choice(f"{char} ", f"{char}  :{name}:") for name, char in found]


def _fitting(words: Sequence[str], start: str) -> Iterable[Choice]:
    return [Choice(f"{one} ", one) for one in _beginning(words, start)]


def _beginning(words: Iterable[str], start: str) -> list[str]:
    return [one for one in words if folded(one).startswith(folded(start)) and one.isprintable()]


def people(talk: Talk, start: str = "") -> list[str]:
    """Return the people that may be meant: who spoke here last, who is here, then others.

    Names are folded once, when they come: a room may have thousands. One that would steer a
    terminal, or hides something, is not offered: it would stand in what the user writes.
    """
    buffer, start = talk.buffers.get(talk.target), folded(start)
    found: dict[str, str] = {}
    for name in _spoke(buffer) if buffer is not None else ():
        found.setdefault(folded(name), name)
    if talk.target and not is_room(talk.target):
        found.setdefault(folded(talk.target), talk.target)
    here = buffer.members if buffer is not None else {}
    rooms_of = [here, *(room.members for room in talk.session.chat.rooms.values())]
    for members in rooms_of:
        for key in sorted(key for key in members if key.startswith(start)):
            found.setdefault(key, members[key].nick)
    talked_to = (one.name for one in talk.buffers.order() if not one.is_room)
    for name in (*talked_to, *talk.partners):
        found.setdefault(folded(name), name)
    found.pop(folded(talk.session.chat.nick), None)
    return [name for key, name in found.items() if key.startswith(start) and name.isprintable()]


def _spoke(buffer: Buffer) -> list[str]:
    latest = reversed(buffer.entries[-SPOKE:])
    return [one.source for one in latest if isinstance(one, Message)]


def rooms(talk: Talk) -> list[str]:
    """Return the rooms that may be meant: those with the latest message first."""
    latest = [buffer.name for buffer in talk.buffers.order() if buffer.is_room]
    return _once(talk, (*latest, *talk.rooms()))


def _once(talk: Talk, names: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), name)
    found.pop(folded(talk.session.chat.nick), None)
    return list(found.values())
