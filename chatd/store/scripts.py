"""The Lua acts: one file each, a shared head in ``_lib.lua``; together one library of functions.

A script for EVAL would run its head at every call, 65,000 instructions (20 us) for a login or a
message alone. A library's head runs once, when it is loaded.
https://valkey.io/topics/functions-intro/
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PARTS = re.compile(r"^-- (act|question)\n", re.MULTILINE)
"""Parts what a file defines once from what each call does; without it all is for each call.

What is a question writes nothing; Redis answers it even where it refuses to write, when its memory
or its disk is full.
"""


@dataclass(frozen=True, slots=True)
class Library:
    """``text`` for FUNCTION LOAD, and each act's function by the stem of its file.

    The names carry a digest of the text: gateways of two versions can share one Redis.
    """

    name: str
    text: str
    functions: dict[str, str]


@cache
def load() -> Library:
    """All acts."""
    folder = files(__package__) / "lua"
    sources = {
        entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()
    }
    head = sources.pop("_lib.lua")
    acts = {name.removesuffix(".lua"): text for name, text in sorted(sources.items())}
    digest = hashlib.sha256("\0".join((head, *acts, *acts.values())).encode()).hexdigest()
    library = f"chatd_{digest[:12]}"
    functions = {name: f"{library}_{name}" for name in acts}
    parts = [f"#!lua name={library}", head]
    for name, text in acts.items():
        defined, kind, body = _PARTS.split(text) if _PARTS.search(text) else ("", "act", text)
        flags = ", flags={'no-writes'}" if kind == "question" else ""
        parts.append(
            f"do\n{defined}\nredis.register_function{{function_name='{functions[name]}'{flags},\n"
            f"callback=function(KEYS, ARGV)\nbegin(ARGV)\n{body}end}}\nend"
        )
    return Library(library, "\n".join(parts), functions)
