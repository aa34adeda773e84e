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
    "calls", "records", "retention", "streams", "networks", "masks", "rooms", "access", "lists",
    "words", "accounts", "persons", "sessions", "waiting", "erasing", "names", "people", "policy",
    "reading", "values", "guesses", "admission", "begin",
)  # fmt: skip
"""The files of ``lua/lib`` behind ``base.lua``, each after those that it needs."""

_PARTS = re.compile(r"^-- (act|question)\n", re.MULTILINE)
"""Parts what a file defines once from what each call does; without it all is for each call.

What is a question writes nothing; Redis answers it even where it refuses to write, when its memory
or its disk is full.
"""


_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_NO_CODE = re.compile(r"'(?:[^'\\\n]|\\.)*'|--[^\n]*")
"""Texts and comments; in a text "--" is no comment, in a comment "'" begins no text."""
_LOCAL = re.compile(
    r"^local (?:function (?P<function>\w+)\(|(?P<names>\w+(?:, *\w+)*)(?P<value> =)?)", re.MULTILINE
)
"""A name that a file defines for all that stands behind it."""


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
    signed = {name: signatures.read(name, text) for name, text in acts.items()}
    called = [*acts.values(), *(signature.locals() for signature in signed.values())]
    pieces = {"head": head(dialect.publish), **lib}
    scoped = (_scoped(text, [*called, *_others(pieces, name)]) for name, text in lib.items())
    shared = "\n".join((base, pieces["head"], *scoped))
    digest = hashlib.sha256("\0".join((shared, *acts, *acts.values())).encode()).hexdigest()
    library = f"chatd_{digest[:12]}"
    functions = {name: f"{library}_{name}" for name in acts}
    parts = [f"#!lua name={library}", shared]
    parts += [_function(functions[name], signed[name], text) for name, text in acts.items()]
    return Library(library, "\n".join(parts), functions, signed)


def _others(parts: dict[str, str], name: str) -> list[str]:
    return [text for other, text in parts.items() if other != name]


@cache
def _names(text: str) -> frozenset[str]:
    """The names in a file, without what is a field of something, a comment or a text."""
    return frozenset(_NAME.findall(_NO_CODE.sub(" ", text)))


def _scoped(text: str, others: list[str]) -> str:
    """A file of ``lua/lib`` in a block of its own: only what others use is known outside of it.

    "The number of local variables that can be active at the same time" is 200 for one function, and
    the library is one: https://www.lua.org/source/5.1/luaconf.h.html#LUAI_MAXVARS
    """
    used = set[str]().union(*map(_names, others))
    shown: list[str] = []

    def declare(found: re.Match[str]) -> str:
        names = _WORD.findall(found["function"] or found["names"])
        if used.isdisjoint(names):
            return found[0]
        shown.extend(names)
        if found["function"]:
            return f"function {found['function']}("
        return f"{found['names']} =" if found["value"] else ""

    body = _LOCAL.sub(declare, text)
    return f"local {', '.join(shown)}\ndo\n{body}\nend" if shown else f"do\n{body}\nend"


def _function(function: str, signature: Signature, text: str) -> str:
    defined, kind, body = _PARTS.split(text) if _PARTS.search(text) else ("", "act", text)
    flags = ", flags={'no-writes'}" if kind == "question" else ""
    return (
        f"do\n{defined}\nredis.register_function{{function_name='{function}'{flags},\n"
        f"callback=function(KEYS, ARGV)\nbegin(ARGV)\n{signature.locals()}{body}end}}\nend"
    )
