"""Who may do what stands in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.store import scripts
from chatd.store.schema.lua import head
from chatd.wire.modes import FORBIDDEN, MODES, Mode, forbidding

LUA = Path(scripts.__file__).parent / "lua"
POLICY = (LUA / "lib" / "policy.lua").read_text("utf-8")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.letter)
def test_what_a_mode_forbids_is_forbidden_by_the_policy(mode: Mode) -> None:
    """A letter in the table has the room looked at; a line of the policy says whom it stops."""
    assert set(mode.forbids) <= set(FORBIDDEN)
    if {"speak", "enter"} & set(mode.forbids):
        assert f"'{mode.letter}'" in POLICY or mode.letter == "b"
    for what in {"see", "invite", "topic", "values"} & set(mode.forbids):
        assert f"FORBIDS.{what}" in POLICY


def test_the_table_reaches_lua() -> None:
    """ "each mode letter with what it forbids, is said once" """
    for what in FORBIDDEN:
        assert f"{what} = '[{forbidding(what)}]'" in head("PUBLISH")


def test_acts_ask_the_policy() -> None:
    """ "policy (`may_speak`, `may_enter`, `may_change`) stands in one place" """
    for path in (LUA / "acts").glob("*.lua"):
        text = path.read_text("utf-8")
        for letters in ("qao", "[ps", "'i', 1", "'t', 1", "'n', 1"):
            assert letters not in text, f"{path.name} knows {letters}"
