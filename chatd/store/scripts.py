"""The Lua acts: one file each, a shared head in ``_lib.lua``."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files


class Script:
    """One atomic act: its text and the digest that Redis knows it by."""

    __slots__ = ("body", "name", "sha")

    def __init__(self, name: str, body: bytes) -> None:
        self.name = name
        self.body = body
        self.sha = hashlib.sha1(body, usedforsecurity=False).hexdigest()


@cache
def load() -> dict[str, Script]:
    """All scripts by the stem of their file."""
    folder = files(__package__) / "lua"
    sources = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    head = sources.pop("_lib.lua")
    return {
        name.removesuffix(".lua"): Script(name.removesuffix(".lua"), head + body)
        for name, body in sorted(sources.items())
        if name.endswith(".lua")
    }
