"""Emoji by their names: ``:tada:``. The table is made when the first name is looked up."""

from __future__ import annotations

import functools
from typing import Final

MOST_BYTES: Final = 64
"""Of a name; a longer one is none."""


@functools.cache
def names() -> dict[str, str]:
    """Return all emoji by name, also by those that GitHub and Slack use."""
    from emoji import EMOJI_DATA, STATUS

    table: dict[str, str] = {}
    for char, row in EMOJI_DATA.items():
        if row["status"] <= STATUS["fully_qualified"]:
            for name in (row["en"], *row.get("alias", ())):
                table.setdefault(name.strip(":").casefold(), char)
    return table


def emoji(name: str) -> str:
    """Return the emoji with this name, with or without colons; empty when there is none."""
    name = name.strip(":").casefold()
    return names().get(name, "") if name and len(name) <= MOST_BYTES else ""


def beginning(start: str, most: int) -> list[tuple[str, str]]:
    """Return names and emoji: those that begin so, then those with a word that does."""
    start = start.casefold()
    found = [name for name in names() if name.startswith(start)]
    found.sort(key=lambda name: (len(name), name))
    inside = [name for name in names() if f"_{start}" in name and not name.startswith(start)]
    found += sorted(inside, key=lambda name: (len(name), name))
    once: dict[str, str] = {}
    for name in found:
        once.setdefault(names()[name], name)
    return [(name, char) for char, name in once.items()][:most]
