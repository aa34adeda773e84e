"""The header of an act gives its arguments their names, in Lua and in Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from chatd.store import scripts, signatures
from chatd.store.schema.keys import KEYS
from chatd.store.schema.records import RECORDS
from chatd.store.schema.refusals import BY_WORD
from chatd.wire.modes import FORBIDDEN

STORE = Path(scripts.__file__).parent
ACTS = sorted((STORE / "lua" / "acts").glob("*.lua"))

KICK = """\
-- Remove a user from a room.
-- sid: text     session id
-- most: int     how many
--   at one time
-- on: flag
-- stream: key   where
-- ...ranks: (rank, below)   pairs
-- Refuses: stale notin(room)
-- Returns: ok
return { 'ok' }
"""


def test_the_header_is_read() -> None:
    """ "a typed signature generates the Lua locals" """
    found = signatures.read("kick", KICK)
    assert found.what == "Remove a user from a room."
    assert [(one.name, one.kind, one.what) for one in found.arguments] == [
        ("sid", "text", "session id"),
        ("most", "int", "how many at one time"),
        ("on", "flag", ""),
        ("stream", "key", "where"),
    ]
    assert (found.refuses, found.returns) == ("stale notin(room)", "ok")
    assert found.locals() == (
        "local stream, sid, most, on, ranks = KEYS[2], ARGV[4], tonumber(ARGV[5]), ARGV[6] == '1',"
        " rows(ARGV, 7, { 'rank', 'below' })\n"
    )


def test_python_calls_by_the_same_names() -> None:
    """The order is the header's, whatever the order of the call."""
    kick = signatures.read("kick", KICK)
    assert kick.pack({"ranks": [("q", "o"), ("o", "v")], "on": True, "most": 3, "sid": "s"}) == [
        "s", 3, "1", "q", "o", "o", "v"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"sid": "s", "most": 1, "on": False},
        {"sid": "s", "most": 1, "on": False, "ranks": [], "name": "a"},
        {"sid": "s", "most": 1, "off": False, "ranks": []},
        {"sid": "s", "most": 1, "on": False, "ranks": [("q",)]},
    ],
)
def test_a_wrong_or_missing_name_is_an_error_that_names_the_act(given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"kick\.lua takes"):
        signatures.read("kick", KICK).pack(given)


def test_every_call_of_an_act_fits_its_signature() -> None:
    """ "checked statically so that no mistake is found only in production" """
    called = set()
    for path in STORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in ("_act", "_ask", "_probe") or not isinstance(
                node.args[0], ast.Constant
            ):
                continue
            signature = scripts.load().signatures[str(node.args[0].value)]
            wanted = [one.name for one in signature.numbered]
            wanted += [signature.rest.name] if signature.rest else []
            assert sorted(word.arg or "**" for word in node.keywords) == sorted(wanted), (
                f"{path.name}:{node.lineno} calls {signature.act}"
            )
            called.add(signature.act)
    packed = {
        name for name, one in scripts.load().signatures.items() if one.rest and one.rest.packed
    }
    assert called | packed == set(scripts.load().signatures)


@pytest.mark.parametrize("path", ACTS, ids=lambda path: path.stem)
def test_a_body_uses_names(path: Path) -> None:
    """Nothing is counted; what is packed is the exception. "nowhere else 'PUBLISH' in the acts" """
    text = path.read_text("utf-8")
    signature = scripts.load().signatures[path.stem]
    body = re.sub("^--.*\n", "", text, flags=re.MULTILINE)
    assert signature.returns
    assert "'PUBLISH'" not in body
    if not (signature.rest and signature.rest.packed):
        assert "ARGV" not in body
        assert "KEYS[" not in body
        for one in signature.arguments:
            assert re.search(rf"\b{one.name}\b", body), f"{one.name} is not used"


@pytest.mark.parametrize("path", sorted((STORE / "lua").rglob("*.lua")), ids=lambda path: path.stem)
def test_what_lua_names_is_in_the_schema(path: Path) -> None:
    """A name that is none would be found only when that line is reached."""
    known = {(key.owner.name, key.name) for key in KEYS} | {("SERVER", "channel")}
    known |= {(table, one.constructor) for one in RECORDS for table in ("RECORD", "KIND")}
    known |= {("REFUSE", word) for word in BY_WORD}
    known |= {("FORBIDS", what) for what in FORBIDDEN}
    tables = "SERVER|GATEWAY|USER|ROOM|ACCOUNT|RECORD|KIND|REFUSE|FORBIDS"
    code = re.sub("--.*", "", path.read_text("utf-8"))
    assert set(re.findall(rf"\b({tables})\.(\w+)", code)) <= known
