"""What Ctrl+K finds: conversations, rooms, people, commands, and what keys do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from chatd.wire.casemap import is_room
from cli.client.buffers import Buffers
from cli.client.checks import is_target
from cli.client.conversation import folded
from cli.commands.talk import Command
from cli.screen import keys
from cli.screen.directory import Directory
from cli.screen.fuzzy import best
from cli.screen.listing import Row
from cli.screen.sidebar import AWAY, HERE, SERVER, UNKNOWN, badge, presence

MOST: Final = 200
"""Rows that are listed: who wants others types more letters."""

HINT: Final = "# only rooms   @ only people   / only commands   > only what keys do"


class Switcher:
    """The source of the rows. A key begins with ``to:``, ``do:`` (a command) or ``key:``."""

    def __init__(
        self, buffers: Buffers, directory: Directory, commands: Mapping[str, Command]
    ) -> None:
        self._buffers = buffers
        self._directory = directory
        self._commands = commands

    def rows(self, text: str) -> list[Row]:
        """Return what fits, the best first."""
        text = text.strip()
        kind, letters = text[:1], text[1:].strip()
        sources: dict[str, Callable[[], Iterable[Row]]] = {
            "#": lambda: (row for row in self._places() if is_room(row.key[3:])),
            "@": lambda: (row for row in self._places() if not is_room(row.key[3:])),
            "/": self._words,
            ">": self._actions,
        }
        if kind in sources:
            found = best(letters, sources[kind](), lambda row: row.text, MOST)
            return found + (unknown(text.removeprefix("@"), found) if kind in "#@" else [])
        if not text:
            return list(self._open())[:MOST]
        found = best(text, self._places(), lambda row: row.text, MOST)
        more = best(text, (*self._words(), *self._actions()), lambda row: row.text, MOST)
        return found + more + unknown(text, found)

    def _open(self) -> Iterable[Row]:
        """Return what is open: what is unread first, and the current one last."""
        buffers = self._buffers
        others = [one for one in buffers.order() if one.name != buffers.current]
        others.sort(key=lambda one: (not one.unread, not one.mentions and one.is_room))
        for one in others:
            mark = UNKNOWN if one.is_room else presence(buffers, one.name)
            look = "bold" if one.unread else "plain"
            yield Row(f"to:{one.name}", one.name, mark, badge(one), look)
        yield Row("to:", SERVER, UNKNOWN, badge(buffers.status), "dim")
        if buffers.current:
            yield Row(f"to:{buffers.current}", buffers.current, UNKNOWN, "here", "dim")

    def _places(self) -> Iterable[Row]:
        """Return all rooms and people that are known, those that are open first."""
        known = set()
        for row in self._open():
            known.add(folded(row.key[3:]))
            yield row
        for nick in self._buffers.chat.known_names():
            if folded(nick) not in known:
                known.add(folded(nick))
                yield Row(f"to:{nick}", nick, presence(self._buffers, nick), "person")
        for nick, away in self._directory.people.items():
            if folded(nick) not in known and not self._buffers.chat.is_me(nick):
                known.add(folded(nick))
                yield Row(f"to:{nick}", nick, AWAY if away else HERE, "person")
        for room in self._directory.rooms:
            if folded(room.name) not in known:
                badge_ = f"room of {room.people}"
                yield Row(f"to:{room.name}", room.name, UNKNOWN, badge_, "plain")

    def _words(self) -> Iterable[Row]:
        for name, command in self._commands.items():
            yield Row(f"do:{name}", command.usage, UNKNOWN, command.help)

    def _actions(self) -> Iterable[Row]:
        for key in keys.KEYS:
            written = ", ".join(keys.written(one) for one in key.keys)
            yield Row(f"key:{key.action}", key.words, UNKNOWN, written)


def unknown(name: str, found: Iterable[Row]) -> list[Row]:
    """Return a row for what may be a name, when nobody and no room that is known has it."""
    if not is_target(name) or any(folded(row.key[3:]) == folded(name) for row in found):
        return []
    what = "enter this room" if is_room(name) else "write to them, also when they are not here"
    return [Row(f"to:{name}", name, UNKNOWN, what, "dim")]


def needs_words(command: Command) -> bool:
    """Tell whether a command does nothing without words behind it."""
    _, _, words = command.usage.partition(" ")
    return bool(words) and not words.startswith("[")
