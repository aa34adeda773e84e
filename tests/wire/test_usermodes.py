"""User modes, and what names look like."""

from __future__ import annotations

import pytest

from chatd.wire.confusables import skeletons
from chatd.wire.usermodes import Wanted, read, shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("+iw-B", Wanted("iw", "B", False)),
        ("i", Wanted("i", "", False)),  # without a sign it is +
        ("+i-i", Wanted("", "i", False)),
        ("+oZ", Wanted("", "", False)),  # nobody gives himself these
        ("-oZ", Wanted("", "o", False)),
        ("+i?", Wanted("i", "", True)),
        ("", Wanted("", "", False)),
    ],
)
def test_mode_strings(text: str, wanted: Wanted) -> None:
    assert read(text) == wanted


def test_modes_are_shown_in_one_order() -> None:
    assert (shown("wiB"), shown("")) == ("+Biw", "+")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("evan", "еvan"),
        ("Boris", "ВORIS"),
        ("Ivan", "Іvan"),
        ("αlpha", "alpha"),
        ("ѕсоре", "scope"),
    ],
)
def test_names_that_look_the_same(one: str, other: str) -> None:
    """ "X and Y are confusable if and only if skeleton(X) = skeleton(Y)", UTR 39 section 4."""
    assert set(skeletons(one).split(",")) & set(skeletons(other).split(","))


@pytest.mark.parametrize(("one", "other"), [("Ivan", "lvan"), ("burn", "bum"), ("Иван", "Ivan")])
def test_names_that_do_not(one: str, other: str) -> None:
    assert not set(skeletons(one).split(",")) & set(skeletons(other).split(","))
