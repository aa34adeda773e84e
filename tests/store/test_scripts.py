"""A script gets what it uses of the head."""

from __future__ import annotations

import pytest

from chatd.store.scripts import load, used

HEAD = """
-- What things are called.
local PREFIX, SEP = ARGV[1], '\\0'
local TABLE = {
  a = 1,
}
local function key(name) return PREFIX .. name end
-- Uses key() and TABLE.
local function both(name)
  return key(name), TABLE

end
local function neither() return 1 end
"""


def test_a_part_brings_what_it_uses_itself() -> None:
    """``both`` uses ``key``, which uses PREFIX: all of it stands before the body, in order."""
    assert used(HEAD, "return both('x')") == (
        "local PREFIX, SEP = ARGV[1], '\\0'\n"
        "local TABLE = {\n  a = 1,\n}\n"
        "local function key(name) return PREFIX .. name end\n"
        "local function both(name)\n  return key(name), TABLE\nend\n"
    )


def test_what_is_not_used_is_left_out() -> None:
    assert used(HEAD, "return neither()") == "local function neither() return 1 end\n"
    assert used(HEAD, "return SEP -- not neither()").count("\n") == 1


def test_a_line_that_defines_nothing_is_an_error() -> None:
    """A statement would be run, or not, as its neighbours are used."""
    with pytest.raises(ValueError, match="only defines"):
        used("local a = 1\nredis.call('PING')\n", "return a")


def test_every_script_is_smaller_than_head_and_body() -> None:
    scripts = load()
    assert len(scripts["bans"].body) < 2000 < len(scripts["login"].body)
    assert b"local function stale()" in scripts["post"].body
