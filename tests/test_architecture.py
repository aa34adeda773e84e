"""The architecture is a test: imports point down, and only the store knows Redis."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

BELOW: dict[str, set[str]] = {
    "wire": set(),
    "redis_url": set(),
    "settings": {"redis_url"},
    "config": {"settings", "wire"},
    "sources": {"config", "settings"},
    "embedded": set(),
    "engine_nodes": {"embedded"},
    "store": {"wire", "redis_url"},
    "state": {"store", "wire"},
    "flags": {"config"},
    "commands": {"state", "store", "wire", "config", "settings"},
    "session": {"commands", "state", "store", "wire", "config"},
    "listeners": {"session", "commands", "state", "wire", "config"},
}
"""Part of chatd -> the parts that it may import. Those of `KNOW_ALL` know all."""

KNOW_ALL = (
    "app", "__main__", "__init__", "account", "doctor", "drain", "erasing", "export", "invite",
    "located", "migrate", "renaming",
)  # fmt: skip

VALUES: dict[str, set[str]] = {
    "accounts": {"Identity"},
    "errors": {"Refused", "StoreError", "StoreUnavailable"},
    "extensions": {"Values"},
    "inbox": {"Unread"},
    "intake": {"EACH", "Intake"},
    "login": {"Counts", "Login", "NEW"},
    "pages": {"Rows"},
    "pending": {"Pending", "at_most", "drive"},
    "reading": {"Marker"},
    "roombans": {"Banned"},
    "rooms": {"RoomInfo", "Change", "Denied", "Listed", "Snapshot"},
    "sessions": {"OneOf"},
    "staff": {"Ban"},
    "store": {"Person", "Whois"},
    "streams": {"Last", "Page"},
}
"""What commands and sessions may know of chatd.store: what an answer is, how it is waited for, and
how much may be asked. Questions and acts go through chatd.state.
"""

FILE_LINES = 400
"""Lines of a file, Python or Lua: what can be read at once."""
FUNCTION_LINES = 40
"""Lines of a function of chatd or of its client, from its first to its last."""

FILES = sorted((ROOT / "chatd").rglob("*.py"))
CLIENT = sorted((ROOT / "cli").rglob("*.py"))
FOLDERS = sorted({path.parent for path in (*FILES, *CLIENT)})


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """All that a file imports: when it is loaded, in a function, or for the type checker only."""
    return imports_of(path.read_text(encoding="utf-8"))


def imports_of(code: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def module(path: Path) -> str:
    """The name under which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circle(uses: dict[str, set[str]]) -> list[str]:
    """A chain of modules that leads from one of them back to it; empty when there is none."""
    free: set[str] = set()

    def follow(chain: list[str]) -> list[str]:
        for name in sorted(uses[chain[-1]] - free):
            if name in chain:
                return [*chain[chain.index(name) :], name]
            if found := follow([*chain, name]):
                return found
        free.add(chain[-1])
        return []

    return next((found for name in uses if (found := follow([name]))), [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    """ "Lines flow, and imports point: listeners -> session -> commands -> state -> store".

    For the type checker too: "the test of the architecture sees imports under TYPE_CHECKING".
    """
    part = path.relative_to(ROOT / "chatd").parts[0].removesuffix(".py")
    if part in KNOW_ALL:
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("chatd.")}
    assert used - {"__version__"} <= BELOW[part] | {part}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_store_imports_redis(path: Path) -> None:
    """ "Only chatd/store imports redis." """
    if path.is_relative_to(ROOT / "chatd" / "store"):
        return
    assert not {name.split(".")[0] for name in imports(path)} & {"redis", "hiredis", "fakeredis"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_ask_state_and_never_the_store(path: Path) -> None:
    """ "Commands ask state, never store": what they import of it are values and errors."""
    if path.relative_to(ROOT / "chatd").parts[0] not in ("commands", "session", "listeners"):
        return
    allowed = {f"chatd.store.{name}.{value}" for name, values in VALUES.items() for value in values}
    allowed |= {f"chatd.store.{name}" for name in VALUES}
    assert {name for name in imports(path) if name.startswith("chatd.store")} <= allowed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_imports_go_in_a_circle(folder: Path) -> None:
    """ "Circles within a folder", and those over its subfolders."""
    names = {module(path): path for path in folder.rglob("*.py")}
    uses = {name: (imports(path) & names.keys()) - {name} for name, path in names.items()}
    assert not circle(uses)


def test_a_circle_is_found() -> None:
    """The check above would be of no use if it found none."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b", "d"}, "d": set(), "b": {"c"}, "c": {"b", "d"}}) == ["b", "c", "b"]
    code = "if TYPE_CHECKING:\n    from chatd.app import Gateway\n"
    assert imports_of(code) == {"chatd.app", "chatd.app.Gateway"}


@pytest.mark.parametrize("path", CLIENT, ids=lambda path: path.name)
def test_the_client_knows_only_the_wire(path: Path) -> None:
    """ "wire is importable by all": the client speaks the protocol, not the server's insides."""
    used = {name.split(".")[1] for name in imports(path) if name.startswith("chatd.")}
    assert used <= {"wire", "__version__"}


def test_a_file_can_be_read_at_once() -> None:
    """ "Files up to about 400 lines"; "measures Lua too"."""
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("chatd", "cli", "tests", "bench")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".lua")
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert not long


def test_a_function_can_be_read_at_once() -> None:
    """ "Functions up to about 30"."""
    long = {
        f"{module(path)}.{node.name}": count
        for path in (*FILES, *CLIENT)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
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
