"""What members of a room may do there: prefix modes and their marks. No I/O.

https://modern.ircdocs.horse/#prefix-parameter and #chanmodes-parameter
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

MAX_PREFIXES: Final = 20
"""Prefix modes that a server can have for us; IRC has five."""

_PREFIX: Final = re.compile(r"\(([A-Za-z]+)\)([^\s\w]+)")


class Modes:
    """The modes of a server's rooms, as RPL_ISUPPORT tells them."""

    def __init__(self) -> None:
        self.marks = "~&@%+"
        """Those of prefix modes, the highest first."""
        self._letters = "qaohv"
        self._with_param, self._param_when_set = "beIk", "lfj"

    def isupport(self, token: str) -> None:
        """Take one token of 005."""
        name, _, value = token.partition("=")
        if name == "PREFIX" and (match := _PREFIX.fullmatch(value)):
            letters, marks = match.groups()
            if len(letters) == len(marks) <= MAX_PREFIXES:
                self._letters, self.marks = letters, marks
        elif name == "CHANMODES":
            kinds = [*value.split(","), "", "", "", ""]
            self._with_param, self._param_when_set = kinds[0] + kinds[1], kinds[2]

    def split(self, name: str) -> tuple[str, str]:
        """Part the marks before a name from it: ``@+bob`` is ``@+`` and ``bob``."""
        nick = name.lstrip(self.marks)
        return self.sorted(name[: len(name) - len(nick)]), nick

    def sorted(self, marks: Iterable[str]) -> str:
        """Return marks, the highest first, each once."""
        given = set(marks)
        return "".join(mark for mark in self.marks if mark in given)

    def of_members(self, params: list[str]) -> Iterator[tuple[str, str, bool]]:
        """Read a MODE line: whose marks change, which, and whether they are given."""
        given, rest = True, iter(params[1:])
        for letter in params[0] if params else "":
            if letter in "+-":
                given = letter == "+"
            elif letter in self._letters:
                nick = next(rest, "")
                if nick:
                    yield nick, self.marks[self._letters.index(letter)], given
            elif letter in self._with_param or (given and letter in self._param_when_set):
                next(rest, "")
