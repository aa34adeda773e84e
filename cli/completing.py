"""What a word in the line that is typed can become: a command, somebody's name, a room."""

from __future__ import annotations

import re

from cli.client.conversation import folded
from cli.commands.talk import Talk


def choices(talk: Talk, before: str) -> tuple[str, list[str]]:
    """Return the last word of what stands before the cursor, and what it can become."""
    match = re.search(r"\S*$", before)
    word = match.group() if match else ""
    first = word == before
    if first and word.startswith("/"):
        known = [f"/{name} " for name in sorted(talk.commands)]
    elif word.startswith("#"):
        known = [f"{room} " for room in talk.rooms()]
    else:
        known = [f"{name}: " if first else f"{name} " for name in talk.names()]
    return word, [one for one in known if folded(one).startswith(folded(word))]
