"""The Lua acts: one file each, a shared head in ``_lib.lua``.

Redis runs a script's head at every call; all of it costs 65,000 instructions, about 20 us. So each
script gets what it uses of the head.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files


class Script:
    """One atomic act: its text and the digest that Redis knows it by."""

    __slots__ = ("body", "name", "sha")

    def __init__(self, name: str, body: bytes) -> None:
        self.name = name
        self.body = body
        self.sha = hashlib.sha1(body, usedforsecurity=False).hexdigest()


_DEFINED = re.compile(r"local (?:function )?([\w, ]+?)(?: = |\(|$)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_COMMENT = re.compile(r"--.*")


def used(head: str, body: str) -> str:
    """The parts of ``head`` that ``body`` uses, directly or through other parts.

    A part is a line at the margin, which begins with ``local``, and the lines behind it up to the
    next. A word counts as a use wherever it stands, but not in a comment. Raises ValueError for a
    line at the margin that defines nothing.
    """
    text = _COMMENT.sub("", head)
    parts: list[str] = []
    for line in filter(str.strip, text.splitlines(keepends=True)):
        if line.startswith("local "):
            parts.append(line)
        elif parts and (line[0].isspace() or re.match(r"end\b|\}", line)):
            parts[-1] += line
        else:
            raise ValueError(f"the head of the scripts only defines, but has {line!r}")
    words = set(_WORD.findall(_COMMENT.sub("", body)))
    kept: list[str] = []
    for part in reversed(parts):  # a part uses only what stands before it
        defined = _DEFINED.match(part)
        assert defined is not None, part
        if not words.isdisjoint(_WORD.findall(defined[1])):
            kept.append(part)
            words.update(_WORD.findall(part))
    return "".join(reversed(kept))


@cache
def load() -> dict[str, Script]:
    """All scripts by the stem of their file."""
    folder = files(__package__) / "lua"
    sources = {
        entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()
    }
    head = sources.pop("_lib.lua")
    return {
        name.removesuffix(".lua"): Script(
            name.removesuffix(".lua"), (used(head, body) + body).encode()
        )
        for name, body in sorted(sources.items())
        if name.endswith(".lua")
    }
