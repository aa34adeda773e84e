"""The header of an act's file: what it takes, when it refuses and what it returns.

    -- Remove a user from a room.
    -- sid: text      session id
    -- most: int      rooms per user
    -- on: flag
    -- stream: key    the key of the call, behind the guard
    -- ...names: text                 all further arguments, a list
    -- ...ranks: (rank, below)        the same in rows whose fields have names
    -- ...packed: how they are packed; the act reads ARGV itself
    -- Refuses: stale noroom notin(room)
    -- Returns: ok, how many are left

A line that begins with two more spaces goes on with the one before. From the header come the Lua
locals in front of the act's body, the check of what Python calls it with, and ``docs/redis.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FIRST: Final = 4
"""Number of an act's first argument in ARGV, behind prefix, gateway, entries per stream."""

_ARGUMENT = re.compile(r"(\w+): (text|int|flag|key)\b *(.*)")
_REST = re.compile(r"\.\.\.(\w+): (?:\(([\w, ]+)\)|(text)\b|) *(.*)")
_FROM_LUA = {"text": "ARGV[{}]", "int": "tonumber(ARGV[{}])", "flag": "ARGV[{}] == '1'"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. ``kind``: text, int, flag or key."""

    name: str
    kind: str
    what: str

    def packed(self, value: Any) -> Any:
        """The value as it is sent."""
        if self.kind == "flag":
            return "1" if value else ""
        return value


@dataclass(frozen=True, slots=True)
class Rest:
    """All further arguments: a list, or rows of ``fields``; ``packed``: as the act says."""

    name: str
    fields: tuple[str, ...]
    what: str

    @property
    def packed(self) -> bool:
        """Whether the act reads them itself."""
        return self.name == "packed"


@dataclass(slots=True)
class Signature:
    """What a header says. ``refuses``: words and their details; ``kind``: act or question."""

    act: str
    what: str = ""
    arguments: list[Argument] = field(default_factory=list)
    rest: Rest | None = None
    refuses: str = ""
    returns: str = ""

    @property
    def numbered(self) -> list[Argument]:
        """The arguments that stand in ARGV."""
        return [one for one in self.arguments if one.kind != "key"]

    @property
    def has_key(self) -> bool:
        """Whether it works on a key that the caller names."""
        return any(one.kind == "key" for one in self.arguments)

    @property
    def words(self) -> dict[str, list[str]]:
        """The words of refusal, each with its details."""
        text = self.refuses.replace("one by one:", "")
        found = re.findall(r"(\w+)(?:\(([^)]*)\))?", text)
        return {word: details.replace(",", " ").split() for word, details in found}

    def locals(self) -> str:
        """The Lua line that gives the arguments their names."""
        keys = [one for one in self.arguments if one.kind == "key"]
        names = [one.name for one in (*keys, *self.numbered)]
        values = ["KEYS[2]" for _ in keys]
        values += [
            _FROM_LUA[one.kind].format(number) for number, one in enumerate(self.numbered, FIRST)
        ]
        if self.rest is not None and not self.rest.packed:
            start = FIRST + len(self.numbered)
            fields = ", ".join(f"'{name}'" for name in self.rest.fields)
            names.append(self.rest.name)
            take = f"rows(ARGV, {start}, {{ {fields} }})" if fields else f"tail(ARGV, {start})"
            values.append(take)
        return f"local {', '.join(names)} = {', '.join(values)}\n" if names else ""

    def pack(self, given: Mapping[str, Any]) -> list[Any]:
        """The arguments in their order. TypeError: a name is missing, or is none of the act's."""
        wanted = [one.name for one in self.numbered]
        if self.rest is not None:
            wanted.append(self.rest.name)
        if len(given) != len(wanted) or any(name not in given for name in wanted):
            raise TypeError(f"{self.act}.lua takes {', '.join(wanted)}; given: {', '.join(given)}")
        packed = [one.packed(given[one.name]) for one in self.numbered]
        if self.rest is not None:
            packed += self._rest(given[self.rest.name])
        return packed

    def _rest(self, values: Any) -> list[Any]:
        assert self.rest is not None
        if not self.rest.fields:
            return list(values)
        for row in values:
            if len(row) != len(self.rest.fields):
                raise TypeError(f"{self.act}.lua takes {self.rest.name} of {self.rest.fields}")
        return [word for row in values for word in row]


def read(act: str, text: str) -> Signature:
    """Read the header of an act's file. ValueError: a line of it is not understood."""
    found = Signature(act)
    for entry in _entries(text):
        argument, rest = _ARGUMENT.fullmatch(entry), _REST.fullmatch(entry)
        word, _, said = entry.partition(": ")
        if argument:
            found.arguments.append(Argument(*argument.groups()))
        elif rest:
            name, fields, _, what = rest.groups()
            found.rest = Rest(name, tuple((fields or "").replace(",", " ").split()), what)
        elif word == "Refuses":
            found.refuses = said
        elif word == "Returns":
            found.returns = said
        elif not found.what:
            found.what = entry
    if not found.what:
        raise ValueError(f"{act}.lua does not say what it does")
    return found


def _entries(text: str) -> list[str]:
    """The lines of the header, each with those that go on with it."""
    entries: list[str] = []
    for line in text.splitlines():
        if not line.startswith("-- ") or line in ("-- act", "-- question"):
            break
        if line.startswith("--   ") and entries:
            entries[-1] += " " + line[5:].strip()
        else:
            entries.append(line[3:].strip())
    return entries
