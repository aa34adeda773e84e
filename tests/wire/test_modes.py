"""The table of modes, and masks."""

from __future__ import annotations

import pytest

from chatd.wire import masks, modes
from chatd.wire.modes import Kind, parted


def test_every_letter_stands_once() -> None:
    letters = [mode.letter for mode in modes.MODES]
    assert len(set(letters)) == len(letters)
    # "Server MUST NOT list modes in this parameter that are also advertised in the PREFIX
    # parameter", https://modern.ircdocs.horse/#chanmodes-parameter
    assert set(modes.CHANMODES.replace(",", "")).isdisjoint(modes.PREFIX_MODES)
    assert set(modes.CHANMODES.replace(",", "")) | set(modes.PREFIX_MODES) == set(letters)


def test_who_may_change_a_mode_are_members_of_rank() -> None:
    for mode in modes.MODES:
        assert mode.by
        assert set(mode.by) <= set(modes.OPERATORS)
        assert (mode.prefix != "") == (mode.kind is Kind.PREFIX)


@pytest.mark.parametrize(
    ("prefix", "multi", "shown"),
    [("vo", False, "@"), ("vo", True, "@+"), ("", True, ""), ("voq", True, "~@+")],
)
def test_symbols(prefix: str, multi: bool, shown: str) -> None:
    assert modes.symbols(prefix, multi) == shown


@pytest.mark.parametrize(("symbol", "ranks"), [("~", "q"), ("@", "qao"), ("+", "qaohv")])
def test_at_least(symbol: str, ranks: str) -> None:
    assert modes.at_least(symbol) == ranks


@pytest.mark.parametrize(
    ("mask", "folded"),
    [
        ("BOB!*@HOST", "bob!*@host"),
        ("ÜNAL!~Ünal@*", "ünal!~ünal@*"),
        ("*!*Ж*@*", "*!*ж*@*"),
        ("ＢＯＢ１!*＠@*", "bob1!*＠@*"),
        ("a:BOB", "a:bob"),
    ],
)
def test_fold(mask: str, folded: str) -> None:
    assert masks.fold(mask) == folded


@pytest.mark.parametrize("mask", ["", ":x", "a b", "a,b", "\x07", "x" * 300, "m:m:x"])
def test_what_is_no_mask(mask: str) -> None:
    with pytest.raises(ValueError, match=r"mask|enough"):
        masks.complete(mask)


@pytest.mark.parametrize(
    ("changes", "most", "texts"),
    [
        ("+nt", 3, ["+nt"]),
        ("+nt-s", 4, ["+nt", "-s"]),
        ("+ob-v a x!*@* c", 10, ["+o a", "+b x!*@*", "-v c"]),
        ("+ob-v a x!*@* c", 11, ["+ob a x!*@*", "-v c"]),
        ("-lk+lf key 9 #x", 7, ["-lk key", "+l 9", "+f #x"]),
        ("+vv é é", 6, ["+v é", "+v é"]),
        ("+b long!mask@host", 3, ["+b long!mask@host"]),
    ],
)
def test_changes_are_parted_with_their_parameters(
    changes: str, most: int, texts: list[str]
) -> None:
    """Each text has the sign of its first letter again; lengths are bytes."""
    assert parted(changes, most) == texts
