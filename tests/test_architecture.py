"""The architecture is a test: imports point down, and only the store knows Redis."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

BELOW: dict[str, set[str]] = {
    "wire": set(),
    "settings": set(),
    "config": {"settings", "wire"},
    "sources": {"config", "settings"},
    "embedded": set(),
    "store": {"wire"},
    "state": {"store", "wire"},
    "flags": {"config"},
    "commands": {"state", "store", "wire", "config"},
    "session": {"commands", "state", "store", "wire", "config"},
    "listeners": {"session", "commands", "state", "wire", "config"},
}
"""Part of chatd -> the parts that it may import. app, account and __main__ know all."""

FILES = sorted((ROOT / "chatd").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Modules that a file imports when it runs; what only the type checker sees is free."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            statement.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    """ "Lines flow, and imports point: listeners -> session -> commands -> state -> store"."""
    part = path.relative_to(ROOT / "chatd").parts[0].removesuffix(".py")
    if part in ("app", "__main__", "__init__", "account"):
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("chatd.")}
    assert used - {"__version__"} <= BELOW[part] | {part}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_store_imports_redis(path: Path) -> None:
    """ "Only chatd/store imports redis." """
    if path.is_relative_to(ROOT / "chatd" / "store"):
        return
    assert not {name.split(".")[0] for name in imports(path)} & {"redis", "hiredis", "fakeredis"}


@pytest.mark.parametrize("path", sorted((ROOT / "cli").rglob("*.py")), ids=lambda path: path.name)
def test_the_client_knows_only_the_wire(path: Path) -> None:
    """ "wire is importable by all": the client speaks the protocol, not the server's insides."""
    used = {name.split(".")[1] for name in imports(path) if name.startswith("chatd.")}
    assert used <= {"wire"}


def test_a_file_can_be_read_at_once() -> None:
    """ "Files up to about 400 lines"."""
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("chatd", "cli", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 480
    }
    assert not long


def test_what_inherits_from_a_compiled_class_is_compiled() -> None:
    """ "A class is compiled together with its bases": setup.py; otherwise it cannot be made."""
    setup = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (listed,) = (
        node.value
        for node in setup.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED"
    )
    compiled = {node.value for node in ast.walk(listed) if isinstance(node, ast.Constant)}
    trees = {
        str(path.relative_to(ROOT / "chatd").with_suffix("")): ast.parse(path.read_text("utf-8"))
        for path in (ROOT / "chatd").rglob("*.py")
    }
    assert compiled <= set(trees)
    defined = {
        node.name
        for name in compiled
        for node in trees[str(name)].body
        if isinstance(node, ast.ClassDef) and not _is_open(node)
    }
    heirs = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and defined & {ast.unparse(base).partition("[")[0] for base in node.bases}
    }
    assert heirs <= compiled


def _is_open(node: ast.ClassDef) -> bool:
    """Protocols and exceptions can have heirs in plain Python."""
    bases = {ast.unparse(base).partition("[")[0] for base in node.bases}
    return bool(bases & {"Protocol", "ValueError", "Exception", "ParseError"})
