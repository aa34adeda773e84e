"""The Lua acts: one file each in ``lua/acts``, what they share in ``lua/lib``: one library.

A script for EVAL would run its head at every call, 65,000 instructions (20 us) for a login or a
message alone. A library's head runs once, when it is loaded. Behind ``base.lua`` it has what
``schema/lua.py`` makes from the tables.
https://valkey.io/topics/functions-intro/
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from chatd.store import signatures
from chatd.store.dialect import ALONE, Dialect
from chatd.store.schema.lua import head
from chatd.store.signatures import Signature

LIBRARY: Final = (
    "calls", "records", "streams", "networks", "masks", "rooms", "persons", "sessions", "waiting",
    "names", "people", "policy", "begin",
)  # fmt: skip
"""The files of ``lua/lib`` behind ``base.lua``, each after those that it needs."""

_PARTS = re.compile(r"^-- (act|question)\n", re.MULTILINE)
"""Parts what a file defines once from what each call does; without it all is for each call.

What is a question writes nothing; Redis answers it even where it refuses to write, when its memory
or its disk is full.
"""


@dataclass(frozen=True, slots=True)
class Library:
    """``text`` for FUNCTION LOAD; each act's function and signature by the stem of its file.

    The names carry a digest of the text: gateways of two versions can share one Redis.
    """

    name: str
    text: str
    functions: dict[str, str]
    signatures: dict[str, Signature]


@cache
def load(dialect: Dialect = ALONE) -> Library:
    """All acts, as a Redis that is spoken to in this dialect needs them."""
    folder = files(__package__) / "lua"
    lib = {name: (folder / "lib" / f"{name}.lua").read_text("utf-8") for name in LIBRARY}
    base = (folder / "lib" / "base.lua").read_text("utf-8")
    sources = {
        entry.name.removesuffix(".lua"): entry.read_text("utf-8")
        for entry in (folder / "acts").iterdir()
        if entry.name.endswith(".lua")
    }
    acts = dict(sorted(sources.items()))
    shared = "\n".join((base, head(dialect.publish), *lib.values()))
    digest = hashlib.sha256("\0".join((shared, *acts, *acts.values())).encode()).hexdigest()
    library = f"chatd_{digest[:12]}"
    functions = {name: f"{library}_{name}" for name in acts}
    signed = {name: signatures.read(name, text) for name, text in acts.items()}
    parts = [f"#!lua name={library}", shared]
    parts += [_function(functions[name], signed[name], text) for name, text in acts.items()]
    return Library(library, "\n".join(parts), functions, signed)


def _function(function: str, signature: Signature, text: str) -> str:
    defined, kind, body = _PARTS.split(text) if _PARTS.search(text) else ("", "act", text)
    flags = ", flags={'no-writes'}" if kind == "question" else ""
    return (
        f"do\n{defined}\nredis.register_function{{function_name='{function}'{flags},\n"
        f"callback=function(KEYS, ARGV)\nbegin(ARGV)\n{signature.locals()}{body}end}}\nend"
    )
