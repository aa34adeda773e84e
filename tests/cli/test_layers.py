"""The client's own architecture is a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CLI = Path(__file__).parent.parent.parent / "cli"
FILES = sorted(CLI.rglob("*.py"))

WITHOUT_IO = {
    "answers",
    "batches",
    "buffers",
    "conversation",
    "entries",
    "errors",
    "events",
    "handshake",
    "ignoring",
    "lists",
    "lookback",
    "modes",
    "multiline",
    "outgoing",
    "paging",
    "past",
    "places",
    "presence",
    "reactions",
    "recovery",
    "retry",
    "shelf",
    "stock",
    "tagged",
}
"""Modules of cli/client that are told what came, and return what to send."""


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return froms | names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CLI)))
def test_of_the_server_only_the_wire_and_the_version_are_known(path: Path) -> None:
    ours = {name for name in imports(path) if name.split(".")[0] == "chatd"}
    assert all(name == "chatd" or name.startswith("chatd.wire") for name in ours)


@pytest.mark.parametrize("path", sorted((CLI / "client").glob("*.py")), ids=lambda path: path.name)
def test_the_client_library_knows_no_screen_and_no_command_line(path: Path) -> None:
    used = imports(path)
    screens = {"click", "prompt_toolkit", "rich", "textual"}
    assert not screens & {name.split(".")[0] for name in used}
    assert all(name.startswith("cli.client") for name in used if name.split(".")[0] == "cli")


@pytest.mark.parametrize("name", sorted(WITHOUT_IO))
def test_the_thinking_parts_do_no_io(name: str) -> None:
    """'No socket in the protocol. Bytes in, lines and effects out'"""
    used = imports(CLI / "client" / f"{name}.py")
    assert not used & {"asyncio", "socket", "os", "threading", "cli.client.connection"}
