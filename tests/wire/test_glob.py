"""Masks, as https://modern.ircdocs.horse/#wildcard-expressions defines them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.glob import is_mask, matcher


@pytest.mark.parametrize(
    ("mask", "text", "matches"),
    [
        # "('?', 0x3F) to match one and only one character"
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c", "abbc", False),
        ("?", "я", True),
        # "('*', 0x2A) to match any number of any characters"
        ("a*c", "ac", True),
        ("a*c", "abbbc", True),
        ("*b*", "abc", True),
        ("a*", "ba", False),
        ("*", "", True),
        ("**", "any", True),
        # "These two characters can be escaped using the ('\', 0x5C) character."
        (r"a\*c", "a*c", True),
        (r"a\*c", "abc", False),
        (r"a\?c", "a?c", True),
        (r"a\?c", "abc", False),
        # a backslash before anything else is itself, and brackets mean nothing
        (r"a\bc", r"a\bc", True),
        ("[a-z]", "b", False),
        ("[a-z]", "[A-Z]", True),
        ("[!x]*", "[!x]y", True),
        # names are the same in either case
        ("ALICE*", "alice2", True),
        ("ан*", "Аня", True),
        ("*.example.org", "irc.Example.Org", True),
        ("abc", "abc\n", False),
    ],
)
def test_matching(mask: str, text: str, matches: bool) -> None:
    assert matcher(mask)(text) is matches


@given(st.text(alphabet="ab[]!-^\\", max_size=12))
def test_a_mask_without_wildcards_matches_itself_alone(text: str) -> None:
    assert matcher(text)(text)
    assert not matcher(text)(text + "x")
    assert not is_mask(text)


def test_no_mask_takes_long() -> None:
    started = time.perf_counter()
    assert not matcher("*a" * 200 + "b")("a" * 400)
    assert not matcher("?*" * 200 + "b")("a" * 400)
    assert time.perf_counter() - started < 20  # milliseconds; not linear, it would be years
