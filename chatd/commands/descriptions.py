"""What the handlers of commands say of themselves, for HELP and docs/protocol.md.

It is read from the source, which is installed too: what is compiled has no docstrings.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files


@cache
def described() -> dict[str, str]:
    """The docstring of each command's handler."""
    found: dict[str, str] = {}
    for entry in files("chatd.commands").iterdir():
        if entry.name.endswith(".py"):
            for node in ast.parse(entry.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    doc = ast.get_docstring(node) or ""
                    found.update(dict.fromkeys(_commands(node), doc))
    return found


def link_of(name: str) -> str:
    """The section of a specification that a command's handler names, or nothing."""
    words = described()[name].split()
    return next((word.rstrip(".") for word in words if word.startswith("https://")), "")


def _commands(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The commands that a function is entered for, with ``@command("NAME")``."""
    return [
        str(call.args[0].value)
        for call in node.decorator_list
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "command"
        and isinstance(call.args[0], ast.Constant)
    ]
